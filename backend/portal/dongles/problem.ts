// Which words a failed claim or act gets: the problem's own code where the page has a sentence for it.

import type { ApiFault } from '../api/client.ts'
import type { OwnProblem } from '../text/dongles/words.ts'

const WITH_WORDS: readonly string[] = [
  'claim.malformed',
  'claim.refused',
  'claim.throttled',
  'dongle.wrong-state',
  'dongle.unknown',
  'access.missing',
  'access.throttled',
  'store.unavailable',
  'internal.broken',
] satisfies OwnProblem[]

export function problemOf({ problem = '' }: ApiFault): OwnProblem {
  return WITH_WORDS.includes(problem) ? (problem as OwnProblem) : 'unreachable'
}
