// Which words a failed look gets, and what staff's pages say of an act that failed.

import type { ApiFault } from '../api/client.ts'
import { problemAmong } from '../parts/problem.ts'
import type { StaffProblem } from './text/words.ts'
import type { OperatorWords } from './words.ts'

export type ProblemName = keyof OperatorWords['problems']

export function problemOf({ code, status }: ApiFault): ProblemName {
  if (code === 'refused') return 'refused'
  if (code === 'missing') return 'unknown'
  return status === 429 ? 'throttled' : 'unreachable'
}

const STAFF = [
  'sign-in.stale',
  'csrf.missing',
  'role.missing',
  'access.missing',
  'access.throttled',
  'account.locked',
  'account.own',
  'account.unknown',
  'holder.taken',
  'register.elsewhere',
  'esp.unknown',
  'esp.wrong-state',
  'service.unknown',
  'service.wrong-state',
  'service.other-text',
  'request.invalid',
  'store.unavailable',
] as const satisfies StaffProblem[]

/** A list that was refused says no code: then nobody is signed in any more, or as somebody else. */
export function staffProblemOf(fault: ApiFault): StaffProblem {
  return fault.problem === undefined && fault.code === 'refused' ? 'access.missing' : problemAmong(fault, STAFF)
}

/** What signing in anew mends. */
export function wantsSignIn(problem: StaffProblem): boolean {
  return problem === 'sign-in.stale' || problem === 'access.missing'
}
