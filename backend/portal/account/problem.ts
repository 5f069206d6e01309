// What the address says of a sign-in that came to nothing.

import type { SignInProblem } from '../text/people/words.ts'

const SIGN_IN: readonly string[] = [
  'sign-in.cancelled',
  'sign-in.expired',
  'sign-in.failed',
  'sign-in.unavailable',
  'sign-in.nowhere',
  'account.locked',
] satisfies SignInProblem[]

/** What the address says of a sign-in that came to nothing. */
export function signInProblemIn(search: string): SignInProblem | undefined {
  const code = new URLSearchParams(search).get('sign-in') ?? ''
  return SIGN_IN.includes(code) ? (code as SignInProblem) : undefined
}
