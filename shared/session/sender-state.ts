// What the dongle's half of the conversation remembers, what it is told and what it wants done. The steps are in sender.ts,
// the windows of batches in sender-window.ts, commands in sender-commands.ts.

import type { BatchId } from '../batch/batch.ts'
import type { CborReader } from '../batch/cbor.ts'
import type { EnvelopeCrypto } from '../envelope/crypto.ts'
import type { DongleKeys } from '../envelope/keys.ts'
import { type Envelope, envelopeOf, open } from '../envelope/seal.ts'
import type { Pieces } from '../kernel/pieces.ts'
import type { StatusReport } from './messages.ts'
import type { ReadCommand } from './messages-down.ts'
import type { Ring } from './ring.ts'

export interface SenderSetup {
  crypto: EnvelopeCrypto
  dongleId: string
  keys: DongleKeys
  seedPool: Uint8Array
  boot: number
  firmware: string
  /** With the coarser ones behind it. */
  ring: Ring
  /** The interval of batches outside a live window, in seconds (config page). */
  intervalS: number
  /** From the config page: nothing is uploaded; the last order that changed a page, and what became of it (its place in COMMAND_OUTCOMES). */
  isStopped?: boolean
  order?: number
  outcome?: number
}

/** `nowMs` is monotonic everywhere. */
export type SenderEvent =
  /** MQTT is connected and the down topic subscribed. */
  | { kind: 'link-up'; nowMs: number }
  /** The link is gone, was refused, or could not be made. */
  | { kind: 'link-down'; nowMs: number }
  /** The network, or the gateway after a silence, is there again. */
  | { kind: 'reachable'; nowMs: number }
  /** A message came on the down topic, opened (opened, below); undefined when it was not authentic. */
  | { kind: 'message-came'; nowMs: number; plain: Uint8Array | undefined }
  /** A batch was appended to the ring, or a 'look' effect asked for it: looks for a batch to send. */
  | { kind: 'look'; nowMs: number }
  /** The status that a 'status-wanted' effect asked for, or one that changed. */
  | { kind: 'status'; nowMs: number; status: StatusReport }
  /** What became of an 'order' effect. `isStopped` and `intervalS` when the order changed them. */
  | {
      kind: 'ordered'
      nowMs: number
      outcome: number
      report?: Uint8Array
      isStopped?: boolean
      intervalS?: number
    }
  /** A message of an update (shared/update): its kind, then the values of its body. Ignored without a session. */
  | { kind: 'update-said'; nowMs: number; values: number[] }
  /** About once a second. */
  | { kind: 'tick'; nowMs: number }

export type DisconnectReason = 'link-timeout' | 'no-challenge' | 'no-acks'

export type SenderEffect =
  /** Open the link now: MQTT CONNECT with these, then subscribe to the down topic; answer with link-up or link-down. */
  | { kind: 'connect'; clientId: string; username: string; password: string }
  /** Publish to the up topic, sealed (sealed, below). `name` is the message's own, of boot, session and n; `bytes`: how many `plain` has, where somebody has counted. */
  | { kind: 'publish'; name: string; plain: Pieces; bytes: number | undefined }
  /** There may be more to send: give it back as an event, in a turn of its own, for looking takes the dongle long. */
  | { kind: 'look'; nowMs: number }
  /** Close the link; answer with link-down. */
  | { kind: 'disconnect'; reason: DisconnectReason }
  /** The gateway's time, epoch seconds, from an authentic challenge. */
  | { kind: 'time-known'; timeS: number }
  /** Batches from now on every `intervalS` seconds; `isLasting` false in a live window, true when it belongs in the config page. */
  | { kind: 'interval'; intervalS: number; isLasting: boolean }
  /** Make a status and give it back as an event. */
  | { kind: 'status-wanted' }
  /** Close the open batch, then restart. */
  | { kind: 'reboot' }
  /** An authentic order that was not obeyed before: do it, and answer with 'ordered'. */
  | { kind: 'order'; order: ReadCommand }
  /** A message about an update came, of kind `wire`. */
  | { kind: 'update-came'; wire: number; body: CborReader }

/** A batch that was sent and not acknowledged yet. */
export interface InFlight {
  ring: Ring
  place: number
  id: BatchId
  isLive: boolean
  sentAtMs: number
  sendings: number
}

/** A shell may read the first three for its status line; the rest is the sender's own. */
export interface Sender {
  state: 'waiting' | 'connecting' | 'greeting' | 'greeted'
  /** Messages that were not authentic, not for this session, or malformed. They changed nothing else. */
  messagesRefused: number
  isStopped: boolean
  /** At most 4. */
  inFlight: InFlight[]
  setup: SenderSetup
  /** When the state began; in `waiting`: when it ends, -1 before the first tick. */
  atMs: number
  /** When a tick has something to do again, outside `waiting`. */
  tickAtMs: number
  failures: number
  /** Connection attempts in this boot. */
  session: number
  /** What the names of its messages begin with. */
  names: string
  nonce: Uint8Array
  token: Uint8Array
  /** Number of the last message of this session. */
  n: number
  hasAck: boolean
  /** The last ack, or when the first batch went out after a time with none in flight. */
  answeredAtMs: number
  lastCommand: number
  /** The last order, and what became of it: undefined while it is being done. Of the config page when a session begins. */
  order: number
  outcome: number | undefined
  statusAtMs: number
  /** How many records waited at the last status. */
  reportedRecords: number
  intervalS: number
  /** End of the live window, 0 when nobody watches. */
  liveUntilMs: number
  /** The newest that went out live. */
  livePlace: number
  backlogs: Backlog[]
}

/** One ring's share of what waits, the coarsest ring first: how far the way down through it has come, -1 when all of it was sent; and the newest record known on that way. */
export interface Backlog {
  ring: Ring
  place: number
  newestPlace: number
}

const NONE = new Uint8Array(0)

export function createSender(setup: SenderSetup): Sender {
  return {
    state: 'waiting',
    messagesRefused: 0,
    isStopped: setup.isStopped === true,
    inFlight: [],
    setup: setup,
    atMs: -1,
    tickAtMs: 0,
    failures: 0,
    session: 0,
    names: '',
    nonce: NONE,
    token: NONE,
    n: 0,
    hasAck: false,
    answeredAtMs: 0,
    lastCommand: 0,
    order: setup.order === undefined ? 0 : setup.order,
    outcome: setup.outcome,
    statusAtMs: 0,
    reportedRecords: 0,
    intervalS: setup.intervalS,
    liveUntilMs: 0,
    livePlace: 0,
    backlogs: [],
  }
}

/** Under number `sender.n`. */
export function publish(sender: Sender, plain: Pieces, effects: SenderEffect[], bytes?: number): void {
  effects.push({ kind: 'publish', name: sender.names + sender.n, plain: plain, bytes: bytes })
}

/** The envelope of a 'publish'. The iv is never repeated: boot and session live once, n rises within a session. */
export function sealed(setup: SenderSetup, name: string, plain: Pieces, bytes: number | undefined): Envelope {
  const iv = setup.crypto.hmacPrepared(setup.keys.iv, ['iv|up|' + name]).subarray(0, 16)
  return envelopeOf(setup, 'up', iv, setup.crypto.encryptCbc(setup.keys.enc, iv, plain, bytes))
}

/** What an envelope from the gateway holds; undefined when it is not authentic. */
export function opened(setup: SenderSetup, bytes: Uint8Array): Uint8Array | undefined {
  return open(setup, 'down', bytes)
}
