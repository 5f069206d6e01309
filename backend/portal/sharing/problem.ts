// Which words a failed act of sharing gets: the problem's own code where the page has a sentence for it.

import type { ApiFault } from '../api/client.ts'
import { problemAmong } from '../parts/problem.ts'
import type { SharingProblem } from '../text/sharing/words.ts'

const WITH_WORDS = [
  'permission.exists',
  'permission.lapsed',
  'permission.unknown',
  'permission.wrong-state',
  'metering-point.unknown',
  'service.unknown',
  'statement.other',
  'terms.not-accepted',
  'terms.other-version',
  'sign-in.stale',
  'role.missing',
  'store.unavailable',
] as const satisfies SharingProblem[]

export function problemOf(fault: ApiFault): SharingProblem {
  return problemAmong(fault, WITH_WORDS)
}
