// What backends on one database say to each other: lines of JSON, each kind with one hearer here. Beside that, what others want to hear of: whoever has
// a page open says so again and again, and what nobody wants is not said. It knows nothing of what is behind the words.

import type { Clock } from '../../shared/kernel/clock.ts'
import type { DownLine } from '../../shared/link/link.ts'
import type { TailedMessage } from '../../shared/schema/operating.ts'
import type { DeadDelivery } from '../delivery/checkpoint.ts'
import type { DeskHealth } from '../delivery/webhooks.ts'
import type { Siblings, StoredTimes } from '../store/siblings.ts'

export type SiblingLine =
  /** For WANTED_MS from now. */
  | { do: 'want'; key: string }
  /** Whoever hears this says again what it wants: this program was not there, or did not hear. */
  | { do: 'anew' }
  /** A batch of a tenure that is wanted was stored; the batch itself is in the database. */
  | { do: 'batch'; tenureNo: number; boot: number; firstSeq: number; fromS: number; toS: number; receivedAtMs: number }
  /** Whoever watches this tenure no longer may. */
  | { do: 'end'; tenureNo: number }
  /** A message of a dongle that is followed. */
  | { do: 'tail'; dongleId: string; message: TailedMessage }
  /** These permissions end in a transaction that is under way: nothing more leaves under them. Said so that all have taken it (`tellAll`). */
  | { do: 'closing'; permissionIds: string[] }
  /** Was granted, and has committed. */
  | { do: 'granted'; permissionId: string }
  /** Batches that were stored; said by the engine with their commit. */
  | { do: 'stored'; batches: StoredTimes[] }
  /** Where webhooks of this ESP go has changed. */
  | { do: 'webhook'; espId: string }
  /** A key or certificate of this ESP holds no more. */
  | { do: 'proofs'; espId: string }
  /** What was given up is to be delivered again, by who delivers. */
  | { do: 'replay'; dead: DeadDelivery }
  /** How does this ESP's endpoint? Said by who delivers. */
  | { do: 'desk-wanted'; espId: string }
  | { do: 'desk'; espId: string; health: DeskHealth }
  /** A command for gateways. */
  | DownLine

type Kind = SiblingLine['do']
type Hearers = { [kind in Kind]?: (line: Extract<SiblingLine, { do: kind }>) => void }

export interface Talk {
  tell(line: SiblingLine): void
  /** As Siblings has it. */
  tellAll(line: SiblingLine): Promise<void>
  hear(hearers: Hearers): void
  /** Lines may not have been heard. Until what is told has resolved nothing is current. */
  onMissed(missed: () => void | Promise<void>): void
  /** Says that this program wants to hear of `key`, until the returned function is called. */
  want(key: string): () => void
  /** Another wants to hear of it. */
  isWanted(key: string): boolean
  stop(): void
}

const WANTED_MS = 75_000
const REPEAT_MS = 30_000
const WANTED_MAX = 10_000

export const tenureKey = (tenureNo: number): string => `tenure ${tenureNo}`
export const dongleKey = (dongleId: string): string => `dongle ${dongleId}`

export function openTalk(siblings: Siblings, clock: Pick<Clock, 'monotonicMs'>): Talk {
  const hearers: Hearers = {}
  /** By others: until when. */
  const wanted = new Map<string, number>()
  /** Here: how many do. */
  const wanting = new Map<string, number>()
  const missed: (() => void | Promise<void>)[] = []

  const tell = (line: SiblingLine): void => siblings.tell(JSON.stringify(line))
  const sayWants = (): void => {
    for (const key of wanting.keys()) tell({ do: 'want', key })
  }
  const repeating = setInterval(sayWants, REPEAT_MS)
  repeating.unref()

  siblings.hear(
    text => take(lineOf(text)),
    async () => {
      await Promise.all(missed.map(told => told()))
      tell({ do: 'anew' })
      sayWants()
    },
  )
  tell({ do: 'anew' })

  return {
    tell,
    hear: more => void Object.assign(hearers, more),
    tellAll: line => siblings.tellAll(JSON.stringify(line)),
    onMissed: told => void missed.push(told),
    want(key) {
      const count = wanting.get(key) ?? 0
      wanting.set(key, count + 1)
      if (count === 0) tell({ do: 'want', key })
      return () => {
        const left = (wanting.get(key) ?? 1) - 1
        if (left === 0) wanting.delete(key)
        else wanting.set(key, left)
      }
    },
    isWanted: key => (wanted.get(key) ?? 0) > clock.monotonicMs(),
    stop: () => clearInterval(repeating),
  }

  function take(line: SiblingLine | undefined): void {
    if (line === undefined) return
    if (line.do === 'want') note(line.key)
    else if (line.do === 'anew') sayWants()
    else (hearers[line.do] as ((said: SiblingLine) => void) | undefined)?.(line)
  }

  /** Repeated wants go to the end of the map, so that what was wanted longest ago makes room. */
  function note(key: string): void {
    const nowMs = clock.monotonicMs()
    wanted.delete(key)
    wanted.set(key, nowMs + WANTED_MS)
    for (const [one, untilMs] of wanted) {
      if (wanted.size <= WANTED_MAX && untilMs > nowMs) break
      wanted.delete(one)
    }
  }
}

/** A sibling of another version may say what this one does not know: passed over. */
function lineOf(text: string): SiblingLine | undefined {
  try {
    const line = JSON.parse(text) as unknown
    return typeof line === 'object' && line !== null && 'do' in line ? (line as SiblingLine) : undefined
  } catch {
    return undefined
  }
}
