// A batch on its way from the envelope to the store: checked bit by bit, held as the bytes that came. Whoever wants its readings has
// them decoded then; most wait for a commit and are never looked into here.

import type { Batch, BatchId, Loss } from '../shared/batch/batch.ts'
import { type BatchSummary, decodeBatch } from '../shared/batch/decode.ts'
import { assert } from '../shared/kernel/assert.ts'
import type { ArrivedBatch } from '../shared/port/ingest-port.ts'

export class VerifiedBatch implements ArrivedBatch {
  readonly dongleId: string
  readonly id: BatchId
  readonly readings: number
  readonly losses: Loss[]
  readonly bytes: Uint8Array
  receivedAtMs = 0

  /** `summary` is what checkBatch said of `bytes`. */
  constructor(dongleId: string, id: BatchId, bytes: Uint8Array, summary: BatchSummary) {
    this.dongleId = dongleId
    this.id = id
    this.readings = summary.readings
    this.losses = summary.losses
    this.bytes = bytes
  }

  get batch(): Batch {
    const decoded = decodeBatch(this.bytes)
    assert(decoded.ok, 'bytes that were checked can be decoded')
    return decoded.value
  }
}
