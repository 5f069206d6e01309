// The shape of a language of the doctor: a sentence and one next action for each verdict, short enough to be read aloud, and words for
// what happened. A language that misses one does not compile.

import type { DongleState } from '../../port/dongle-directory.ts'
import type { UpdateCode } from '../../update/states.ts'
import type { Cause } from '../causes.ts'
import type { UpdateWord } from '../facts.ts'
import type { HappeningCode } from '../happenings.ts'
import type { VerdictCode } from '../verdict.ts'

export interface VerdictWords {
  /** What is the matter, one sentence. */
  say: string
  /** The one thing to do next, one sentence. */
  next: string
}

export type P1Word =
  | 'none'
  | 'silence'
  | 'noise'
  | 'inverted'
  | 'slow'
  | 'parity'
  | 'encrypted'
  | 'half'
  | 'crc'
  | 'flood'
  | 'clock'

export type Wish =
  | 'interval'
  | 'fields'
  | 'stop'
  | 'resume'
  | 'diagnose'
  | 'restart'
  | 'rotate-key'
  | 'wipe'
  | 'console'
  | 'network'
export type Outcome = 'queued' | 'sent' | 'begun' | 'done' | 'refused' | 'returned' | 'failed' | 'expired'

/** A dongle's own codes, and those of the backend: hawkBit's interface, a call back, help for one without a program. */
export type WhyUpdate = Exclude<UpdateCode, 'none'> | 'ddi' | 'cancelled' | 'rescue'

export interface DoctorWords {
  verdicts: { [code in VerdictCode]: VerdictWords }
  /** {n} and {word} are filled in; p1, cut, order, update and state have words of their own for {word}. */
  happenings: { [code in HappeningCode]: string }
  p1: { [word in P1Word]: string }
  states: { [state in DongleState]: string }
  /** By what was asked (shared/schema/dongle.ts). */
  wishes: { [wish in Wish]: string }
  /** What became of it. */
  outcomes: { [outcome in Outcome]: string }
  updates: { [word in UpdateWord]: string }
  updateCodes: { [code in WhyUpdate]: string }
  causes: { [cause in Cause]: string }
}
