// Batches measured: bytes per reading on a simulated household's day and on the real series of the corpus, and decoding beside
// cbor-x reading the same values as an array of maps. Every byte of a batch is counted, names and outer map included.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Encoder } from 'cbor-x'
import { createHousehold } from '../firmware/host/household.ts'
import { packetsDown, textOnWire } from '../gateway/broker/packets.ts'
import { nodeCrypto } from '../gateway/node-crypto.ts'
import type { Batch } from '../shared/batch/batch.ts'
import { decodeBatch } from '../shared/batch/decode.ts'
import { encodeBatch } from '../shared/batch/encode.ts'
import { deriveKeys } from '../shared/envelope/keys.ts'
import { seal } from '../shared/envelope/seal.ts'
import { dongleIdFrom } from '../shared/kernel/ids.ts'
import { FIELD_NAMES, type FieldName } from '../shared/reading/fields.ts'
import type { Reading } from '../shared/reading/reading.ts'
import { TOKEN_BYTES } from '../shared/session/messages.ts'
import { encodeAck } from '../shared/session/messages-down.ts'
import { encodeBatchMessage } from '../shared/session/messages-up.ts'
import { downTopic } from '../shared/session/topics.ts'
import { runBatchFuzz } from './batch-fuzz.ts'
import { type Figure, figure, median } from './figure.ts'
import { publishPacket } from './load-dongle.ts'

export const name = 'batch'

const CORE_FIELDS = [0, 1, 2, 3, 4, 5, 6]
const WITH_U_AND_I = [...CORE_FIELDS, 18, 19, 20, 21, 22, 23]
// 15 April and 15 January 2026, midnight in Brussels: a day of sun and car, a day of heat pump.
const DAYS = [
  { name: 'April', startS: 1_776_204_000 },
  { name: 'January', startS: 1_768_431_600 },
]
const DAY_S = 86_400
const SEED = 7
// A dongle two weeks after its ninth start: short numbers would flatter the batch.
const BOOT = 9
const FIRST_SEQ = 1_300_000
const ROUNDS = 15
const DONGLE_ID = dongleIdFrom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
const DECODED_READINGS = 3600

export async function run(): Promise<Figure[]> {
  const days = DAYS.map(day => ({ ...day, readings: dayOf(day.startS) }))
  const april = days[0]!.readings
  const fuzz = runBatchFuzz({ count: 100_000, seed: 1 })
  return [
    ...days.flatMap(day => [
      ...sizes(day.readings, WITH_U_AND_I, `${day.name} day with U and I`, [12, 6, 5]),
      ...sizes(day.readings, CORE_FIELDS, `${day.name} day without U and I`, [5, 2.5, 1.8]),
    ]),
    ...realSeries(),
    ...onTheWire(april),
    ...decoding(april.slice(64_000, 64_000 + DECODED_READINGS)),
    figure('random and mutated inputs, crashes', fuzz.crashes, `of ${fuzz.inputs}`, '<= 0'),
  ]
}

/** What TLS 1.2 with GCM puts around a record: its head, a nonce, a tag (RFC 5288). */
const RECORD_BYTES = 5 + 8 + 16

/** A batch on its way up and its ack on the way down, each in an envelope, a packet of MQTT and a record of TLS; the ack rides with a PUBACK. */
function onTheWire(readings: Reading[]): Figure[] {
  const [dongleId, token, iv] = [DONGLE_ID, new Uint8Array(TOKEN_BYTES), new Uint8Array(16)]
  const keys = deriveKeys(nodeCrypto, new Uint8Array(32), 1)
  return [10, 60].flatMap(size => {
    const packed = batchesOf(readings, WITH_U_AND_I, size).map(batch => {
      const id = { boot: BOOT, firstSeq: batch.firstSeq, span: size }
      return publishPacket({ dongleId, keys, iv }, 1, encodeBatchMessage(token, 1, id, encodeBatch(batch)).plain).length
    })
    const ack = encodeAck(token, { final: [{ boot: BOOT, firstSeq: FIRST_SEQ, span: size }], refused: [] })
    const payload = seal(nodeCrypto, keys, dongleId, 'down', iv, ack)
    const down = packetsDown([1], textOnWire(downTopic(dongleId)), payload).length
    const up = packed.reduce((sum, bytes) => sum + bytes, 0) / packed.length
    return [
      figure(`a batch of ${size} on the wire, TLS and all`, up + RECORD_BYTES, 'B', 'none'),
      figure(`its ack on the wire, TLS and all`, down + RECORD_BYTES, 'B', 'none'),
    ]
  })
}

function dayOf(startS: number): Reading[] {
  const household = createHousehold({ seed: SEED, startS })
  return Array.from({ length: DAY_S }, (_, i) => household.next(startS + i))
}

function batchesOf(readings: Reading[], fields: number[], size: number): Batch[] {
  const batches: Batch[] = []
  for (let at = 0; at + size <= readings.length; at += size) {
    const part = readings.slice(at, at + size)
    const columns = fields.map(field => part.map(reading => reading[FIELD_NAMES[field] as FieldName] as number))
    const timeS = part.map(reading => reading.timeS)
    batches.push({ boot: BOOT, firstSeq: FIRST_SEQ + at, meter: 0, timeS, fields, columns, losses: [] })
  }
  return batches
}

function bytesPerReading(readings: Reading[], fields: number[], size: number): number {
  const batches = batchesOf(readings, fields, size)
  return batches.reduce((sum, batch) => sum + encodeBatch(batch).length, 0) / (batches.length * size)
}

function sizes(readings: Reading[], fields: number[], what: string, goals: number[]): Figure[] {
  return [10, 60, 300].map((size, i) =>
    figure(`${what}, batches of ${size}`, bytesPerReading(readings, fields, size), 'bytes/reading', `<= ${goals[i]}`),
  )
}

/** Series that real meters sent, where the corpus is at hand (P1_CORPUS): too short for batches of 60, so each is one batch. */
function realSeries(): Figure[] {
  const corpus = process.env.P1_CORPUS ?? join(import.meta.dirname, '../../shared/telegrams')
  const files = ['streams/nielsbasjes-ttyUSB0-mini.txt', 'malformed/wimdh-meter_stream.txt']
  return files.flatMap(file => {
    const path = join(corpus, file)
    if (!existsSync(path)) {
      console.error(`batch: no ${file} under ${corpus}; the real series is not measured (set P1_CORPUS)`)
      return []
    }
    const readings = readingsIn(readFileSync(path, 'latin1'))
    const sent = WITH_U_AND_I.filter(field => readings.every(reading => reading[FIELD_NAMES[field]!] !== undefined))
    const core = sent.filter(field => field < 7)
    const what = `real series, one batch of ${readings.length}`
    return [
      figure(`${what}, with U and I`, bytesPerReading(readings, sent, readings.length), 'bytes/reading', 'none'),
      figure(`${what}, without`, bytesPerReading(readings, core, readings.length), 'bytes/reading', 'none'),
    ]
  })
}

// By regular expressions and without looking at checksums: what is measured is how real values change, not the parser.
function readingsIn(text: string): Reading[] {
  const codes: [string, FieldName, number][] = [
    ['1-0:1.8.1', 'offtakeT1Wh', 1000],
    ['1-0:1.8.2', 'offtakeT2Wh', 1000],
    ['1-0:2.8.1', 'injectionT1Wh', 1000],
    ['1-0:2.8.2', 'injectionT2Wh', 1000],
    ['1-0:1.7.0', 'offtakeW', 1000],
    ['1-0:2.7.0', 'injectionW', 1000],
    ['0-0:96.14.0', 'tariff', 1],
    ...[1, 2, 3].map(l => [`1-0:${l * 20 + 12}.7.0`, `voltageL${l}dV`, 10] as [string, FieldName, number]),
    ...[1, 2, 3].map(l => [`1-0:${l * 20 + 11}.7.0`, `currentL${l}cA`, 100] as [string, FieldName, number]),
  ]
  return text.split(/^\//m).flatMap(telegram => {
    const clock = /0-0:1\.0\.0\((\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)[SW]\)/.exec(telegram)?.slice(1).map(Number)
    if (clock === undefined || !telegram.includes('\n!')) return []
    const [year, month, day, hour, minute, second] = clock as [number, number, number, number, number, number]
    const reading: Reading = { timeS: Date.UTC(2000 + year, month - 1, day, hour, minute, second) / 1000 }
    for (const [code, field, scale] of codes) {
      const value = new RegExp(`^${code.replaceAll('.', '\\.')}\\((\\d+(?:\\.\\d+)?)`, 'm').exec(telegram)?.[1]
      if (value !== undefined) reading[field] = Math.round(Number(value) * scale)
    }
    return [reading]
  })
}

/** For batches of 60 and 300; one of 10 takes a microsecond and a half, too short to be judged on a busy machine. Both sides take turns in every round; medians of the rounds are compared. cbor-x has its native part where it is installed. */
function decoding(readings: Reading[]): Figure[] {
  const encoder = new Encoder({ useRecords: false, mapsAsObjects: true })
  const fieldNames = WITH_U_AND_I.map(field => FIELD_NAMES[field] as FieldName)
  const maps = readings.map(reading =>
    Object.fromEntries([['timeS', reading.timeS], ...fieldNames.map(field => [field, reading[field]])]),
  )
  const figures: Figure[] = []
  for (const size of [10, 60, 300]) {
    const ours = batchesOf(readings, WITH_U_AND_I, size).map(batch => new Uint8Array(encodeBatch(batch)))
    const theirs = ours.map((_, i) => new Uint8Array(encoder.encode(maps.slice(i * size, i * size + size))))
    const rounds = { ours: [] as number[], early: [] as number[], theirs: [] as number[] }
    for (let round = -5; round < ROUNDS; round++) {
      const taken = {
        ours: microsPerItem(ours, bytes => decodeBatch(bytes)),
        early: microsPerItem(ours, bytes => decodeBatch(bytes, { fieldsUpTo: 5 })),
        theirs: microsPerItem(theirs, bytes => encoder.decode(bytes)),
      }
      // the first rounds warm the compilers up
      if (round < 0) continue
      for (const side of ['ours', 'early', 'theirs'] as const) rounds[side].push(taken[side])
    }
    const [own, early, other] = [median(rounds.ours), median(rounds.early), median(rounds.theirs)]
    const what = `decoding a batch of ${size}`
    figures.push(
      figure(what, own, 'us', 'none'),
      figure(`${what}, cbor-x with maps`, other, 'us', 'none'),
      figure(`${what}, times faster than cbor-x with maps`, other / own, 'x', size < 60 ? 'none' : '>= 8'),
      figure(`${what}, charted columns only, times faster than all`, own / early, 'x', 'none'),
    )
  }
  return figures
}

function microsPerItem(items: Uint8Array[], decode: (bytes: Uint8Array) => unknown): number {
  const times = Math.ceil(1200 / items.length)
  const startMs = performance.now()
  for (let i = 0; i < times; i++) for (const item of items) decode(item)
  return ((performance.now() - startMs) * 1000) / (times * items.length)
}
