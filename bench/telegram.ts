// Parse and checksum of a telegram, beside the two parsers on npm, in one run: every side gets the same telegrams in turn,
// round after round, and the medians are compared. Ours works from bytes and gives every field, integers and faults.

import { createRequire } from 'node:module'
import { readingFromTelegram } from '../shared/reading/from-telegram.ts'
import { createFramer, feed } from '../shared/telegram/framer.ts'
import { parseTelegram } from '../shared/telegram/parse.ts'
import { type Figure, figure, median } from './figure.ts'
import { runFuzz } from './telegram-fuzz.ts'
import { telegramSeries } from './telegram-series.ts'

const require = createRequire(import.meta.url)
const dsmrParser: { parse(text: string): { electricity: unknown } } = require('dsmr-parser')
const p1Reader: (text: string) => unknown = require('p1-reader/lib/parsePacket')

const ROUNDS = 15
const TELEGRAMS = 300

export const name = 'telegram'

export async function run(): Promise<Figure[]> {
  const home = telegramSeries(TELEGRAMS, 1, '1TST0000000217')
  const other = telegramSeries(TELEGRAMS, 2, '1TST0000000218')
  const mixed = home.map((text, i) => (i % 2 === 0 ? text : (other[i] as string)))
  const chunks = home.map(text => Buffer.from(text, 'latin1'))
  const mixedChunks = mixed.map(text => Buffer.from(text, 'latin1'))
  // Its own reader strips the checksum before it parses.
  const bare = home.map(text => text.slice(0, text.lastIndexOf('!')))
  checkSides(home[0] as string)

  const framer = createFramer()
  const micros = interleaved({
    ours: () => chunks.reduce((sum, chunk) => sum + ours(framer, chunk), 0),
    cold: () => mixedChunks.reduce((sum, chunk) => sum + ours(framer, chunk), 0),
    dsmr: () => home.reduce((sum, text) => sum + (dsmrParser.parse(text) ? 1 : 0), 0),
    p1: () => bare.reduce((sum, text) => sum + (p1Reader(text) ? 1 : 0), 0),
  })
  const fuzz = runFuzz({ count: 100_000, seed: 1 })
  return [
    figure('parse + CRC, all fields', micros.ours, 'us/telegram', 'none'),
    figure('dsmr-parser 2.1.1, same telegrams', micros.dsmr, 'us/telegram', 'none'),
    figure('p1-reader 2.0.6, same telegrams, without CRC', micros.p1, 'us/telegram', 'none'),
    figure('times faster than dsmr-parser', micros.dsmr / micros.ours, 'x', '>= 10'),
    figure('times faster than p1-reader', micros.p1 / micros.ours, 'x', '>= 10'),
    figure('times faster than dsmr-parser, two meters in turn', micros.dsmr / micros.cold, 'x', 'none'),
    figure('telegram bytes', chunks[0]?.length ?? 0, 'bytes', 'none'),
    figure('random and mutated inputs, crashes', fuzz.crashes, `of ${fuzz.inputs}`, '<= 0'),
  ]
}

function ours(framer: ReturnType<typeof createFramer>, chunk: Uint8Array): number {
  let count = 0
  for (const readout of feed(framer, chunk)) if (readingFromTelegram(parseTelegram(readout)).ok) count++
  return count
}

/** All sides must really read the telegram, or the comparison says nothing. */
function checkSides(text: string): void {
  const [readout] = feed(createFramer(), Buffer.from(text, 'latin1'))
  const offtakeT1Wh = readout && parseTelegram(readout).fields.offtakeT1Wh
  const theirs = JSON.stringify(dsmrParser.parse(text))
  const kWh = (offtakeT1Wh as number) / 1000
  if (!theirs.includes(String(kWh))) throw new Error('dsmr-parser did not read the telegram')
  if (!JSON.stringify(p1Reader(text.slice(0, text.lastIndexOf('!')))).includes(String(kWh))) {
    throw new Error('p1-reader did not read the telegram')
  }
}

/** Microseconds per telegram of each side: medians over rounds in which all of them take turns. */
function interleaved<Side extends string>(sides: { [side in Side]: () => number }): { [side in Side]: number } {
  const names = Object.keys(sides) as Side[]
  const times = Object.fromEntries(names.map(side => [side, [] as number[]])) as { [side in Side]: number[] }
  for (let round = -3; round < ROUNDS; round++) {
    for (const side of names) {
      const startNs = process.hrtime.bigint()
      const count = sides[side]()
      const micros = Number(process.hrtime.bigint() - startNs) / 1000 / TELEGRAMS
      if (count !== TELEGRAMS) throw new Error(`${side} read ${count} of ${TELEGRAMS} telegrams`)
      if (round >= 0) times[side].push(micros)
    }
  }
  return Object.fromEntries(names.map(side => [side, median(times[side])])) as { [side in Side]: number }
}
