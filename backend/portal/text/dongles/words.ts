// What the page of one's dongles says, in every language: for each state a sentence and what to do, for each act what it does, for each event
// its name. A language that misses one does not compile.

import type { DongleEventName, OwnAct, OwnEvent, WaitReason } from '../../../../shared/schema/custody.ts'

/** The problems that a claim or an act may come back with; `unreachable` for any other. */
export type OwnProblem =
  | 'claim.malformed'
  | 'claim.refused'
  | 'claim.throttled'
  | 'dongle.wrong-state'
  | 'dongle.unknown'
  | 'access.missing'
  | 'access.throttled'
  | 'terms.not-accepted'
  | 'store.unavailable'
  | 'internal.broken'
  | 'unreachable'

interface Standing {
  /** How it is, in a sentence. */
  how: string
  /** What to do now; '' when there is nothing to do. */
  next: string
}

export interface DongleWords {
  title: string
  link: string
  back: string
  pages: string
  none: string
  nameOf: (id: string) => string
  since: (time: string) => string
  standings: { [standing in WaitReason | 'bound' | 'lost' | 'retired']: Standing }
  acts: { [act in OwnAct]: { name: string; ask: string; done: string } }
  newCode: (id: string, code: string) => string
  newCodeOnce: string
  history: string
  formerTitle: string
  events: { [event in DongleEventName]: string }
  by: { [part in OwnEvent['by']]: string }

  claimTitle: string
  claimText: string
  idField: string
  codeField: string
  idHelp: string
  codeHelp: string
  idWrong: string
  codeWrong: string
  claim: string
  claimed: string
  scan: string
  scanning: string
  scanStop: string
  scanDenied: string
  scanFailed: string
  scanOther: string
  problems: { [code in OwnProblem]: string }
}
