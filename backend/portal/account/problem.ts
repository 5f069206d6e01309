// Which words the account page has for what went wrong.

import type { ApiFault } from '../api/client.ts'
import { problemAmong } from '../parts/problem.ts'
import type { AccountProblem, SignInProblem } from '../text/people/words.ts'

const ACCOUNT = [
  'sign-in.stale',
  'csrf.missing',
  'mandate.unknown',
  'mandate.own',
  'mandate.too-many',
  'access.throttled',
] as const satisfies AccountProblem[]

const SIGN_IN: readonly string[] = [
  'sign-in.cancelled',
  'sign-in.expired',
  'sign-in.failed',
  'sign-in.unavailable',
  'sign-in.nowhere',
  'account.locked',
] satisfies SignInProblem[]

export function problemOf(fault: ApiFault): AccountProblem {
  return problemAmong(fault, ACCOUNT)
}

/** What the address says of a sign-in that came to nothing. */
export function signInProblemIn(search: string): SignInProblem | undefined {
  const code = new URLSearchParams(search).get('sign-in') ?? ''
  return SIGN_IN.includes(code) ? (code as SignInProblem) : undefined
}
