// The rules of the line, for both ways of reading it: each case runs through the byte framer and the dongle's scanner.

import { describe, expect, test } from 'vitest'
import { withChecksum } from '../../../firmware/host/meter.ts'
import { createFramer, feed, finish } from '../../../shared/telegram/framer.ts'
import { type LineCounters, lineTrouble } from '../../../shared/telegram/readout.ts'
import { scannerFeed } from '../../../shared/telegram/scan.ts'
import { framed, latin1, newScanner, scanned } from '../../support/telegrams.ts'

const A = withChecksum('/TST5A\r\n\r\n1-0:1.7.0(00.001*kW)\r\n1-0:2.7.0(00.000*kW)\r\n!')
const B = withChecksum('/TST5B\r\n\r\n1-0:1.7.0(00.002*kW)\r\n1-0:2.7.0(00.000*kW)\r\n!')
const bare = (text: string) => text.trimEnd()

interface Case {
  name: string
  line: string
  readouts: Array<[checksum: string, text: string]>
  counters?: Partial<LineCounters>
}

const CASES: Case[] = [
  { name: 'one telegram', line: A, readouts: [['ok', bare(A)]], counters: { noiseBytes: 0, cut: 0 } },
  {
    name: 'two at once',
    line: A + B,
    readouts: [
      ['ok', bare(A)],
      ['ok', bare(B)],
    ],
    counters: { noiseBytes: 0 },
  },
  {
    name: 'two without a line end between',
    line: bare(A) + B,
    readouts: [
      ['ok', bare(A)],
      ['ok', bare(B)],
    ],
  },
  { name: 'noise before', line: `?!()\r\n${A}`, readouts: [['ok', bare(A)]], counters: { noiseBytes: 6 } },
  { name: 'half a telegram before', line: A.slice(20) + B, readouts: [['ok', bare(B)]], counters: { cut: 0 } },
  {
    name: 'a telegram that breaks off in a line before the next header',
    line: A.slice(0, 40) + B.slice(0, 35) + B,
    readouts: [['ok', bare(B)]],
    counters: { cut: 2, droppedBytes: 75, noiseBytes: 0 },
  },
  {
    name: 'a telegram that breaks off in its header',
    line: `/TST5/TST5A${A.slice(6)}`,
    readouts: [['ok', bare(A)]],
    counters: { cut: 0, noiseBytes: 5 },
  },
  {
    name: 'fill behind the end',
    line: `${A}\0\xff\xff\r\n${B}`,
    readouts: [
      ['ok', bare(A)],
      ['ok', bare(B)],
    ],
    counters: { noiseBytes: 0 },
  },
  {
    name: 'a slash within a text',
    line: withChecksum('/TST5A\r\n\r\n0-0:96.13.0(on / off)\r\n!'),
    readouts: [['ok', bare(withChecksum('/TST5A\r\n\r\n0-0:96.13.0(on / off)\r\n!'))]],
    counters: { cut: 0 },
  },
  {
    name: 'an exclamation mark in the header',
    line: withChecksum('/TST!5!\r\n\r\n!'),
    readouts: [['ok', bare(withChecksum('/TST!5!\r\n\r\n!'))]],
  },
  { name: 'a checksum in lower case', line: lower(A), readouts: [['ok', bare(lower(A))]] },
  {
    name: 'line feeds only, checksum over them',
    line: withChecksum('/T\n\n1-0:1.7.0(1*kW)\n!'),
    readouts: [['ok', bare(withChecksum('/T\n\n1-0:1.7.0(1*kW)\n!'))]],
  },
  {
    name: 'a wrong checksum',
    line: A.replace('001*kW', '009*kW'),
    readouts: [['mismatch', bare(A).replace('001*kW', '009*kW')]],
    counters: { mismatch: 1 },
  },
  {
    name: 'no checksum',
    line: `${A.slice(0, A.indexOf('!'))}!\r\n${B}`,
    readouts: [
      ['absent', A.slice(0, A.indexOf('!') + 1)],
      ['ok', bare(B)],
    ],
    counters: { absent: 1 },
  },
  {
    name: 'no checksum and at once the next header',
    line: `${A.slice(0, A.indexOf('!'))}!${B}`,
    readouts: [
      ['absent', A.slice(0, A.indexOf('!') + 1)],
      ['ok', bare(B)],
    ],
  },
  {
    name: 'three digits of checksum',
    line: `/T\r\n!123\r\n${B}`,
    readouts: [
      ['mismatch', '/T\r\n!123'],
      ['ok', bare(B)],
    ],
  },
  {
    name: 'a checksum that is not hex',
    line: `/T\r\n!12G4\r\n${B}`,
    readouts: [
      ['mismatch', '/T\r\n!12'],
      ['ok', bare(B)],
    ],
  },
  {
    name: 'a header within the checksum',
    line: `/T\r\n!12${B}`,
    readouts: [
      ['mismatch', '/T\r\n!12'],
      ['ok', bare(B)],
    ],
  },
  { name: 'a checksum not all there yet', line: `/T\r\n!123`, readouts: [] },
  {
    name: 'only noise',
    line: 'noise without a beginning\r\n'.repeat(500),
    readouts: [],
    counters: { overrun: 0, noiseBytes: 13500 },
  },
  {
    name: 'a readout without an end, then a good one',
    line: `/T\r\n${'1-0:1.7.0(00.001*kW)\r\n'.repeat(400)}${A}`,
    readouts: [['ok', bare(A)]],
    counters: { overrun: 1, droppedBytes: 5120, cut: 0 },
  },
  {
    name: 'foreign letters in the header',
    line: withChecksum('/T\xe9\xff\x80\r\n\r\n!'),
    readouts: [['ok', bare(withChecksum('/T\xe9\xff\x80\r\n\r\n!'))]],
  },
]

function lower(text: string): string {
  return text.slice(0, text.indexOf('!')) + text.slice(text.indexOf('!')).toLowerCase()
}

describe.each(CASES)('$name', ({ line, readouts, counters }) => {
  test.each([1, 3, 64, 100_000])('in chunks of %i', size => {
    const byBytes = framed(latin1(line), size)
    expect(byBytes.readouts.map(readout => [readout.checksum, Buffer.from(readout.bytes).toString('latin1')])).toEqual(
      readouts,
    )
    expect(byBytes.counters).toMatchObject(counters ?? {})
    const byText = scanned(latin1(line), size)
    expect(byText.readouts.map(readout => [readout.checksum, readout.text])).toEqual(readouts)
    expect(byText.counters).toEqual(byBytes.counters)
  })
})

test('carriage returns that a recording lost are put back for the checksum, on node only', () => {
  const line = latin1(A.replaceAll('\r', ''))
  expect(framed(line).readouts.map(readout => [readout.checksum, readout.isRestored])).toEqual([['ok', true]])
  expect(scanned(line).readouts.map(readout => readout.checksum)).toEqual(['mismatch'])
})

test('a readout of exactly the bound is taken, one byte more is an overrun', () => {
  const whole = (length: number) => withChecksum(`/T\r\n${'x'.repeat(length - 13)}()\r\n!`)
  for (const read of [framed, scanned]) {
    const fits = read(latin1(whole(100)), 64, 100)
    expect([fits.readouts.length, fits.counters.overrun]).toEqual([1, 0])
    const over = read(latin1(whole(101)), 64, 100)
    expect([over.readouts.length, over.counters.overrun]).toEqual([0, 1])
  }
})

test('the longest telegram of Belgium goes through the dongle', () => {
  const long = withChecksum(`/T\r\n\r\n0-0:96.13.0(${'41'.repeat(1024)})\r\n${'1-0:1.7.0(00.001*kW)\r\n'.repeat(95)}!`)
  expect(long.length).toBeGreaterThan(4107)
  expect(scanned(latin1(long)).readouts.map(readout => readout.checksum)).toEqual(['ok'])
})

test('a stream position goes with each byte readout', () => {
  expect(framed(latin1(`xx${A}yy${B}`), 5).readouts.map(readout => readout.at)).toEqual([2, 2 + A.length + 2])
})

test('a readout keeps its bytes when the chunk it was assembled from is used again', () => {
  const chunk = new Uint8Array(16)
  const framer = createFramer()
  const bytes = latin1(A + B)
  const readouts = []
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16)
    chunk.set(part)
    readouts.push(...feed(framer, chunk.subarray(0, part.length)))
  }
  expect(readouts.map(readout => Buffer.from(readout.bytes).toString('latin1'))).toEqual([bare(A), bare(B)])
})

test('at the end of a file the line end behind the last ! may be missing, and a half telegram counts as cut', () => {
  const framer = createFramer()
  expect(feed(framer, latin1('/T\r\n!'))).toEqual([])
  expect(finish(framer).map(readout => readout.checksum)).toEqual(['absent'])
  expect(feed(framer, latin1('/T\r\n1-0:1.7.0(1*kW)\r\n1-0'))).toEqual([])
  expect(finish(framer)).toEqual([])
  expect(framer.counters).toMatchObject({ absent: 1, cut: 1, bytes: 29 })
})

test('the middle of a telegram costs the dongle one concatenation', () => {
  const scanner = newScanner(5120)
  scannerFeed(scanner, '/T\r\n')
  const first = scannerFeed(scanner, '1-0:1.7.0(1*kW)\r\n')
  expect(first).toBe(scannerFeed(scanner, '1-0:2.7.0(1*kW)\r\n'))
})

describe('lineTrouble names', () => {
  const window = (line: string, size = 64) => lineTrouble(scanned(latin1(line), size).counters)

  test.each([
    ['none', 'a good line', A + B + A],
    ['none', 'a line without checksums', '/T\r\n1-0:1.7.0(1*kW)\r\n!\r\n'.repeat(3)],
    ['silence', 'no bytes', ''],
    ['noise', 'bytes without a telegram', '\x81\xfe\x90'.repeat(400)],
    ['half', 'telegrams that break off', A.slice(0, 35).repeat(9)],
    ['crc', 'telegrams with a bit wrong', A.replace('001*kW', '003*kW').repeat(3) + B],
    ['flood', 'one telegram without an end', `/T\r\n${'1-0:1.7.0(1*kW)\r\n'.repeat(900)}`],
    ['noise', 'slashes and line ends without a line of values', `/T\r\n${'1\n'.repeat(10_000)}`],
    ['half', 'good ones and one that broke off', A + A.slice(0, 35) + B],
    ['noise', 'good ones with noise between', `${A}?????${B}`],
  ])('%s: %s', (trouble, _, line) => {
    expect(window(line)).toBe(trouble)
  })
})
