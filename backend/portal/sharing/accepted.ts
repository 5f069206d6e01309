import type { OwnTerms } from '../api/types.ts'

/** The terms that hold now are accepted, not only some before them. */
export function isAccepted({ accepted, newest }: OwnTerms): boolean {
  return accepted?.version === newest.version
}
