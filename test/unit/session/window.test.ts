// How soon a backlog is gone, on a dongle that does one thing at a time: every turn of the sender takes as long as the slowest
// ESP32 needs, the meter is read in between, and the answer is a round trip away. Two batches in flight are why one slow link
// does not cost a round trip for each (docs/adr/0076-two-in-flight.md).

import { expect, test } from 'vitest'
import { sealAck } from '../../../shared/session/receiver.ts'
import { ringStats } from '../../../shared/session/ring.ts'
import { opened, type SenderEffect, type SenderEvent, stepSender } from '../../../shared/session/sender.ts'
import { type Conversation, converse, freshIv } from '../../support/conversation.ts'

const BACKLOG = 120
/** A look, sealing, opening and taking an answer are 4 to 5 M instructions each, at 72 M a second (`npm run bench:device`). */
const TURN_MS = 65
/** What a telegram takes of each second. */
const TELEGRAM_MS = 140

interface Coming {
  atMs: number
  bytes: Uint8Array
}

type Turn = SenderEvent | SenderEffect | { kind: 'envelope'; bytes: Uint8Array }

interface Drained {
  seconds: number
  /** Batches sent and not answered, at most. */
  inFlight: number
  batchesSent: number
}

function drain(roundTripMs: number): Drained {
  const conversation = converse()
  for (let i = 0; i < BACKLOG; i++) conversation.keep()
  conversation.connect()
  const turns: Turn[] = []
  const coming: Coming[] = []
  const drained = { seconds: 0, inFlight: 0, batchesSent: 0 }
  const startMs = conversation.nowMs
  let telegramAtMs = startMs
  for (const message of conversation.greet()) send(conversation, message)
  while (ringStats(conversation.ring).records > 0) {
    if (conversation.nowMs >= telegramAtMs) {
      telegramAtMs += 1000
      conversation.nowMs += TELEGRAM_MS
      turns.push({ kind: 'tick', nowMs: conversation.nowMs })
    }
    while (coming[0] && coming[0].atMs <= conversation.nowMs)
      turns.push({ kind: 'envelope', bytes: (coming.shift() as Coming).bytes })
    const turn = turns.shift()
    if (turn === undefined) {
      conversation.nowMs = Math.min(telegramAtMs, coming[0]?.atMs ?? telegramAtMs)
      continue
    }
    if (turn.kind !== 'tick') conversation.nowMs += TURN_MS
    if (turn.kind === 'publish') send(conversation, turn)
    else turns.push(...next(conversation, turn))
    drained.inFlight = Math.max(drained.inFlight, conversation.sender.inFlight.length)
  }
  drained.seconds = Math.round((conversation.nowMs - startMs) / 1000)
  return drained

  /** To the gateway and, for a batch, back. */
  function send(to: Conversation, effect: SenderEffect): void {
    for (const message of to.opened([effect])) {
      if (message.kind !== 'batch') continue
      drained.batchesSent++
      const bytes = sealAck(to.receiver, { final: [message.id], refused: [] }, freshIv())
      if (bytes) coming.push({ atMs: to.nowMs + roundTripMs, bytes })
    }
  }
}

function next({ sender, nowMs }: Conversation, turn: Exclude<Turn, { kind: 'publish' }>): Turn[] {
  if (turn.kind === 'envelope') return [{ kind: 'message-came', nowMs, plain: opened(sender.setup, turn.bytes) }]
  const isEvent = turn.kind === 'message-came' || turn.kind === 'look' || turn.kind === 'tick'
  return isEvent ? stepSender(sender, { ...turn, nowMs }) : []
}

test('a backlog is gone as soon over a slow link as over a quick one: an answer is on its way while the next batch is made', () => {
  const [quick, slow] = [drain(100), drain(600)]
  console.log(`${BACKLOG} batches: ${quick.seconds} s at a round trip of 100 ms, ${slow.seconds} s at 600 ms`)
  for (const drained of [quick, slow]) {
    expect(drained.batchesSent).toBe(BACKLOG)
    expect(drained.inFlight).toBe(2)
  }
  expect(slow.seconds).toBeLessThan(1.1 * quick.seconds)
})
