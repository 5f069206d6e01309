// What a dongle does when it is told to: live window, interval, restart, status, stop and resume by itself; orders, which carry a
// MAC of their own, it gives to the shell once each. That a command is authentic and of this session is known already; here
// its number must rise and its values must make sense.

import {
  CONSOLE,
  DONE,
  INTERVAL,
  LIVE,
  type OpenedMessage,
  REBOOT,
  REFUSED,
  RESUME,
  SEND_STATUS,
  STOP,
  UNKNOWN,
} from './messages.ts'
import { decodeCommand, type ReadCommand } from './messages-down.ts'
import { encodeResult } from './messages-up.ts'
import { orderMac } from './order.ts'
import { publish, type Sender, type SenderEffect } from './sender-state.ts'
import { wantLook } from './sender-window.ts'

const SECONDS_MAX = 900

/** Obeys and answers. False, and nothing happens, for a command that came before or is none. */
export function takeCommand(sender: Sender, message: OpenedMessage, nowMs: number, effects: SenderEffect[]): boolean {
  const command = decodeCommand(message.body)
  if (command === undefined) return false
  if (command.mac.length > 0) return takeOrder(sender, command, effects)
  if (command.number <= sender.lastCommand) return false
  sender.lastCommand = command.number
  const done: SenderEffect[] = []
  const outcome = obey(sender, command.code, command.seconds, nowMs, done)
  publish(sender, encodeResult(sender.token, ++sender.n, command.number, outcome), effects)
  for (let i = 0; i < done.length; i++) effects.push(done[i] as SenderEffect)
  wantLook(sender, nowMs, effects)
  return true
}

// The number outlives the session: an order is done once, however often it comes; the answer to the last one is given again.
function takeOrder(sender: Sender, order: ReadCommand, effects: SenderEffect[]): boolean {
  const setup = sender.setup
  const mac = orderMac(setup.crypto, setup.keys, setup.dongleId, order)
  if (!setup.crypto.isSame(order.mac, mac) || order.number < sender.order) return false
  if (order.number === sender.order) answerOrder(sender, effects)
  else {
    sender.order = order.number
    sender.outcome = undefined
    effects.push({ kind: 'order', order: order })
  }
  return true
}

/** Says what became of the last order, where that is known. */
export function answerOrder(sender: Sender, effects: SenderEffect[], report?: Uint8Array): void {
  if (sender.state !== 'greeted' || sender.outcome === undefined) return
  publish(sender, encodeResult(sender.token, ++sender.n, sender.order, sender.outcome, report), effects)
}

/** The lasting interval; nonsense is ignored, a live window goes on over it. */
export function takeInterval(sender: Sender, intervalS: number, effects: SenderEffect[]): void {
  if (intervalS < 1 || intervalS > SECONDS_MAX) return
  sender.intervalS = intervalS
  effects.push({ kind: 'interval', intervalS: intervalS, isLasting: true })
  if (sender.liveUntilMs > 0) effects.push({ kind: 'interval', intervalS: 1, isLasting: false })
}

export function wantStatus(sender: Sender, nowMs: number, effects: SenderEffect[]): void {
  sender.statusAtMs = nowMs
  effects.push({ kind: 'status-wanted' })
}

// What became of it, by its place in COMMAND_OUTCOMES.
function obey(sender: Sender, code: number, seconds: number, nowMs: number, effects: SenderEffect[]): number {
  if (code < LIVE || code > CONSOLE) return UNKNOWN
  if (code > RESUME) return REFUSED
  if (code === LIVE || code === INTERVAL) {
    if (seconds < 1 || seconds > SECONDS_MAX) return REFUSED
    if (code === INTERVAL) takeInterval(sender, seconds, effects)
    else {
      if (sender.liveUntilMs === 0) effects.push({ kind: 'interval', intervalS: 1, isLasting: false })
      sender.liveUntilMs = nowMs + seconds * 1000
    }
  } else if (code === REBOOT) effects.push({ kind: 'reboot' })
  else if (code === SEND_STATUS) wantStatus(sender, nowMs, effects)
  else sender.isStopped = code === STOP
  return DONE
}
