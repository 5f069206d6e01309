// Random and mutated bytes through the batch decoder: nothing may throw, no batch may pass the limits, and what comes out as a
// batch must come back the same when encoded again. `node bench/batch-fuzz.ts --count 10000000 [--seed N]` runs as many as
// wanted; the benchmark runs a hundred thousand. A failure prints what replays it.

import { parseArgs } from 'node:util'
import { createHousehold } from '../firmware/host/household.ts'
import { spanOf } from '../shared/batch/batch.ts'
import { decodeBatch } from '../shared/batch/decode.ts'
import { encodeBatch } from '../shared/batch/encode.ts'
import { LIMITS } from '../shared/batch/limits.ts'
import { type Random, randomBelow, seededRandom } from '../shared/kernel/random.ts'
import { FIELD_NAMES } from '../shared/reading/fields.ts'

export interface BatchFuzzReport {
  inputs: number
  batches: number
  /** Inputs that threw, gave a batch past the limits, or one that does not come back. */
  crashes: number
  firstFault: string | undefined
}

const START_S = 1_776_268_800

/** Runs inputs number 0 … count-1 of `seed`; every input is the same whenever it is run. */
export function runBatchFuzz(options: { count: number; seed: number }): BatchFuzzReport {
  const report: BatchFuzzReport = { inputs: 0, batches: 0, crashes: 0, firstFault: undefined }
  const random = seededRandom(options.seed)
  const bases = realBatches()
  for (let i = 0; i < options.count; i++) {
    const input = nextInput(random, bases)
    report.inputs++
    try {
      if (isBatch(input)) report.batches++
    } catch (cause) {
      report.crashes++
      const hex = Buffer.from(input).toString('hex')
      report.firstFault ??= `input ${i} of seed ${options.seed}: ${(cause as Error).message}\n${hex}`
    }
  }
  return report
}

export function realBatches(): Uint8Array[] {
  return [1, 3, 10, 17, 60].map(count => {
    const household = createHousehold({ seed: count, startS: START_S })
    const readings = Array.from({ length: count }, (_, i) => household.next(START_S + i + (i > 6 ? 3 : 0)))
    const fields = FIELD_NAMES.flatMap((name, field) => (readings[0]![name] === undefined ? [] : [field]))
    return encodeBatch({
      boot: count,
      firstSeq: 1000 * count,
      meter: count % 2,
      timeS: readings.map(reading => reading.timeS),
      fields,
      columns: fields.map(field => readings.map(reading => reading[FIELD_NAMES[field]!] as number)),
      losses: count === 10 ? [{ fromSeq: 10_003, count: 2, reason: 'crc' }] : [],
    })
  })
}

/** One in four is noise in a good outer map; the others are real batches with up to four changes or a cut. */
function nextInput(random: Random, bases: Uint8Array[]): Uint8Array {
  const below = (limit: number) => randomBelow(random, limit)
  if (below(4) === 0) {
    const body = Uint8Array.from({ length: 1 + below(120) }, () => below(256))
    if (body.length < 24) return Uint8Array.from([0xa2, 0, 1, 1, 0x40 | body.length, ...body])
    return Uint8Array.from([0xa2, 0, 1, 1, 0x58, body.length, ...body])
  }
  const base = bases[below(bases.length)]!
  const input = Uint8Array.from(base)
  for (let changes = below(5); changes > 0; changes--) {
    const at = below(input.length)
    if (below(3) === 0) input[at] = below(256)
    else input[at]! ^= 1 << below(8)
  }
  return below(8) === 0 ? input.subarray(0, below(input.length + 1)) : input
}

/** True when the input is a batch. Throws when it is one that no encoder could have meant. */
export function isBatch(input: Uint8Array): boolean {
  const decoded = decodeBatch(input)
  if (!decoded.ok) return false
  const batch = decoded.value
  if (batch.firstSeq + spanOf(batch) - 1 > LIMITS.seqMax) throw new Error('sequence numbers past the limit')
  if (batch.timeS.length > LIMITS.readingsMax) throw new Error('more readings than the limit')
  for (const column of batch.columns) {
    if (column.length !== batch.timeS.length) throw new Error('a column of another length')
    for (const value of column as number[]) {
      if (!(Number.isInteger(value) && value >= 0 && value <= LIMITS.valueMax)) throw new Error(`a value of ${value}`)
    }
  }
  const again = decodeBatch(encodeBatch(batch))
  if (!again.ok || JSON.stringify(again.value) !== JSON.stringify(batch)) throw new Error('does not come back the same')
  return true
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } })
  const report = runBatchFuzz({ count: Number(values.count ?? 1_000_000), seed: Number(values.seed ?? 1) })
  console.log(JSON.stringify(report))
  process.exitCode = report.crashes > 0 ? 1 : 0
}
