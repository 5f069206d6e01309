// Which words a failed claim or act gets: the problem's own code where the page has a sentence for it.

import type { ApiFault } from '../api/client.ts'
import { problemAmong } from '../parts/problem.ts'
import type { OwnProblem } from '../text/dongles/words.ts'

const WITH_WORDS = [
  'claim.malformed',
  'claim.refused',
  'claim.throttled',
  'dongle.wrong-state',
  'dongle.unknown',
  'access.missing',
  'access.throttled',
  'terms.not-accepted',
  'store.unavailable',
  'internal.broken',
] as const satisfies OwnProblem[]

export function problemOf(fault: ApiFault): OwnProblem {
  return problemAmong(fault, WITH_WORDS)
}
