// Trying a step within a transaction: what it wrote is undone if it fails, and the transaction goes on. Not so when the database itself is in
// trouble: then nothing of the transaction can be had.

import type { Committer } from './commit.ts'
import type { Placement } from './placement.ts'
import { run, type Steps } from './steps.ts'

/** Gives undefined for a step that failed for another reason than `isTrouble` knows. One at a time on a connection. */
export function attempts(
  placement: Placement,
  committer: Committer,
  isTrouble: (error: unknown) => boolean,
): <T>(work: Steps<T>) => Steps<T | undefined> {
  return function* attempt(work) {
    yield* run('SAVEPOINT attempt')
    try {
      const result = yield* work
      for (const rollups of committer.flush()) yield* rollups
      yield* run('RELEASE SAVEPOINT attempt')
      return result
    } catch (error) {
      if (isTrouble(error)) throw error
      yield* run('ROLLBACK TO SAVEPOINT attempt')
      yield* run('RELEASE SAVEPOINT attempt')
      committer.discard()
      placement.forget()
      return undefined
    }
  }
}
