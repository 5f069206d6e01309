// A batch that was checked bit by bit and is held as the bytes that came. Whoever wants its readings has them decoded then; most are
// stored and never looked into.

import { assert } from '../kernel/assert.ts'
import type { Batch, Loss } from './batch.ts'
import { type BatchSummary, decodeBatch } from './decode.ts'

/** The form that IngestPort takes. */
export class CheckedBatch {
  readonly dongleId: string
  readonly readings: number
  readonly losses: Loss[]
  readonly bytes: Uint8Array
  receivedAtMs = 0
  /** See ArrivedBatch. */
  traceparent: string | undefined

  /** `summary` is what checkBatch said of `bytes`. */
  constructor(dongleId: string, bytes: Uint8Array, summary: BatchSummary) {
    this.dongleId = dongleId
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
