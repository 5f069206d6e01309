// What a dongle does when it is told to: live window, interval, restart, status, stop and resume. That a command is authentic
// and of this session is known already; here its number must rise and its values must make sense.

import { COMMAND_NAMES, type CommandOutcome, type OpenedMessage } from './messages.ts'
import { decodeCommand } from './messages-down.ts'
import { encodeResult } from './messages-up.ts'
import { publish, type Sender, type SenderEffect } from './sender-state.ts'
import { sendBatches } from './sender-window.ts'

const SECONDS_MAX = 900

/** Obeys and answers. False, and nothing happens, for a command that came before or is none. */
export function takeCommand(sender: Sender, message: OpenedMessage, nowMs: number, effects: SenderEffect[]): boolean {
  const command = decodeCommand(message.body)
  if (command === undefined || command.number <= sender.lastCommand) return false
  sender.lastCommand = command.number
  const done: SenderEffect[] = []
  const outcome = obey(sender, command.code, command.seconds, nowMs, done)
  publish(sender, encodeResult(sender.token, ++sender.n, command.number, outcome), effects)
  for (let i = 0; i < done.length; i++) effects.push(done[i] as SenderEffect)
  sendBatches(sender, nowMs, effects)
  return true
}

/** The lasting interval; nonsense is ignored, a live window goes on over it. */
export function changeInterval(sender: Sender, intervalS: number, effects: SenderEffect[]): void {
  if (intervalS < 1 || intervalS > SECONDS_MAX) return
  sender.intervalS = intervalS
  effects.push({ kind: 'interval', intervalS: intervalS, isLasting: true })
  if (sender.liveUntilMs > 0) effects.push({ kind: 'interval', intervalS: 1, isLasting: false })
}

export function wantStatus(sender: Sender, nowMs: number, effects: SenderEffect[]): void {
  sender.statusAtMs = nowMs
  effects.push({ kind: 'status-wanted' })
}

function obey(sender: Sender, code: number, seconds: number, nowMs: number, effects: SenderEffect[]): CommandOutcome {
  const name = COMMAND_NAMES[code - 1]
  if (name === undefined) return 'unknown'
  if (name === 'live') {
    if (seconds < 1 || seconds > SECONDS_MAX) return 'refused'
    if (sender.liveUntilMs === 0) effects.push({ kind: 'interval', intervalS: 1, isLasting: false })
    sender.liveUntilMs = nowMs + seconds * 1000
  } else if (name === 'interval') {
    if (seconds < 1 || seconds > SECONDS_MAX) return 'refused'
    changeInterval(sender, seconds, effects)
  } else if (name === 'reboot') effects.push({ kind: 'reboot' })
  else if (name === 'send-status') wantStatus(sender, nowMs, effects)
  else sender.isStopped = name === 'stop'
  return 'done'
}
