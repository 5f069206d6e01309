// The P1 line, by the byte way and by the dongle's way over text: both find the same readouts with the same values, within their bounds.

import { baseTelegrams, checkBothWays, createMachines, emptyReport, repaired } from '../../../bench/telegram-fuzz.ts'
import { seededRandom } from '../../../shared/kernel/random.ts'

/** Alone, because the end of a telegram before may take a part of it along; and behind two that it differs from in digits, because the dongle follows such a one. */
export function run(bytes: Uint8Array): undefined {
  const input = Buffer.from(bytes)
  const check = (machines: ReturnType<typeof createMachines>, one: Buffer): void =>
    checkBothWays(machines, one, seededRandom(bytes.length), emptyReport())
  check(createMachines(), input)
  const machines = createMachines()
  // what has not been seen to move is fixed text, and would not be followed
  for (const one of [repaired(input), withOtherDigits(input), input]) check(machines, one)
}

/** Each value with a unit has another last digit, and the checksum is right. */
function withOtherDigits(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replaceAll(/\d(?=\*)/g, digit => `${9 - Number(digit)}`)
  return repaired(Buffer.from(text, 'latin1'))
}

export const repair = (bytes: Uint8Array): Uint8Array => repaired(Buffer.from(bytes))
export const seeds = (): Uint8Array[] => baseTelegrams().map(bytes => bytes.subarray(0, 1500))

const WORDS = [
  '1-0:1.8.1(',
  '0-0:1.0.0(',
  '0-1:24.2.1(',
  '*kWh)',
  '*m3)',
  '240101120000W',
  '\r\n',
  '!',
  '/ISk5',
  '(',
  ')',
  '0-0:96.14.0(0002)',
  '1-0:99.97.0(',
]
export const tokens = WORDS.map(word => Uint8Array.from(Buffer.from(word, 'latin1')))
