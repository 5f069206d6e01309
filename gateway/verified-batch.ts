// A batch on its way from the envelope to the store, under the name by which its dongle knows it.

import type { BatchId } from '../shared/batch/batch.ts'
import { CheckedBatch } from '../shared/batch/checked-batch.ts'
import type { BatchSummary } from '../shared/batch/decode.ts'
import type { ArrivedBatch } from '../shared/port/ingest-port.ts'
import type { Span } from '../shared/port/tracing.ts'

export class VerifiedBatch extends CheckedBatch implements ArrivedBatch {
  readonly id: BatchId
  /** Its whole way here, if it is followed. */
  span: Span | undefined

  /** `summary` is what checkBatch said of `bytes`. */
  constructor(dongleId: string, id: BatchId, bytes: Uint8Array, summary: BatchSummary) {
    super(dongleId, bytes, summary)
    this.id = id
  }
}
