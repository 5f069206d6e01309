// The P1 line, by the byte way and by the dongle's way over text: both find the same readouts with the same values, within their bounds.

import { baseTelegrams, checkBothWays, createMachines, emptyReport, repaired } from '../../../bench/telegram-fuzz.ts'
import { seededRandom } from '../../../shared/kernel/random.ts'

export function run(bytes: Uint8Array): undefined {
  checkBothWays(createMachines(), Buffer.from(bytes), seededRandom(bytes.length), emptyReport())
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
