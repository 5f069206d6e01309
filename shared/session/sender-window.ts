// Which batches are on their way: a small window for what is measured now, another for what was waiting, sending again what
// stays unanswered, and letting go what is acknowledged. It knows the ring and the clock of events, not the link.

import type { BatchId } from '../batch/batch.ts'
import { encodeBatchMessage } from './messages-up.ts'
import { nextNewer, nextOlder, type RingRecord, readRecord, release, ringEnd } from './ring.ts'
import { type InFlight, publish, type Sender, type SenderEffect } from './sender-state.ts'

const ACK_TIMEOUT_MS = 20000
const SENDINGS_MAX = 4
const SILENCE_MAX_MS = 300000
const WINDOW = 2

/** A session begins: what is in the ring is backlog, what comes is live. */
export function openWindows(sender: Sender): void {
  sender.inFlight = []
  sender.backlogPlace = ringEnd(sender.setup.ring)
  sender.livePlace = sender.backlogPlace - 1
}

/**
 * The newest goes first, in a window of its own, so that a backlog of days never holds up the reading of this second; then
 * what was waiting, newest first. When the link is slower than the meter, what the live window had to pass over waits with
 * the rest: live stays live.
 */
export function sendBatches(sender: Sender, nowMs: number, effects: SenderEffect[]): void {
  if (sender.state !== 'open' || sender.isStopped) return
  const ring = sender.setup.ring
  if (flying(sender, true) < WINDOW) {
    const newest = nextOlder(ring, ringEnd(ring))
    if (newest !== undefined && newest.place > sender.livePlace) {
      const next = nextNewer(ring, sender.livePlace)
      if (next !== undefined && next.place !== newest.place) sender.backlogPlace = newest.place
      sender.livePlace = newest.place
      sendFirst(sender, newest, true, nowMs, effects)
    }
  }
  while (flying(sender, false) < WINDOW && sender.backlogPlace >= 0) {
    const record = nextOlder(ring, sender.backlogPlace)
    sender.backlogPlace = record === undefined ? -1 : record.place
    if (record !== undefined && !isFlying(sender, record.place)) sendFirst(sender, record, false, nowMs, effects)
  }
}

/**
 * Unanswered: once more after 20 s, 40 s, 80 s. False when a batch stays unanswered for another 160 s, or when nothing at all was
 * answered for 5 minutes (batches may fall out of a full ring before their time): the link or the gateway is dead without knowing.
 */
export function sendAgain(sender: Sender, nowMs: number, effects: SenderEffect[]): boolean {
  if (sender.isStopped || sender.inFlight.length === 0) return true
  if (nowMs - sender.answeredAtMs >= SILENCE_MAX_MS) return false
  for (let i = sender.inFlight.length - 1; i >= 0; i--) {
    const sent = sender.inFlight[i] as InFlight
    if (nowMs - sent.sentAtMs < ACK_TIMEOUT_MS * Math.pow(2, sent.sendings - 1)) continue
    const record = readRecord(sender.setup.ring, sent.place)
    if (record === undefined) sender.inFlight.splice(i, 1)
    else if (sent.sendings >= SENDINGS_MAX) return false
    else {
      sent.sentAtMs = nowMs
      sent.sendings++
      publish(sender, encodeBatchMessage(sender.token, ++sender.n, record.id, record.bytes), effects)
    }
  }
  return true
}

/** Releases what an ack names. Ids that are not in flight are no news: an ack that came twice, or late. */
export function releaseAcked(sender: Sender, ids: BatchId[], nowMs: number): void {
  for (let i = 0; i < ids.length; i++) {
    const at = inFlightAt(sender, ids[i] as BatchId)
    if (at < 0) continue
    const sent = sender.inFlight[at] as InFlight
    release(sender.setup.ring, sent.id, sent.place)
    sender.inFlight.splice(at, 1)
    sender.hasAck = true
    sender.answeredAtMs = nowMs
  }
}

function flying(sender: Sender, isLive: boolean): number {
  let count = 0
  for (let i = 0; i < sender.inFlight.length; i++) if ((sender.inFlight[i] as InFlight).isLive === isLive) count++
  return count
}

function isFlying(sender: Sender, place: number): boolean {
  for (let i = 0; i < sender.inFlight.length; i++) if ((sender.inFlight[i] as InFlight).place === place) return true
  return false
}

function inFlightAt(sender: Sender, id: BatchId): number {
  for (let i = 0; i < sender.inFlight.length; i++) {
    const sent = (sender.inFlight[i] as InFlight).id
    if (sent.boot === id.boot && sent.firstSeq === id.firstSeq && sent.span === id.span) return i
  }
  return -1
}

function sendFirst(sender: Sender, record: RingRecord, isLive: boolean, nowMs: number, effects: SenderEffect[]): void {
  if (sender.inFlight.length === 0) sender.answeredAtMs = nowMs
  sender.inFlight.push({ place: record.place, id: record.id, isLive: isLive, sentAtMs: nowMs, sendings: 1 })
  publish(sender, encodeBatchMessage(sender.token, ++sender.n, record.id, record.bytes), effects)
}
