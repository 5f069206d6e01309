// The dongle's half of the conversation: when to connect, greet, send, wait, send again. Event in, effects out; time comes with
// the events and chance from the seed pool. It reads and releases records of the ring; sockets and MQTT are the shell's.

import type { EnvelopeCrypto } from '../envelope/crypto.ts'
import type { DongleKeys } from '../envelope/keys.ts'
import { assert } from '../kernel/assert.ts'
import type { StatusReport } from './messages.ts'
import type { Ring } from './ring.ts'

export interface SenderSetup {
  crypto: EnvelopeCrypto
  dongleId: string
  keys: DongleKeys
  seedPool: Uint8Array
  boot: number
  firmware: string
  ring: Ring
  /** The interval of batches outside a live window, in seconds (config page). */
  intervalS: number
}

/** `nowMs` is monotonic everywhere. */
export type SenderEvent =
  /** MQTT is connected and the down topic subscribed. */
  | { kind: 'link-up'; nowMs: number }
  /** The link is gone, was refused, or could not be made. */
  | { kind: 'link-down'; nowMs: number }
  /** Bytes came on the down topic. */
  | { kind: 'message'; nowMs: number; bytes: Uint8Array }
  /** A batch was appended to the ring. */
  | { kind: 'batch-kept'; nowMs: number }
  /** The status that a 'status-wanted' effect asked for, or one that changed. */
  | { kind: 'status'; nowMs: number; status: StatusReport }
  /** About once a second. */
  | { kind: 'tick'; nowMs: number }

export type DisconnectReason = 'link-timeout' | 'no-challenge' | 'no-acks'

export type SenderEffect =
  /** Open the link now: MQTT CONNECT with these, then subscribe to the down topic; answer with link-up or link-down. */
  | { kind: 'connect'; clientId: string; username: string; password: string }
  /** Publish to the up topic. */
  | { kind: 'publish'; bytes: Uint8Array }
  /** Close the link; answer with link-down. */
  | { kind: 'disconnect'; reason: DisconnectReason }
  /** The gateway's time, epoch seconds, from an authentic challenge. */
  | { kind: 'time'; timeS: number }
  /** Batches from now on every `intervalS` seconds; `isLasting` false in a live window, true when it belongs in the config page. */
  | { kind: 'interval'; intervalS: number; isLasting: boolean }
  /** Make a status and give it back as an event. */
  | { kind: 'status-wanted' }
  /** Close the open batch, then restart. */
  | { kind: 'reboot' }

/** Opaque; a shell may read these for the status line. */
export interface Sender {
  state: 'waiting' | 'connecting' | 'greeting' | 'open'
  /** Messages that were not authentic, not for this session, or malformed. They changed nothing else. */
  messagesRefused: number
  /** Up messages that are waiting for an ack. */
  inFlightCount: number
  isStopped: boolean
}

export function createSender(setup: SenderSetup): Sender {
  assert(false, 'soon')
}

export function stepSender(sender: Sender, event: SenderEvent): SenderEffect[] {
  assert(false, 'soon')
}
