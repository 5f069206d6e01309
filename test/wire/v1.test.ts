// Batches of wire version 1, frozen: every bit with its meaning (docs/protocol.md, section Batch). Dongles in the field and
// batches in stores hold these forms. If one of these fails, put the code back; another layout is version 2.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Batch } from '../../shared/batch/batch.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'

/** Lines of `what # comment`: the outer map in hex, after `bits` the body in bits (filled up with zeros), after `hex` hex again. */
function bytesOf(text: string): string {
  let bits = ''
  let hex = ''
  let inBits = false
  for (const line of `${text}\nhex`.split('\n')) {
    const what = line.replace(/#.*/, '').replace(/[\s.]/g, '')
    if (what === 'bits' || what === 'hex') {
      inBits = what === 'bits'
      for (; bits !== ''; bits = bits.slice(8))
        hex += Number.parseInt(bits.slice(0, 8).padEnd(8, '0'), 2).toString(16).padStart(2, '0')
    } else if (inBits) bits += what
    else hex += what
  }
  return hex
}

const TEN_READINGS =
  'a200010158331f53d6202298202602f853bf6c0060bbadf8155aab7ab3f010a94e17ffc00400852851011ce1054cee5423120842612842d490'

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function isFrozen(batch: Batch, hex: string, drawn: string): void {
  expect(bytesOf(drawn)).toBe(hex)
  expect(hexOf(encodeBatch(batch))).toBe(hex)
  expect(decodeBatch(Uint8Array.from(Buffer.from(hex, 'hex')))).toEqual({ ok: true, value: batch })
}

describe('wire version 1', () => {
  test('a batch of one reading', () => {
    const batch: Batch = {
      boot: 7,
      firstSeq: 41,
      meter: 0,
      timeS: [1_776_268_800],
      fields: [0, 4, 6],
      columns: [[6_123_456], [334], [1]],
      losses: [],
    }
    const drawn = `
      a2                     # map of 2 pairs
      00 01                  # 0 version: 1
      01 50                  # 1 body: 16 bytes
      bits
      00011.11               # boot 7: 3 bits, 1|11
      00110.01001            # firstSeq 41: 6 bits, 1|01001
      00001                  # 1 reading
      00111.010001           # fields 0, 4, 6: mask 1|010001
      1 11111 0000.101001110111111011011000000000  # time, all 1776268800: 31 bits, and 0 more; 1|...
      1 10111.0111010110111111000000               # 0 offtakeT1Wh, all 6123456: 23 bits
      1 01001.01001110                             # 4 offtakeW, all 334: 9 bits
      1 00001                                      # 6 tariff, all 1: 1 bit
    `
    isFrozen(batch, 'a2000101501e6484e8fe14efdb006eeb7e0529d080', drawn)
  })

  test('a batch of ten readings, each coding once', () => {
    const batch: Batch = {
      boot: 7,
      firstSeq: 1_300_000,
      meter: 0,
      timeS: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(i => 1_776_268_800 + i),
      fields: [0, 1, 4, 12, 18],
      columns: [
        [6_123_456, 6_123_457, 6_123_458, 6_123_459, 6_123_460, 6_123_462, 6_123_463, 6_123_464, 6_123_465, 6_123_466],
        [7_000_000, 7_000_000, 7_000_000, 7_000_000, 7_000_000, 7_000_000, 7_000_000, 7_000_000, 7_000_000, 7_000_000],
        [334, 331, 2380, 2377, 2382, 2379, 2381, 2380, 2376, 2383],
        [1_260_437, 1_260_437, 1_260_437, 1_260_437, 1_260_437, 1_260_567, 1_260_567, 1_260_567, 1_260_567, 1_260_567],
        [2345, 2344, 2344, 2346, 2347, 2345, 2345, 2344, 2346, 2345],
      ],
      losses: [],
    }
    const drawn = `
      a2                     # map of 2 pairs
      00 01                  # 0 version: 1
      01 58 33               # 1 body: 51 bytes
      bits
      00011.11               # boot 7
      10101.00111101011000100000  # firstSeq 1300000: 21 bits
      00100.010              # 10 readings
      10011.000001000000010011    # fields 0, 1, 4, 12, 18
      # time: step (000) of 1 (zigzag 2) from 1776268800
      0 000 00010 11111 0000.101001110111111011011000000000
      # 0 offtakeT1Wh: rises (011), k 0, from 6123456 by 1, 1, 1, 1, 2, 1, 1, 1, 1: n ones and a zero each
      0 011 00000 10111.0111010110111111000000 10 10 10 10 110 10 10 10 10
      # 1 offtakeT2Wh: all 7000000
      1 10111.1010101100111111000000
      # 4 offtakeW: deltas (100), k 5, from 334 by -3 (zigzag 5), +2049 (4098: twelve ones, then 24 bits), -3, 5, -3, 2, -1, -4, 7
      0 100 00101 01001.01001110 0.00101 111111111111 000000000001000000000010 0.00101 0.01010 0.00101 0.00100 0.00001 0.00111 0.01110
      # 12 gasDm3: changes (001) of the step 0 from 1260437; 1 change: after 4 readings without, by 130 (zigzag 260)
      0 001 00000 10101.00110011101110010101 00001 00011.00 01001.00000100
      # 18 voltageL1dV: offsets (010) of 2 bits from 2344
      0 010 00010 01100.00100101000 01 00 00 10 11 01 01 00 10 01
    `
    isFrozen(batch, TEN_READINGS, drawn)
  })

  test('losses and a second meter', () => {
    const batch: Batch = {
      boot: 300,
      firstSeq: 70_000,
      meter: 1,
      timeS: [1_776_268_800, 1_776_268_811],
      fields: [5],
      columns: [[0, 12]],
      losses: [
        { fromSeq: 70_001, count: 10, reason: 'busy' },
        { fromSeq: 70_012, count: 1, reason: 'crc' },
      ],
    }
    const drawn = `
      a4                     # map of 4 pairs
      00 01                  # 0 version: 1
      01 4e                  # 1 body: 14 bytes
      bits
      01001.00101100         # boot 300
      10001.0001000101110000 # firstSeq 70000
      00010.0                # 2 readings
      00110.00000            # field 5
      0 000 10110 11111 0000.101001110111111011011000000000  # time: step of 11 (zigzag 22) from 1776268800
      0 000 11000 00000                                      # 5 injectionW: step of 12 (zigzag 24) from 0
      hex
      02 86                  # 2 losses: array of 6
      01 0a 03               #   after 1 reading, 10 lost, reason 3 busy: 70001 ... 70010
      01 01 00               #   after 1 reading, 1 lost, reason 0 crc: 70012
      03 01                  # 3 meter: 1, the second one this dongle met
    `
    isFrozen(batch, 'a40001014e4964445c043002df0a77ed8003000286010a030101000301', drawn)
  })

  test('a range dropped from the ring: no readings', () => {
    const batch: Batch = {
      boot: 7,
      firstSeq: 1000,
      meter: 0,
      timeS: [],
      fields: [],
      columns: [],
      losses: [{ fromSeq: 1000, count: 86_400, reason: 'ring-full' }],
    }
    const drawn = `
      a3                     # map of 3 pairs
      00 01                  # 0 version: 1
      01 44                  # 1 body: 4 bytes
      bits
      00011.11               # boot 7
      01010.111101000        # firstSeq 1000
      00000                  # 0 readings: no fields, no columns
      hex
      02 83                  # 2 losses: array of 3
      00 1a 00 01 51 80 04   #   at once, 86400 lost, reason 4 ring-full
    `
    isFrozen(batch, 'a3000101441eaf40000283001a0001518004', drawn)
  })

  test('added later: a thinned batch, a reading per minute of what the ring dropped', () => {
    const batch: Batch = {
      boot: 7,
      firstSeq: 1000,
      meter: 0,
      timeS: [1_776_268_800, 1_776_268_860],
      fields: [0],
      columns: [[100, 103]],
      losses: [],
      thinned: { periodS: 60, span: 118 },
    }
    const drawn = `
      a3                     # map of 3 pairs
      00 01                  # 0 version: 1
      01 4e                  # 1 body: 14 bytes
      bits
      00011.11               # boot 7
      01010.111101000        # firstSeq 1000
      00010.0                # 2 readings
      00001                  # field 0
      0 000 11111 11111 0000.101001110111111011011000000000 00111.011001  # time: step of 60 (zigzag 120 = 31 + 89) from 1776268800
      0 000 00110 00111.100100                                            # 0 offtakeT1Wh: step of 3 (zigzag 6) from 100
      hex
      04 82                  # 4 thinned: array of 2
      18 3c                  #   a reading per 60 s
      18 76                  #   of 118 sequence numbers
    `
    isFrozen(batch, 'a30001014e1eaf40810ffc29dfb6003b2063c80482183c1876', drawn)
  })

  test('the worked example of docs/protocol.md is the batch of ten readings', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/protocol.md'), 'utf8')
    const example = page.split('<!-- example: ten readings -->')[1]?.split('```')[1] ?? ''
    const hex = [...example.matchAll(/^((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2}|$)/gm)].map(line => line[1]).join('')
    expect(hex.replaceAll(' ', '')).toBe(TEN_READINGS)
  })
})
