// Parse and checksum of a telegram, beside the two parsers on npm, in one run: every side gets the same telegrams in turn,
// round after round, and the medians are compared. Ours works from bytes and gives every field, integers and faults.

import { createRequire } from 'node:module'
import { createFramer, feed } from '../shared/telegram/framer.ts'
import { parseTelegram } from '../shared/telegram/parse.ts'
import { type Figure, figure, median } from './figure.ts'
import { runFuzz } from './telegram-fuzz.ts'
import { telegramSeries } from './telegram-series.ts'

const require = createRequire(import.meta.url)
const dsmrParser: { parse(text: string): { electricity: unknown } } = require('dsmr-parser')
const p1Reader: (text: string) => unknown = require('p1-reader/lib/parsePacket')

const ROUNDS = 31
const WARM_UP = 20
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
    ours: { times: 12, read: () => chunks.reduce((sum, chunk) => sum + ours(framer, chunk), 0) },
    cold: { times: 4, read: () => mixedChunks.reduce((sum, chunk) => sum + ours(framer, chunk), 0) },
    dsmr: { times: 1, read: () => home.reduce((sum, text) => sum + (dsmrParser.parse(text) ? 1 : 0), 0) },
    p1: { times: 1, read: () => bare.reduce((sum, text) => sum + (p1Reader(text) ? 1 : 0), 0) },
  })
  const fuzz = runFuzz({ count: 100_000, seed: 1 })
  return [
    figure('parse + CRC, all fields', micros.ours, 'us/telegram', 'none'),
    figure('dsmr-parser 2.1.1, same telegrams', micros.dsmr, 'us/telegram', 'none'),
    figure('p1-reader 2.0.6, same telegrams, without CRC', micros.p1, 'us/telegram', 'none'),
    figure('times faster than dsmr-parser', micros.dsmr / micros.ours, 'x', '>= 10'),
    figure('times faster than p1-reader', micros.p1 / micros.ours, 'x', '>= 10'),
    figure(
      'times faster than dsmr-parser, every telegram of another meter than the one before',
      micros.dsmr / micros.cold,
      'x',
      'none',
    ),
    figure('telegram bytes', chunks[0]?.length ?? 0, 'bytes', 'none'),
    figure('random and mutated inputs, crashes', fuzz.crashes, `of ${fuzz.inputs}`, '<= 0'),
  ]
}

function ours(framer: ReturnType<typeof createFramer>, chunk: Uint8Array): number {
  let count = 0
  for (const readout of feed(framer, chunk)) if (parseTelegram(readout).isTrusted) count++
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

interface Side {
  /** How often per turn, so that all turns take about as long and the machine's other work hits them alike. */
  times: number
  /** Reads all telegrams once; gives how many it could read. */
  read(): number
}

/** Microseconds per telegram of each side: medians over rounds in which all of them take turns. */
function interleaved<Name extends string>(sides: { [name in Name]: Side }): { [name in Name]: number } {
  const names = Object.keys(sides) as Name[]
  const micros = Object.fromEntries(names.map(side => [side, [] as number[]])) as { [name in Name]: number[] }
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const side of names) {
      const { times, read } = sides[side]
      const startNs = process.hrtime.bigint()
      for (let i = 0; i < times; i++) {
        const count = read()
        if (count !== TELEGRAMS) throw new Error(`${side} read ${count} of ${TELEGRAMS} telegrams`)
      }
      const nanos = Number(process.hrtime.bigint() - startNs)
      if (round >= 0) micros[side].push(nanos / 1000 / TELEGRAMS / times)
    }
  }
  return Object.fromEntries(names.map(side => [side, median(micros[side])])) as { [name in Name]: number }
}
