// Which batches are on their way: a small window for what is measured now, another for what was waiting, sending again what
// stays unanswered, and letting go what is acknowledged. It knows the ring and the clock of events, not the link.

import type { BatchId } from '../batch/batch.ts'
import { encodeBatchMessage } from './messages-up.ts'
import {
  isOlderNear,
  type Kept,
  nextNewer,
  nextOlder,
  type Ring,
  type RingRecord,
  readRecord,
  release,
  ringEnd,
} from './ring.ts'
import { type Backlog, type InFlight, publish, type Sender, type SenderEffect } from './sender-state.ts'

const ACK_TIMEOUT_MS = 20000
const SENDINGS_MAX = 4
const SILENCE_MAX_MS = 300000
const WINDOW = 2

/** The first look of a session: what is in the ring is backlog, what comes is live. */
function openWindows(sender: Sender): void {
  let ring: Ring | undefined = sender.setup.ring
  while (ring !== undefined) {
    sender.backlogs.unshift({ ring: ring, place: ring.sectors > 0 ? ringEnd(ring) : -1, newestPlace: ring.newestPlace })
    ring = ring.coarser
  }
  sender.livePlace = ringEnd(sender.setup.ring) - 1
}

/**
 * The straight way of nearly every batch: what was just kept is sent as it is, and the ring is not asked. False when something
 * else comes before it: then sendBatches is to look. It asks for no look: what else waits waited before, and an acknowledgement or a tick
 * looks for it.
 */
export function sendKept(sender: Sender, kept: Kept, nowMs: number, effects: SenderEffect[]): boolean {
  if (sender.state !== 'greeted' || sender.isStopped) return true
  const ring = sender.setup.ring
  const isNext = kept.place === ring.newestPlace && kept.before <= sender.livePlace
  // before the first look of a session nobody knows what is live
  if (!isNext || sender.backlogs.length === 0) return false
  if (sender.inFlight.length >= WINDOW && flying(sender, true) >= WINDOW) return false
  sender.livePlace = kept.place
  sendFirst(sender, ring, kept, true, nowMs, effects)
  return true
}

/**
 * Asks for a look when there may be something to send. It walks no ring and reads no flash: mostly what was just acknowledged was all there
 * is, and on the dongle a look costs 5 M instructions before it has looked.
 */
export function wantLook(sender: Sender, nowMs: number, effects: SenderEffect[]): void {
  if (sender.state !== 'greeted' || sender.isStopped) return
  const backlogs = sender.backlogs
  let isWanted =
    backlogs.length === 0 || (sender.setup.ring.newestPlace > sender.livePlace && flying(sender, true) < WINDOW)
  if (!isWanted && flying(sender, false) < WINDOW)
    for (let i = 0; i < backlogs.length; i++)
      if ((backlogs[i] as Backlog).place >= 0 || isGrown(sender, i)) isWanted = true
  if (isWanted) effects.push({ kind: 'look', nowMs: nowMs })
}

// What fell out of the finer ring since the last look came in on top; what is new in the finest is live.
function isGrown(sender: Sender, index: number): boolean {
  const backlog = sender.backlogs[index] as Backlog
  return index < sender.backlogs.length - 1 && backlog.ring.newestPlace > backlog.newestPlace
}

/**
 * Sends one batch, or comes a step nearer to it; then it is true, and whoever asked looks again. The newest goes first, in a window of its own, so that a backlog of
 * days never holds up the reading of this second; then what was waiting: the coarsest ring first, so that registers are safe and a curve
 * of weeks stands soon, in each the newest first. When the link is slower than the meter, what the live window had to pass over waits with
 * the rest: live stays live.
 */
export function sendBatches(sender: Sender, nowMs: number, effects: SenderEffect[]): boolean {
  if (sender.state !== 'greeted' || sender.isStopped) return false
  if (sender.backlogs.length === 0) {
    // a turn of its own
    openWindows(sender)
    return true
  }
  const ring = sender.setup.ring
  if (ring.newestPlace > sender.livePlace && flying(sender, true) < WINDOW) {
    const next = nextNewer(ring, sender.livePlace)
    // nearly always the only one: the newest of all is found by walking through a sector
    const end = ringEnd(ring)
    const way = { ring: ring, place: end }
    if (next !== undefined && next.place !== ring.newestPlace && !isOlderNear(way) && way.place === end) return true
    const last = next !== undefined && next.place !== ring.newestPlace ? nextOlder(ring, end) : undefined
    const newest = last === undefined ? next : last
    sender.livePlace = newest === undefined ? ring.newestPlace : newest.place
    if (newest !== undefined) {
      if (next !== newest) (sender.backlogs[sender.backlogs.length - 1] as Backlog).place = newest.place
      sendFirst(sender, ring, newest, true, nowMs, effects)
      return true
    }
  }
  for (let i = 0; i < sender.backlogs.length; i++) {
    const backlog = sender.backlogs[i] as Backlog
    if (isGrown(sender, i)) backlog.place = ringEnd(backlog.ring)
    backlog.newestPlace = backlog.ring.newestPlace
    while (flying(sender, false) < WINDOW && backlog.place >= 0) {
      if (!isOlderNear(backlog)) return true
      const record = nextOlder(backlog.ring, backlog.place)
      backlog.place = record === undefined ? -1 : record.place
      if (record !== undefined && !isFlying(sender, backlog.ring, record.place)) {
        sendFirst(sender, backlog.ring, record, false, nowMs, effects)
        return true
      }
    }
  }
  return false
}

/**
 * Unanswered: once more after 20 s, 40 s, 80 s, one batch a tick. False when a batch stays unanswered for another 160 s, or when nothing at all was
 * answered for 5 minutes (batches may fall out of a full ring before their time): the link or the gateway is dead without knowing.
 */
export function sendAgain(sender: Sender, nowMs: number, effects: SenderEffect[]): boolean {
  if (sender.isStopped || sender.inFlight.length === 0) return true
  if (nowMs - sender.answeredAtMs >= SILENCE_MAX_MS) return false
  for (let i = sender.inFlight.length - 1; i >= 0; i--) {
    const sent = sender.inFlight[i] as InFlight
    if (nowMs - sent.sentAtMs < ACK_TIMEOUT_MS * Math.pow(2, sent.sendings - 1)) continue
    const record = readRecord(sent.ring, sent.place)
    if (record === undefined) sender.inFlight.splice(i, 1)
    else if (sent.sendings >= SENDINGS_MAX) return false
    else {
      sent.sentAtMs = nowMs
      sent.sendings++
      sender.tickAtMs = nowMs
      const message = encodeBatchMessage(sender.token, ++sender.n, record.id, record.bytes)
      publish(sender, message.plain, effects, message.bytes)
      return true
    }
  }
  return true
}

/** Releases what an ack names. Ids that are not in flight are no news: an ack that came twice, or late. */
export function releaseAcked(sender: Sender, ids: BatchId[], nowMs: number): void {
  for (const id of ids) {
    const at = inFlightAt(sender, id)
    if (at < 0) continue
    const sent = sender.inFlight[at] as InFlight
    release(sent.ring, sent.id, sent.place)
    sender.inFlight.splice(at, 1)
    sender.hasAck = true
    sender.answeredAtMs = nowMs
  }
}

function flying(sender: Sender, isLive: boolean): number {
  let count = 0
  for (const sent of sender.inFlight) if (sent.isLive === isLive) count++
  return count
}

function isFlying(sender: Sender, ring: Ring, place: number): boolean {
  for (const sent of sender.inFlight) if (sent.ring === ring && sent.place === place) return true
  return false
}

function inFlightAt(sender: Sender, id: BatchId): number {
  const periodS = id.periodS === undefined ? 0 : id.periodS
  for (let i = 0; i < sender.inFlight.length; i++) {
    const inFlight = sender.inFlight[i] as InFlight
    const sent = inFlight.id
    const isSame = sent.boot === id.boot && sent.firstSeq === id.firstSeq && sent.span === id.span
    if (isSame && inFlight.ring.periodS === periodS) return i
  }
  return -1
}

function sendFirst(
  sender: Sender,
  ring: Ring,
  record: RingRecord,
  isLive: boolean,
  nowMs: number,
  effects: SenderEffect[],
): void {
  if (sender.inFlight.length === 0) sender.answeredAtMs = nowMs
  sender.inFlight.push({ ring: ring, place: record.place, id: record.id, isLive: isLive, sentAtMs: nowMs, sendings: 1 })
  const message = encodeBatchMessage(sender.token, ++sender.n, record.id, record.bytes)
  publish(sender, message.plain, effects, message.bytes)
}
