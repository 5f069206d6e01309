// The dongle's half of the conversation: when to connect, greet, send, wait, send again. Event in, effects out; time comes with
// the events and chance from the seed pool. It reads and releases records of the ring; sockets and MQTT are the shell's.

import { KIND_CHUNK, KIND_UPDATE } from '../update/messages.ts'
import { backoffMs } from './backoff.ts'
import { connectPassword } from './connect.ts'
import {
  KIND_ACK,
  KIND_CHALLENGE,
  KIND_COMMAND,
  messageOf,
  NONCE_BYTES,
  type OpenedMessage,
  openMessage,
  type StatusReport,
} from './messages.ts'
import { decodeAckIds, decodeChallenge } from './messages-down.ts'
import { encodeHello, encodeStatus, fieldsOf } from './messages-up.ts'
import { answerOrder, takeCommand, takeInterval, wantStatus } from './sender-commands.ts'
import {
  type DisconnectReason,
  publish,
  type Sender,
  type SenderEffect,
  type SenderEvent,
  type SenderSetup,
} from './sender-state.ts'
import { releaseAcked, sendAgain, sendBatches, wantLook } from './sender-window.ts'

export type { DisconnectReason, Sender, SenderEffect, SenderEvent } from './sender-state.ts'
export { createSender, opened, sealed } from './sender-state.ts'
export { sendKept } from './sender-window.ts'

type OrderedEvent = Extract<SenderEvent, { kind: 'ordered' }>

const LINK_TIMEOUT_MS = 240000
const CHALLENGE_TIMEOUT_MS = 15000
/** Whoever waits for a gateway that is there again waits at most 2 s * 2^5 (backoff.ts). */
const HURRIED_FAILURES = 5
const STABLE_MS = 300000
/** A conversation is looked after so often: what is acknowledged, sent again or given up late is late by as much. */
const TICK_MS = 5000
const STATUS_EVERY_MS = 300000
/** More than these waiting is a backlog. */
const BACKLOG_RECORDS = 2

/** One event; the effects are to be carried out in order. Releases acknowledged records of the ring by itself. */
export function stepSender(sender: Sender, event: SenderEvent): SenderEffect[] {
  const effects: SenderEffect[] = []
  // four functions, because on the dongle what one of them does not need is not made for it (scripts/bundle/cold.ts)
  if (event.kind === 'message-came') onMessage(sender, event.plain, event.nowMs, effects)
  else if (event.kind === 'look') {
    if (sendBatches(sender, event.nowMs, effects)) wantLook(sender, event.nowMs, effects)
  } else if (event.kind === 'tick') onTick(sender, event.nowMs, effects)
  else onOther(sender, event, effects)
  return effects
}

type OtherEvent = Exclude<SenderEvent, { kind: 'message-came' | 'look' | 'tick' }>

function onOther(sender: Sender, event: OtherEvent, effects: SenderEffect[]): void {
  if (event.kind === 'link-up') greet(sender, event.nowMs, effects)
  else if (event.kind === 'link-down') endLink(sender, event.nowMs)
  else if (event.kind === 'reachable') hurry(sender, event.nowMs)
  else if (event.kind === 'status') report(sender, event.status, event.nowMs, effects)
  else if (event.kind === 'ordered') onOrdered(sender, event, effects)
  else sayUpdate(sender, event.values, effects)
}

/** Whether a tick has anything to do now. It asks nothing of the ring and wants no memory: on the dongle a step of the sender costs both. */
export function isTickDue(sender: Sender, nowMs: number): boolean {
  if (sender.liveUntilMs > 0 && nowMs >= sender.liveUntilMs) return true
  if (sender.state === 'waiting') return nowMs >= sender.atMs
  return nowMs >= sender.tickAtMs
}

function onTick(sender: Sender, nowMs: number, effects: SenderEffect[]): void {
  const sinceMs = nowMs - sender.atMs
  sender.tickAtMs = nowMs + TICK_MS
  if (sender.liveUntilMs > 0 && nowMs >= sender.liveUntilMs) {
    sender.liveUntilMs = 0
    effects.push({ kind: 'interval', intervalS: sender.intervalS, isLasting: false })
  }
  if (sender.state === 'waiting') {
    if (sender.atMs < 0) waitForTurn(sender, nowMs)
    if (nowMs >= sender.atMs) connect(sender, nowMs, effects)
  } else if (sender.state === 'connecting') {
    if (sinceMs >= LINK_TIMEOUT_MS) hangUp(sender, 'link-timeout', nowMs, effects)
  } else if (sender.state === 'greeting') {
    if (sinceMs >= CHALLENGE_TIMEOUT_MS) hangUp(sender, 'no-challenge', nowMs, effects)
  } else {
    if (sender.hasAck && sinceMs >= STABLE_MS) sender.failures = 0
    if (nowMs - sender.statusAtMs >= STATUS_EVERY_MS) wantStatus(sender, nowMs, effects)
    if (!sendAgain(sender, nowMs, effects)) hangUp(sender, 'no-acks', nowMs, effects)
    wantLook(sender, nowMs, effects)
  }
}

function waitForTurn(sender: Sender, nowMs: number): void {
  const setup = sender.setup
  sender.atMs = nowMs + backoffMs(setup.crypto, setup.dongleId, setup.boot, sender.session, sender.failures)
}

// The way is open again after a silence: what was waited for longer than a minute is drawn anew, within a minute.
function hurry(sender: Sender, nowMs: number): void {
  if (sender.state !== 'waiting' || sender.atMs < 0) return
  const atMs = sender.atMs
  if (sender.failures > HURRIED_FAILURES) sender.failures = HURRIED_FAILURES
  waitForTurn(sender, nowMs)
  if (atMs < sender.atMs) sender.atMs = atMs
}

function connect(sender: Sender, nowMs: number, effects: SenderEffect[]): void {
  const setup = sender.setup
  sender.session++
  sender.names = setup.boot + '|' + sender.session + '|'
  sender.state = 'connecting'
  sender.atMs = nowMs
  effects.push({
    kind: 'connect',
    clientId: setup.dongleId,
    username: setup.dongleId,
    password: connectPassword(setup.crypto, setup.keys, setup.dongleId, setup.boot, sender.session),
  })
}

/** 32 bytes that nobody without the seed pool can foresee; the same for the same `label`. */
export function freshBytes(setup: SenderSetup, label: string): Uint8Array {
  return setup.crypto.sha256([setup.seedPool, '|' + label])
}

// A fresh nonce per session, from chance that the installer's tool put into the dongle; the answer must repeat it.
function greet(sender: Sender, nowMs: number, effects: SenderEffect[]): void {
  if (sender.state !== 'connecting') return
  const setup = sender.setup
  sender.nonce = freshBytes(setup, setup.boot + '|' + sender.session).slice(0, NONCE_BYTES)
  sender.state = 'greeting'
  sender.atMs = nowMs
  sender.n = 0
  publish(sender, encodeHello(setup.boot, sender.session, sender.nonce, setup.firmware), effects)
}

function endLink(sender: Sender, nowMs: number): void {
  if (sender.state === 'waiting') return
  sender.state = 'waiting'
  sender.token = new Uint8Array(0)
  sender.inFlight = []
  waitForTurn(sender, nowMs)
  sender.failures++
}

function hangUp(sender: Sender, reason: DisconnectReason, nowMs: number, effects: SenderEffect[]): void {
  effects.push({ kind: 'disconnect', reason: reason })
  endLink(sender, nowMs)
}

function onMessage(sender: Sender, plain: Uint8Array | undefined, nowMs: number, effects: SenderEffect[]): void {
  const message = plain === undefined ? undefined : openMessage(plain)
  if (message === undefined || !isTaken(sender, message, nowMs, effects)) sender.messagesRefused++
}

// False: authentic, but not for this session, or nothing that this version understands.
function isTaken(sender: Sender, message: OpenedMessage, nowMs: number, effects: SenderEffect[]): boolean {
  if (message.kind === KIND_CHALLENGE) return takeChallenge(sender, message, nowMs, effects)
  if (sender.state !== 'greeted' || message.token === undefined) return false
  if (!sender.setup.crypto.isSame(message.token, sender.token)) return false
  if (message.kind === KIND_ACK) return takeAck(sender, message, nowMs, effects)
  if (message.kind === KIND_UPDATE || message.kind === KIND_CHUNK) {
    effects.push({ kind: 'update-came', wire: message.kind, body: message.body })
    return true
  }
  return message.kind === KIND_COMMAND && takeCommand(sender, message, nowMs, effects)
}

function takeChallenge(sender: Sender, message: OpenedMessage, nowMs: number, effects: SenderEffect[]): boolean {
  const challenge = decodeChallenge(message.body)
  if (challenge === undefined || sender.state !== 'greeting') return false
  if (!sender.setup.crypto.isSame(challenge.nonce, sender.nonce)) return false
  sender.state = 'greeted'
  sender.atMs = nowMs
  sender.token = challenge.token.slice()
  sender.hasAck = false
  sender.lastCommand = 0
  sender.inFlight = []
  sender.backlogs = []
  effects.push({ kind: 'time-known', timeS: challenge.timeS })
  if (challenge.intervalS !== sender.intervalS) takeInterval(sender, challenge.intervalS, effects)
  wantStatus(sender, nowMs, effects)
  // its answer may have been lost, or it was on trial until now
  answerOrder(sender, effects)
  wantLook(sender, nowMs, effects)
  return true
}

function onOrdered(sender: Sender, event: OrderedEvent, effects: SenderEffect[]): void {
  sender.outcome = event.outcome
  answerOrder(sender, effects, event.report)
  if (event.intervalS !== undefined) takeInterval(sender, event.intervalS, effects)
  if (event.isStopped !== undefined) sender.isStopped = event.isStopped
  // whoever asked wants to see it as it is now
  wantStatus(sender, event.nowMs, effects)
  wantLook(sender, event.nowMs, effects)
}

function takeAck(sender: Sender, message: OpenedMessage, nowMs: number, effects: SenderEffect[]): boolean {
  const ids = decodeAckIds(message.body)
  if (ids === undefined) return false
  releaseAcked(sender, ids, nowMs)
  // whoever reads of a backlog should soon read that it is gone
  if (sender.reportedRecords > BACKLOG_RECORDS && sender.setup.ring.records <= BACKLOG_RECORDS) {
    wantStatus(sender, nowMs, effects)
  }
  wantLook(sender, nowMs, effects)
  return true
}

function report(sender: Sender, status: StatusReport, nowMs: number, effects: SenderEffect[]): void {
  if (sender.state !== 'greeted') return
  sender.statusAtMs = nowMs
  sender.reportedRecords = status.ringRecords === undefined ? 0 : status.ringRecords
  publish(sender, encodeStatus(sender.token, ++sender.n, status), effects)
}

function sayUpdate(sender: Sender, values: number[], effects: SenderEffect[]): void {
  if (sender.state !== 'greeted') return
  publish(sender, messageOf(values[0] as number, sender.token, ++sender.n, fieldsOf(values.slice(1))), effects)
}
