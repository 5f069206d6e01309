// What the portal says of signing in, the account and mandates, in every language. A language that misses one does not compile.

/** Why somebody came back from the identity service without being signed in. */
export type SignInProblem =
  | 'sign-in.cancelled'
  | 'sign-in.expired'
  | 'sign-in.failed'
  | 'sign-in.unavailable'
  | 'sign-in.nowhere'
  | 'account.locked'

export interface PeopleWords {
  title: string
  link: string
  signIn: string
  signInText: string
  signInProblems: { [problem in SignInProblem]: string }
  signedInAs: (name: string) => string
  /** The way to staff's pages, for who has such a role. */
  staff: string
  signOut: string
  signOutAll: string
  mandates: string
  mandatesText: string
  given: string
  held: string
  noneGiven: string
  noneHeld: string
  scope: string
  scopes: { act: string; look: string }
  days: string
  give: string
  codeIs: (code: string) => string
  codeOnce: string
  take: string
  code: string
  takeButton: string
  taken: (name: string) => string
  end: string
  ended: string
  states: { offered: (until: string) => string; open: (until: string) => string; ended: string; expired: string }
  lastUsed: (time: string) => string
  neverUsed: string
  actFor: (name: string) => string
  actingFor: (name: string) => string
  stopActing: string
  again: string
  /** To the ESP's own pages. */
  espLink: string
  /** Back from the identity service, with what was chosen before. */
  proved: string
}
