// The batch decoder and the checker that the gateway uses in its place: both say the same, nothing is past the limits, and what decodes comes
// back the same when encoded again.

import { isBatch, realBatches } from '../../../bench/batch-fuzz.ts'
import { checkBatch } from '../../../shared/batch/decode.ts'

export function run(bytes: Uint8Array): undefined {
  const isRight = checkBatch(bytes).ok
  if (isBatch(bytes) !== isRight) throw new Error('checking and decoding differ')
}

export const seeds = (): Uint8Array[] => realBatches()
export const tokens = [Uint8Array.of(0xa2, 0, 1, 1), Uint8Array.of(0x1a, 0xff, 0xff, 0xff, 0xff), new Uint8Array(8)]
