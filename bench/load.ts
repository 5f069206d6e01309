// A fleet of dongles on the real wire, as a process of its own: `node bench/load.ts MQTT_PORT FIRST COUNT BATCH RATE`. Each dongle has
// one batch in flight; RATE 0 sends the next as soon as the last is acknowledged, otherwise RATE is batches per second of the
// whole fleet. Batches are encoded before the clock starts and sealed while it runs. Answers the acknowledged count over IPC.

import { createHousehold } from '../firmware/host/household.ts'
import type { BatchId } from '../shared/batch/batch.ts'
import { encodeBatch } from '../shared/batch/encode.ts'
import { FIELD_NAMES, type FieldName } from '../shared/reading/fields.ts'
import { identityOf, ScriptedDongle } from '../test/support/scripted-dongle.ts'

const [port, first, count, size, rate] = process.argv.slice(2).map(Number) as [number, number, number, number, number]
const ENCODED_READINGS = 43_200
const START_S = Math.floor(Date.now() / 1000) - 2 * 86_400

interface Encoded {
  id: BatchId
  bytes: Uint8Array
}

/** Half a simulated day in batches of `size`; every dongle sends the same one, which the store cannot know. */
function encodeDay(): Encoded[] {
  const household = createHousehold({ seed: 7, startS: START_S })
  const fields = FIELD_NAMES.map((_, field) => field).filter(field => field <= 6 || (field >= 18 && field <= 23))
  const batches: Encoded[] = []
  for (let seq = 0; seq + size <= ENCODED_READINGS; seq += size) {
    const readings = Array.from({ length: size }, (_, i) => household.next(START_S + seq + i))
    const column = (field: number) => readings.map(reading => reading[FIELD_NAMES[field] as FieldName] ?? 0)
    const batch = {
      boot: 1,
      firstSeq: seq,
      meter: 0,
      timeS: readings.map(reading => reading.timeS),
      fields,
      columns: fields.map(column),
      losses: [],
    }
    batches.push({ id: { boot: 1, firstSeq: seq, span: size }, bytes: encodeBatch(batch) })
  }
  return batches
}

const batches = encodeDay()
let acknowledged = 0

async function run(number: number): Promise<void> {
  const dongle = new ScriptedDongle({ identity: identityOf(number), port })
  await dongle.connect()
  const pauseMs = rate === 0 ? 0 : (1000 * count) / rate
  let dueMs = performance.now() + Math.random() * pauseMs
  for (const { id, bytes } of batches) {
    if (rate > 0) {
      const waitMs = dueMs - performance.now()
      if (waitMs > 0) await new Promise(resolve => setTimeout(resolve, waitMs))
      dueMs += pauseMs
    }
    dongle.postBytes(id, bytes)
    await dongle.verdictOf(id)
    acknowledged++
  }
}

process.on('message', () => process.send?.(acknowledged))
process.on('disconnect', () => process.exit(0))
const running = Array.from({ length: count }, (_, i) => run(first + i))
process.send?.('ready')
await Promise.all(running)
