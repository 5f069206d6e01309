// The life of a dongle as a pure core: an event comes in, the next state and what must follow from it come out, or the refusal. Which event it
// is (does the meter fit?) others have judged; that each is written down with its actor is custody.ts.
//
//   flashed ─► registered ─► claimed ─► bound ◄─► suspended        lost, retired: cut off, nothing taken any more
//                  ▲            ▲         │           │            transfer: given away, wiped, waits for its next owner
//                  └────────────┴──── transfer ◄──────┘            lost ─► claimed (found by its owner) or registered

import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { DongleState } from '../../shared/port/dongle-directory.ts'
import type { DongleEventName, WaitReason } from '../../shared/schema/custody.ts'
import type { Duty } from '../store/tables.ts'

export interface Life {
  state: DongleState
  reason: WaitReason | null
}

/** What happened; `reason` says what a waiting one waits for. */
export type LifeEvent = { event: Exclude<LifeEventName, 'waiting'> } | { event: 'waiting'; reason: WaitReason }
export type LifeEventName = Exclude<DongleEventName, 'registered' | 'code-replaced' | 'vouched' | 'key-rotated'>

/** What changes with the state, in the same transaction. */
export type Change =
  /** The claim code opens nothing any more. */
  | 'burn-code'
  | 'forget-owner'
  | 'forget-meters'
  /** Readings from now on are not taken under what was bound. */
  | 'end-meters'
  | 'reopen-meters'
  | 'leave-point'

export interface Step extends Life {
  changes: readonly Change[]
  duties: readonly Duty[]
}

export interface LifeFault {
  code: 'dongle.wrong-state'
  from: DongleState
}

interface Rule {
  from: readonly DongleState[]
  /** Suspended for one of these only. */
  reasons?: readonly WaitReason[]
  to: DongleState
  reason?: WaitReason
  changes?: readonly Change[]
  duties?: readonly Duty[]
}

const OWNED = ['claimed', 'bound', 'suspended'] as const
const ALIVE = ['registered', 'claimed', 'bound', 'suspended', 'transfer'] as const

const CUT_OFF: Pick<Rule, 'changes' | 'duties'> = {
  changes: ['burn-code', 'forget-meters', 'leave-point'],
  duties: ['cut', 'discard-held'],
}

// bound for the first time, behind another meter of the same point, at another point of the same person: the same step, three names
const BOUND: Rule = { from: OWNED, to: 'bound', changes: ['burn-code'], duties: ['release-held'] }

const RULES: { [name in Exclude<LifeEventName, 'waiting'>]: Rule } = {
  // A right code also takes a claim over that has come to nothing: a photograph of the label must not lock the owner out.
  claimed: { from: ['registered', 'claimed', 'transfer'], to: 'claimed', reason: 'no-telegram' },
  'claim-taken-over': { from: ['claimed'], to: 'claimed', reason: 'no-telegram' },
  'claim-dropped': { from: ['claimed'], to: 'registered', changes: ['forget-owner'] },
  bound: BOUND,
  'meter-swapped': BOUND,
  moved: BOUND,
  'tenure-ended': {
    from: ['bound', 'suspended'],
    to: 'suspended',
    reason: 'tenure-ended',
    changes: ['leave-point'],
    duties: ['stop'],
  },
  'move-announced': {
    from: ['bound'],
    to: 'suspended',
    reason: 'moving',
    changes: ['end-meters', 'leave-point'],
    duties: ['stop'],
  },
  'move-cancelled': {
    from: ['suspended'],
    reasons: ['moving'],
    to: 'suspended',
    reason: 'no-telegram',
    changes: ['reopen-meters'],
  },
  'clone-seen': { from: OWNED, to: 'suspended', reason: 'clone' },
  'clone-cleared': { from: ['suspended'], reasons: ['clone'], to: 'suspended', reason: 'no-telegram' },
  'given-away': {
    from: OWNED,
    to: 'transfer',
    changes: ['forget-owner', 'forget-meters', 'leave-point'],
    duties: ['wipe', 'discard-held'],
  },
  lost: { from: ALIVE, to: 'lost', ...CUT_OFF },
  found: { from: ['lost'], to: 'claimed', reason: 'no-telegram', duties: ['rotate-key'] },
  replaced: { from: ['bound', 'suspended'], to: 'retired', ...CUT_OFF },
  retired: { from: [...ALIVE, 'lost'], to: 'retired', ...CUT_OFF },
}

/** A suspicion and an announced end are not talked away by a meter that says nothing new. */
const STAYS: readonly WaitReason[] = ['clone', 'tenure-ended', 'moving']

/** `hasOwner`: a lost dongle that nobody had claimed goes back to the shelf when it is found. */
export function step(life: Life, event: LifeEvent, hasOwner: boolean): Result<Step, LifeFault> {
  if (event.event === 'waiting') return wait(life, event.reason)
  const rule = RULES[event.event]
  const isRefused =
    !rule.from.includes(life.state) ||
    (rule.reasons !== undefined && !(life.reason !== null && rule.reasons.includes(life.reason))) ||
    (life.reason === 'clone' && rule === BOUND)
  if (isRefused) return failed({ code: 'dongle.wrong-state', from: life.state })
  const { to, reason = null, changes = [], duties = [] } = rule
  if (event.event === 'found' && !hasOwner) return ok({ state: 'registered', reason: null, changes, duties })
  // Two reasons at once: the one that people must look into stays.
  const kept = event.event === 'tenure-ended' && life.reason === 'clone' ? life.reason : reason
  // It may have been told to stop, and that lasts; telling it to go on when it was not costs nothing.
  const goesOn = rule === BOUND && life.state === 'suspended'
  return ok({ state: to, reason: kept, changes, duties: goesOn ? [...duties, 'resume'] : duties })
}

function wait({ state, reason }: Life, why: WaitReason): Result<Step, LifeFault> {
  if (state !== 'claimed' && state !== 'bound' && state !== 'suspended') {
    return failed({ code: 'dongle.wrong-state', from: state })
  }
  const stays = state === 'suspended' && reason !== null && STAYS.includes(reason)
  const to = state === 'claimed' ? 'claimed' : 'suspended'
  return ok({ state: to, reason: stays ? reason : why, changes: [], duties: [] })
}
