// A batch into its bytes on node, in one go; the dongle takes encode-steps.ts with its engine's natives.

import { PLAIN_PACKING } from '../kernel/plain-packing.ts'
import type { Batch } from './batch.ts'
import { encodeWith } from './encode-steps.ts'

/** As encodeWith. */
export function encodeBatch(batch: Batch): Uint8Array {
  return encodeWith(batch, PLAIN_PACKING)
}
