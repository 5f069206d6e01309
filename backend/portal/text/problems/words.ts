// What went wrong, as a page says it: a sentence for each problem that an act of a person may come back with, and what to do about it. Every problem of
// the catalogue, of consent and of delivery is here, so that no page of them says "no answer" where there was one. A language that misses one does not compile.

import type { ConsentProblemCode } from '../../../../shared/schema/consent-problems.ts'
import type { DeliveryProblemCode } from '../../../../shared/schema/delivery-problems.ts'

/** `unreachable` stands for any other, and for no answer. */
export type PageProblem =
  | ConsentProblemCode
  | DeliveryProblemCode
  | 'metering-point.unknown'
  | 'sign-in.stale'
  | 'role.missing'
  | 'csrf.missing'
  | 'mandate.unknown'
  | 'mandate.own'
  | 'mandate.too-many'
  | 'access.throttled'
  | 'access.missing'
  | 'store.unavailable'
  | 'unreachable'

export type ProblemWords = { [problem in PageProblem]: string }
