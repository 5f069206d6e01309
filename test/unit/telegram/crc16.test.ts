import { expect, test } from 'vitest'
import { seededRandom } from '../../../shared/kernel/random.ts'
import { crc16 } from '../../../shared/telegram/crc16.ts'
import { crc16Wide } from '../../../shared/telegram/crc16-wide.ts'
import { latin1 } from '../../support/telegrams.ts'

const CHECK = latin1('123456789')

/** The definition, bit by bit. */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return crc
}

test('both give the check value of CRC-16/ARC', () => {
  expect([crc16(CHECK), crc16Wide(CHECK, 0, 9)]).toEqual([0xbb3d, 0xbb3d])
})

test('both agree with the definition at every length from nothing to longer than a telegram', () => {
  const random = seededRandom(1)
  for (const length of [...Array(300).keys(), 4107, 8300]) {
    const bytes = Uint8Array.from({ length }, () => random.uint32() & 255)
    const wanted = slowCrc(bytes)
    expect(crc16(bytes)).toBe(wanted)
    expect(crc16Wide(bytes, 0, length)).toBe(wanted)
  }
})

test('a part of the bytes gives the checksum of that part, also right after a longer one', () => {
  crc16Wide(new Uint8Array(900).fill(255), 0, 900)
  const framed = latin1('xx123456789yyy')
  expect([crc16(framed, 2, 11), crc16Wide(framed, 2, 11)]).toEqual([0xbb3d, 0xbb3d])
  expect(crc16(framed, 5)).toBe(slowCrc(framed.subarray(5)))
})
