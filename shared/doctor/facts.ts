// What is known of a dongle when it is judged: the same facts whether they came over the cable or through the backend. A fact that
// is old is no fact: what a silent dongle once said of its meter or its network is left out. Pure.

import type { DongleState } from '../port/dongle-directory.ts'
import type { DongleStatus } from '../port/ingest-port.ts'

/** none: no address of a gateway, or no network in its configuration. */
export type LinkState = 'open' | 'no-gateway' | 'no-network' | 'none'

export interface Facts {
  way: 'cable' | 'remote'
  /** cable: not a byte came. */
  isMute?: boolean
  hasNoIdentity?: boolean
  /** remote: nobody linked a dongle to this metering point. */
  hasNoDongle?: boolean
  state?: DongleState
  /** remote: seconds since it was last heard; absent: never. */
  silentS?: number
  /** Its own seconds between batches. */
  intervalS?: number
  /** How the boot before ended, a word of END_REASONS or first (firmware/journal.ts). */
  reset?: string
  /** Boots in a row, up to the one before, that the power cut off within a minute. */
  quickRestarts?: number
  isOutOfMemory?: boolean
  hasError?: boolean
  uptimeS?: number
  freeVariables?: number
  /** A word of docs/p1-line.md, or clock. */
  p1Trouble?: string
  telegramsOk?: number
  telegramsBad?: number
  link?: LinkState
  /** Reasons since start: code → count, and the newest (docs/reasons.md). */
  reasons?: { last: number; counts: { [code: number]: number } }
  rssiDbm?: number
  ringPercent?: number
  /** The last order that was settled, and whether one is on trial. */
  order?: 'done' | 'on-trial' | 'returned' | 'failed'
  update?: UpdateFact
}

/** What becomes of an update with a dongle, in the words of rollouts (backend/updates/members.ts). */
export const UPDATE_WORDS = [
  'given',
  'begun',
  'healthy',
  'refused',
  'failed',
  'returned',
  'ahead',
  'withdrawn',
] as const
export type UpdateWord = (typeof UPDATE_WORDS)[number]

/** The newest word about an update, and why; rescue: no program runs, damaged: one of two has rotted. */
export interface UpdateFact {
  word: UpdateWord | 'rescue' | 'damaged'
  /** A word of shared/update/states.ts, or of hawkBit's interface. */
  code?: string
}

const INTERVAL_DEFAULT_S = 10
const SILENT_MIN_S = 900
const SILENT_INTERVALS = 6

/** From when on a dongle is out of reach, in seconds of silence. */
export function patienceS(intervalS: number = INTERVAL_DEFAULT_S): number {
  return Math.max(SILENT_MIN_S, SILENT_INTERVALS * intervalS)
}

/** `heardAtMs`: when it last said anything, its status or a batch. */
export function factsOfStatus(
  status: DongleStatus | undefined,
  state: DongleState | undefined,
  { order, update }: Pick<Facts, 'order' | 'update'>,
  heardAtMs: number | undefined,
  nowMs: number,
): Facts {
  const facts: Facts = { way: 'remote', state, order }
  if (heardAtMs !== undefined) facts.silentS = Math.max(0, Math.floor((nowMs - heardAtMs) / 1000))
  const isOld = (facts.silentS ?? Infinity) > patienceS(status?.intervalS)
  // that it has lost its program may explain the silence
  if (!isOld || update?.word === 'rescue') facts.update = update
  if (status === undefined) return facts
  const { intervalS, resetReason, uptimeS, freeVariables } = status
  Object.assign(facts, { intervalS, ...resetOf(resetReason) })
  if (isOld) return facts
  const { p1Trouble, telegramsOk, telegramsBad, rssiDbm, ringBytes, ringCapacityBytes } = status
  if (ringBytes !== undefined && ringCapacityBytes)
    facts.ringPercent = Math.round((ringBytes * 100) / ringCapacityBytes)
  if (status.linkReasons !== undefined) facts.reasons = reasonsOf(status.linkReasons)
  return { ...facts, uptimeS, freeVariables, p1Trouble, telegramsOk, telegramsBad, rssiDbm, link: 'open' }
}

/** "power x3" as the dongle says it. */
export function resetOf(text: string | undefined): Pick<Facts, 'reset' | 'quickRestarts'> {
  const match = /^([a-z]+)(?: x(\d+))?$/.exec(text ?? '')
  return match === null ? {} : { reset: match[1], quickRestarts: Number(match[2] ?? 0) }
}

/** "29 1:3 29:2" as the dongle says it. */
export function reasonsOf(text: string): NonNullable<Facts['reasons']> {
  const [last, ...rest] = text.split(' ')
  const counts: { [code: number]: number } = {}
  for (const pair of rest) {
    const [code, count] = pair.split(':').map(Number)
    if (code !== undefined && count !== undefined && code > 0 && count > 0) counts[code] = count
  }
  return { last: Number(last) || 0, counts }
}
