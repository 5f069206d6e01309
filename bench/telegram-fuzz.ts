// Random and mutated bytes through both ways of reading the P1 line: nothing may throw, memory may not pass its bound, and both
// must find the same readouts with the same values. `node bench/telegram-fuzz.ts --count 10000000 [--seed N]` runs the
// ten million of the goal; the benchmark runs a hundred thousand. A failure prints what replays it.

import { parseArgs } from 'node:util'
import { telegramText } from '../firmware/host/meter.ts'
import { type Random, randomBelow, seededRandom } from '../shared/kernel/random.ts'
import { FIELD_NAMES } from '../shared/reading/fields.ts'
import { crc16Wide } from '../shared/telegram/crc16-wide.ts'
import { createFramer, feed } from '../shared/telegram/framer.ts'
import { parseInFull, parseTelegram } from '../shared/telegram/parse.ts'
import { scannerFeed, type TextReadout } from '../shared/telegram/scan.ts'
import { NOT_FOLLOWED } from '../shared/telegram/scan-reading.ts'
import { judged, lookAtHeld, newScan, newScanner, readAll, valuesOf } from '../test/support/telegrams.ts'
import { figure } from './figure.ts'
import { telegramSeries } from './telegram-series.ts'

export interface FuzzReport {
  inputs: number
  readouts: number
  trusted: number
  /** Judged and read by the difference to the one before. */
  followed: number
  /** Inputs that threw, passed the bound, or read differently by the two ways. */
  crashes: number
  firstFault: string | undefined
}

/** Small, so that overruns happen too. */
const BYTES_MAX = 1600
const ALPHABET = '/!\r\n()*.:-0123456789kWhVAmGJSW,\0\xff'

export function emptyReport(): FuzzReport {
  return { inputs: 0, readouts: 0, trusted: 0, followed: 0, crashes: 0, firstFault: undefined }
}

/** Runs inputs number 0 … count-1 of `seed`; every input is the same whenever it is run. */
export function runFuzz(options: { count: number; seed: number }): FuzzReport {
  const report = emptyReport()
  const random = seededRandom(options.seed)
  const bases = baseTelegrams()
  const machines = createMachines()
  for (let i = 0; i < options.count; i++) {
    const input = nextInput(random, bases)
    report.inputs++
    try {
      checkBothWays(machines, input, random, report)
    } catch (cause) {
      report.crashes++
      report.firstFault ??= `input ${i} of seed ${options.seed}: ${(cause as Error).message}\n${input.toString('hex')}`
      Object.assign(machines, createMachines())
    }
  }
  return report
}

/** State goes on from input to input, as on a line. */
export function createMachines() {
  return {
    framer: createFramer(BYTES_MAX),
    scanner: newScanner(BYTES_MAX),
    scan: newScan(),
  }
}

export function baseTelegrams(): Buffer[] {
  const reading = { timeS: 1_720_461_600, offtakeT1Wh: 12_345, offtakeT2Wh: 3, offtakeW: 250, tariff: 2 }
  const models = ['sibelga-s210', 'iskra', 'dsmr5', 'luxembourg'] as const
  const small = models.map(model => telegramText(model, { ...reading, gasDm3: 5, gasAtS: 1_720_461_000 }))
  const dsmr2 =
    '/ISk5\\2TST-1000\r\n\r\n1-0:1.8.1(00185.000*kWh)\r\n0-1:24.1.0(3)\r\n0-1:24.3.0(120517020000)(08)(60)(1)(0-1:24.2.1)(m3)\r\n(00124.477)\r\n!\r\n'
  return [...telegramSeries(4, 3, '1TST0000000219'), ...small, dsmr2].map(text => Buffer.from(text, 'latin1'))
}

/** One in eight is noise; the others are telegrams with up to eight changes, half of them with a checksum that is right again. */
function nextInput(random: Random, bases: Buffer[]): Buffer {
  const below = (limit: number) => randomBelow(random, limit)
  if (below(8) === 0) {
    const isText = below(2) === 0
    const noise = Buffer.alloc(below(120))
    for (let i = 0; i < noise.length; i++) {
      noise[i] = isText ? ALPHABET.charCodeAt(below(ALPHABET.length)) : below(256)
    }
    return noise
  }
  let bytes: Buffer = Buffer.from(bases[below(bases.length)] as Buffer)
  for (let changes = below(9); changes > 0; changes--) bytes = mutate(bytes, below)
  return below(2) === 0 ? repaired(bytes) : bytes
}

function mutate(bytes: Buffer, below: (limit: number) => number): Buffer {
  const at = below(bytes.length + 1)
  const length = below(30)
  switch (below(9)) {
    case 0: // a bit
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << below(8))
      return bytes
    case 1: // a character
      if (at < bytes.length) bytes[at] = ALPHABET.charCodeAt(below(ALPHABET.length))
      return bytes
    case 2: // lost bytes
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 3: // repeated bytes
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - length))])
    case 4: // swapped lines
      return swapLines(bytes, below)
    case 5: // other digits, which is what a meter does
    case 6:
    case 7:
      for (let i = at; i < at + length && i < bytes.length; i++) if (isDigit(bytes[i])) bytes[i] = 48 + below(10)
      return bytes
    default: // cut
      return bytes.subarray(0, at)
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}

function swapLines(bytes: Buffer, below: (limit: number) => number): Buffer {
  const lines = bytes.toString('latin1').split('\r\n')
  const one = below(lines.length)
  const two = below(lines.length)
  const line = lines[one] as string
  lines[one] = lines[two] as string
  lines[two] = line
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

/** With the checksum made right for what the bytes are now, so that the parser gets to see them. */
export function repaired(bytes: Buffer): Buffer {
  const bang = bytes.lastIndexOf('\n!', undefined, 'latin1') + 1
  const slash = bytes.indexOf('/')
  if (bang <= 0 || slash < 0 || slash > bang) return bytes
  const crc = crc16Wide(bytes, slash, bang + 1)
    .toString(16)
    .padStart(4, '0')
  return Buffer.concat([bytes.subarray(0, bang + 1), Buffer.from(`${crc}\r\n`, 'latin1')])
}

/** Throws where the two ways differ, or hold more than they may. Adds what it found to the report. */
export function checkBothWays(
  machines: ReturnType<typeof createMachines>,
  input: Buffer,
  random: Random,
  report: FuzzReport,
): void {
  const { framer, scanner, scan } = machines
  const readouts = feed(framer, input)
  const texts: TextReadout[] = []
  const text = input.toString('latin1')
  for (let at = 0; at < text.length; ) {
    const length = 1 + randomBelow(random, 64)
    texts.push(...scannerFeed(scanner, text.slice(at, at + length)))
    at += length
    if (scanner.text.length > BYTES_MAX) throw new Error('the scanner holds more than its bound')
  }
  lookAtHeld(scanner)
  const verdicts = texts.map(one => judged(scanner, one).checksum)
  if (framer.length > BYTES_MAX) throw new Error('the framer holds more than its bound')
  // Carriage returns that a tool took away are put back by the byte way alone: to the dongle, which has the wire, it is a mismatch.
  const restored = readouts.filter(readout => readout.isRestored).length
  framer.counters.ok -= restored
  framer.counters.mismatch += restored
  if (JSON.stringify(framer.counters) !== JSON.stringify(scanner.counters)) throw new Error('the counters differ')
  if (readouts.length !== texts.length) throw new Error('the two ways found different readouts')
  for (const [i, readout] of readouts.entries()) {
    const isChecked = randomBelow(random, 2) === 0
    report.readouts++
    const other = texts[i]!
    const checksum = readout.isRestored ? 'mismatch' : readout.checksum
    if (checksum !== verdicts[i]) throw new Error('the two ways judged a checksum differently')
    const crc = readAll(scan, other)
    if (scan.checksum !== checksum) throw new Error('following gave another verdict')
    if (crc !== NOT_FOLLOWED) report.followed++
    const telegram = parseTelegram(readout)
    // The way through what was read before must give what reading in full gives.
    if (isChecked && JSON.stringify(telegram) !== JSON.stringify(parseInFull(readout))) {
      throw new Error('following the telegram before gave another telegram')
    }
    if (!telegram.isTrusted || readout.isRestored) continue
    report.trusted++
    const fields = telegram.fields
    const values = valuesOf(scan)
    if (scan.timeS !== fields.timeS) throw new Error(`timeS: ${scan.timeS} and ${fields.timeS}`)
    if (scan.serial !== fields.meterSerial) throw new Error('the serials differ')
    if (scan.version !== fields.version) throw new Error('the versions differ')
    for (const [n, name] of FIELD_NAMES.entries()) {
      if (values[n] !== fields[name]) throw new Error(`${name}: ${values[n]} and ${fields[name]}`)
    }
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
  })
  const report = runFuzz({ count: Number(values.count), seed: Number(values.seed) })
  console.log(
    JSON.stringify(figure('random and mutated inputs, crashes', report.crashes, `of ${report.inputs}`, '<= 0')),
  )
  console.log(
    `${report.readouts} readouts, ${report.trusted} of them trusted and read by both ways, ${report.followed} followed`,
  )
  if (report.firstFault !== undefined) console.log(report.firstFault)
  process.exitCode = report.crashes === 0 ? 0 : 1
}
