// Dongles that behave, as a process of its own: `node bench/honest-fleet.ts MQTT_PORT FIRST COUNT RATE`. Together they send RATE batches a second,
// one after the other, and note how long each takes from its write to its sealed ack. 'ready' over IPC when all are connected, then they send;
// every message to the process is answered with the milliseconds noted since the one before, and how many batches are still without an answer.

import { encodeBatch } from '../shared/batch/encode.ts'
import { KIND_ACK } from '../shared/session/messages.ts'
import { decodeAckIds } from '../shared/session/messages-down.ts'
import { encodeBatchMessage } from '../shared/session/messages-up.ts'
import { batchOf } from '../test/support/scripted-dongle.ts'
import { type LoadDongle, openDongle, opened, publishPacket } from './load-dongle.ts'

/** What the process answers. */
export interface Answers {
  ms: number[]
  unanswered: number
}

interface Honest {
  dongle: LoadDongle
  sent: number
  /** When each batch without an answer was written, by its first number. */
  sentAtMs: Map<number, number>
}

const [port, first, count, rate] = process.argv.slice(2).map(Number) as [number, number, number, number]
const READINGS = 10
const T0_S = Math.floor(Date.now() / 1000) - 86_400
const fleet = new Map<LoadDongle, Honest>()
let ms: number[] = []

function heard(dongle: LoadDongle, payload: Buffer): void {
  const nowMs = performance.now()
  const message = opened(dongle, payload)
  const honest = fleet.get(dongle)
  if (message?.kind !== KIND_ACK || honest === undefined) return
  for (const { firstSeq } of decodeAckIds(message.body) ?? []) {
    const sentAtMs = honest.sentAtMs.get(firstSeq)
    if (sentAtMs !== undefined) ms.push(nowMs - sentAtMs)
    honest.sentAtMs.delete(firstSeq)
  }
}

function send(honest: Honest): void {
  const firstSeq = honest.sent * READINGS
  const id = { boot: 1, firstSeq, span: READINGS }
  const bytes = encodeBatch(batchOf(1, firstSeq, READINGS, T0_S))
  honest.sent++
  const packet = publishPacket(
    honest.dongle,
    honest.sent & 0xffff || 1,
    encodeBatchMessage(honest.dongle.token, honest.sent, id, bytes).plain,
  )
  honest.sentAtMs.set(firstSeq, performance.now())
  honest.dongle.socket.write(packet)
}

async function open(numbers: number[]): Promise<void> {
  const opening = numbers.map(number => openDongle(number, { port, heard }))
  for (const dongle of await Promise.all(opening)) fleet.set(dongle, { dongle, sent: 0, sentAtMs: new Map() })
}

// One alone first: all have one address, and twenty who come at once where nobody has proven himself are not all let in.
await open([first])
for (let i = 1; i < count; i += 20) await open(Array.from({ length: Math.min(20, count - i) }, (_, k) => first + i + k))
const all = [...fleet.values()]
const startedMs = performance.now()
let sent = 0
setInterval(() => {
  const due = Math.floor(((performance.now() - startedMs) * rate) / 1000)
  for (; sent < due; sent++) send(all[sent % all.length] as Honest)
}, 1)
process.on('disconnect', () => process.exit(0))
process.on('message', () => {
  const unanswered = all.reduce((sum, { sentAtMs }) => sum + sentAtMs.size, 0)
  process.send?.({ ms, unanswered } satisfies Answers)
  ms = []
})
process.send?.('ready')
