// A fleet of dongles on the real wire, as a process of its own: `node bench/load.ts MQTT_PORT FIRST COUNT BATCH RATE MODE WINDOW LASTS_S`. With
// RATE 0 each dongle has WINDOW batches in flight and sends the next for each acknowledged one; otherwise
// RATE is batches per second of the whole fleet. There are messages for LASTS_S seconds. MODE platform: acknowledged by the sealed ack; broker: there is nothing behind the broker, so
// PUBACK is all that comes, and messages are sent again from the start. Everything is sealed and packed before the clock starts: while it
// runs, a dongle costs a write and a read, because the generator shares the two cores with what it measures. Sends 'ready' over IPC, starts at
// the first message, and answers any later one with the number of messages that were confirmed.

import { createHousehold } from '../firmware/host/household.ts'
import type { BatchId } from '../shared/batch/batch.ts'
import { encodeBatch } from '../shared/batch/encode.ts'
import { FIELD_NAMES, type FieldName } from '../shared/reading/fields.ts'
import { KIND_ACK } from '../shared/session/messages.ts'
import { decodeAckIds } from '../shared/session/messages-down.ts'
import { encodeBatchMessage } from '../shared/session/messages-up.ts'
import { type LoadDongle, opened, openPatiently, publishPacket } from './load-dongle.ts'

const [port, first, count, size, rate] = process.argv.slice(2).map(Number) as [number, number, number, number, number]
const isBrokerOnly = process.argv[7] === 'broker'
const WINDOW = Number(process.argv[8])
const lastsS = Number(process.argv[9])
/** Faster than any fleet was seen here. */
const FASTEST_PER_S = 30_000
/**
 * Messages of one dongle. At a fixed rate as many for a broker alone as for the platform: the generator's own memory, and what collecting it costs, is in
 * both times.
 */
const MESSAGES =
  isBrokerOnly && rate === 0 ? 10 * lastsS : Math.ceil(((rate === 0 ? FASTEST_PER_S : rate) * lastsS) / count)
const START_S = Math.floor(Date.now() / 1000) - 2 * 86_400

interface Encoded {
  id: BatchId
  bytes: Uint8Array
}

/** A simulated day in batches of `size`; every dongle sends the same one, which the store cannot know. */
function encodeDay(): Encoded[] {
  const household = createHousehold({ seed: 7, startS: START_S })
  const fields = FIELD_NAMES.map((_, field) => field).filter(field => field <= 6 || (field >= 18 && field <= 23))
  return Array.from({ length: MESSAGES }, (_, message) => {
    const firstSeq = message * size
    const readings = Array.from({ length: size }, (_, i) => household.next(START_S + firstSeq + i))
    const column = (field: number) => readings.map(reading => reading[FIELD_NAMES[field] as FieldName] ?? 0)
    const timeS = readings.map(reading => reading.timeS)
    const batch = { boot: 1, firstSeq, meter: 0, timeS, fields, columns: fields.map(column), losses: [] }
    return { id: { boot: 1, firstSeq, span: size }, bytes: encodeBatch(batch) }
  })
}

interface Sender {
  dongle: LoadDongle
  messages: Buffer[]
  sent: number
}

let confirmed = 0
const senders = new Map<LoadDongle, Sender>()

/** Connects, greets, and packs all messages of the session. */
async function prepare(number: number, batches: Encoded[]): Promise<void> {
  const dongle = await openPatiently(number, { port, isBrokerOnly, puback, heard })
  const messages = batches.map(({ id, bytes }, i) =>
    publishPacket(dongle, 2 + i, encodeBatchMessage(dongle.token, i + 1, id, bytes).plain),
  )
  senders.set(dongle, { dongle, messages, sent: 0 })
}

function puback(dongle: LoadDongle): void {
  if (isBrokerOnly) acknowledged(dongle, 1)
}

function heard(dongle: LoadDongle, payload: Buffer): void {
  // At a fixed rate the next message waits for no answer: opening it would only take time from the platform.
  const message = rate === 0 ? opened(dongle, payload) : undefined
  if (rate !== 0) acknowledged(dongle, 1)
  else if (message?.kind === KIND_ACK) acknowledged(dongle, decodeAckIds(message.body)?.length ?? 0)
}

function send(sender: Sender): void {
  if (isBrokerOnly && sender.sent === MESSAGES) sender.sent = 0
  const message = sender.messages[sender.sent]
  if (message === undefined) return
  sender.sent++
  sender.dongle.socket.write(message)
}

/** As many again, in one write. */
function acknowledged(dongle: LoadDongle, count: number): void {
  confirmed += count
  const sender = senders.get(dongle)
  if (rate !== 0 || sender === undefined) return
  dongle.socket.cork()
  for (let i = 0; i < count; i++) send(sender)
  dongle.socket.uncork()
}

/**
 * One dongle after the other, each message at its own time from the start on. An interval for each dongle would not do: it counts from when it
 * last ran, so that those that were late together stay together, and after some seconds the fleet comes as one burst.
 */
function sendEvenly(): void {
  const all = [...senders.values()]
  const startedMs = performance.now()
  let sent = 0
  setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) * rate) / 1000)
    for (; sent < due; sent++) send(all[sent % all.length] as Sender)
  }, 1)
}

const batches = encodeDay()
for (let i = 0; i < count; i += 20) {
  await Promise.all(Array.from({ length: Math.min(20, count - i) }, (_, k) => prepare(first + i + k, batches)))
}
process.on('disconnect', () => process.exit(0))
process.once('message', () => {
  process.on('message', () => process.send?.(confirmed))
  if (rate !== 0) return sendEvenly()
  for (const sender of senders.values()) for (let k = 0; k < WINDOW; k++) send(sender)
})
process.send?.('ready')
