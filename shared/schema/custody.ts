// Who has which dongle, over REST: a claim, what the person may do, what happened. Node rooms, and types for the page.

import Type, { type Static } from 'typebox'
import { EpochS } from './reading.ts'

/** What a claimed or suspended dongle waits for; the page has a sentence and a next step for each. */
export const WAIT_REASONS = [
  'no-telegram',
  'register-unreachable',
  'holder-unknown',
  'no-point',
  'meter-unlisted',
  'other-meter',
  'tenure-ended',
  'moving',
  'clone',
] as const
export type WaitReason = (typeof WAIT_REASONS)[number]

/** Every step of a dongle's life that is written down. Append only: old rows keep their names. */
export const DONGLE_EVENTS = [
  'registered',
  'code-replaced',
  'vouched',
  'claimed',
  'claim-taken-over',
  'claim-dropped',
  'waiting',
  'bound',
  'meter-swapped',
  'moved',
  'tenure-ended',
  'move-announced',
  'move-cancelled',
  'clone-seen',
  'clone-cleared',
  'given-away',
  'lost',
  'found',
  'replaced',
  'retired',
  'key-rotated',
] as const
export type DongleEventName = (typeof DONGLE_EVENTS)[number]

/** What the person who has claimed a dongle may do with it. */
export const OWN_ACTS = ['report-lost', 'found', 'give-away', 'move', 'stay', 'drop-claim'] as const
export type OwnAct = (typeof OWN_ACTS)[number]

/** What an operator may do besides orders. */
export const OPERATOR_ACTS = ['report-lost', 'found', 'give-away', 'clear-clone', 'retire'] as const
export type OperatorAct = (typeof OPERATOR_ACTS)[number]

const named = <N extends string>(names: readonly N[]) => Type.Unsafe<N>(Type.String({ enum: [...names] }))
const Reason = Type.Union([named(WAIT_REASONS), Type.Null()])

export const ClaimSchema = Type.Object(
  {
    dongleId: Type.String({ pattern: '^[0-9A-Z]{13}$', description: 'as on the label, without hyphens' }),
    claimCode: Type.String({ pattern: '^[0-9A-Z]{13}$', description: 'as on the label, without hyphens' }),
  },
  { additionalProperties: false },
)

/** `by`: the person themselves, or in what part somebody else acted; never who. */
const EventSchema = Type.Object(
  {
    dongleId: Type.String(),
    atS: EpochS,
    event: named(DONGLE_EVENTS),
    state: Type.String(),
    reason: Reason,
    by: named(['you', 'installer', 'operator', 'register', 'system', 'somebody else']),
  },
  { additionalProperties: false },
)
export type OwnEvent = Static<typeof EventSchema>

const OwnDongleSchema = Type.Object(
  {
    dongleId: Type.String(),
    state: Type.String({ description: 'claimed, bound, suspended, lost or retired' }),
    reason: Reason,
    sinceS: EpochS,
    meteringPointId: Type.Union([Type.String(), Type.Null()]),
    acts: Type.Array(named(OWN_ACTS), { description: 'what may be done with it now' }),
  },
  { additionalProperties: false },
)
export type OwnDongle = Static<typeof OwnDongleSchema>

/** Events, newest first, also of dongles that one had once. */
export const OwnDonglesSchema = Type.Object(
  { items: Type.Array(OwnDongleSchema), events: Type.Array(EventSchema) },
  { additionalProperties: false },
)
export type OwnDongles = Static<typeof OwnDonglesSchema>

export const OwnActSchema = Type.Object({ act: named(OWN_ACTS) }, { additionalProperties: false })
export const OperatorActSchema = Type.Object({ act: named(OPERATOR_ACTS) }, { additionalProperties: false })

/** `claimCode`: the new one after giving it away; shown once, kept as a hash only. */
export const ActDoneSchema = Type.Object(
  { dongleId: Type.String(), state: Type.String(), claimCode: Type.Optional(Type.String()) },
  { additionalProperties: false },
)
export type ActDone = Static<typeof ActDoneSchema>

/** For operators: every event, with who acted in which part. */
export const DongleEventSchema = Type.Object(
  {
    atS: EpochS,
    event: named(DONGLE_EVENTS),
    fromState: Type.Union([Type.String(), Type.Null()]),
    toState: Type.String(),
    reason: Reason,
    actor: Type.String(),
  },
  { additionalProperties: false },
)

export const HolderSchema = Type.Object(
  { holderId: Type.String({ pattern: '^[!-~]{1,64}$', description: 'as the access register knows this person' }) },
  { additionalProperties: false },
)
