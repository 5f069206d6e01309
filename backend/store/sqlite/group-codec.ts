// A group of batches as one block of bytes on its way to the writer's thread, and its outcomes on the way back. Blocks are handed over,
// not copied; a clone of every decoded column would cost more than decoding the few that rollups need once more. Pure.
//
//   per batch:  | received, ms f64le | bytes of the id u8 | id, ASCII | bytes of the batch u32le | batch |

import { decodeBatch } from '../../../shared/batch/decode.ts'
import { assert } from '../../../shared/kernel/assert.ts'
import type { ArrivedBatch, DeadLetter, StoreOutcome } from '../../../shared/port/ingest-port.ts'
import type { OpenedBatch } from '../commit.ts'
import { ROLLUP_FIELD_MAX } from '../rollup.ts'
import type { Committed } from '../store.ts'

/** A batch of a block, not decoded. `bytes` is a window on the block. */
export type Packed = Omit<DeadLetter, 'reason'>

const HEAD_BYTES = 8 + 1 + 4

/** Its buffer is the block's own, so that it can be handed over. */
export function packGroup(arrivals: ArrivedBatch[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const { dongleId, bytes } of arrivals) length += HEAD_BYTES + dongleId.length + bytes.length
  const block = Buffer.from(new ArrayBuffer(length))
  let at = 0
  for (const { dongleId, bytes, receivedAtMs } of arrivals) {
    at = block.writeDoubleLE(receivedAtMs, at)
    at = block.writeUInt8(dongleId.length, at)
    at += block.write(dongleId, at, 'latin1')
    at = block.writeUInt32LE(bytes.length, at)
    block.set(bytes, at)
    at += bytes.length
  }
  return block
}

export function unpackGroup({ buffer, byteOffset, length }: Uint8Array): Packed[] {
  const block = Buffer.from(buffer, byteOffset, length)
  const group: Packed[] = []
  for (let at = 0; at < length; ) {
    const receivedAtMs = block.readDoubleLE(at)
    const idEnd = at + 9 + block.readUInt8(at + 8)
    const dongleId = block.toString('latin1', at + 9, idEnd)
    const end = idEnd + 4 + block.readUInt32LE(idEnd)
    group.push({ dongleId, receivedAtMs, bytes: block.subarray(idEnd + 4, end) })
    at = end
  }
  return group
}

/** Decoded as far as rollups go: later columns were checked by the gateway and are stored as they came. Of thinned readings some may be known. */
export function openPacked({ dongleId, bytes, receivedAtMs }: Packed): OpenedBatch {
  const decoded = decodeBatch(bytes, { fieldsUpTo: ROLLUP_FIELD_MAX })
  const whole = decoded.ok && decoded.value.thinned !== undefined ? decodeBatch(bytes) : decoded
  assert(whole.ok, 'a verified batch can be decoded')
  return { dongleId, batch: whole.value, bytes, receivedAtMs }
}

/** `kinds[i]` is an index in KINDS, `tenures[i]` 0 for none; `reasons` has the few that have one. */
export interface PackedOutcomes {
  kinds: Uint8Array
  tenures: Float64Array
  reasons: { [index: number]: string }
}

const KINDS = ['stored', 'duplicate', 'quarantined', 'refused'] as const

export function packOutcomes(committed: Committed[]): PackedOutcomes {
  const packed: PackedOutcomes = {
    kinds: new Uint8Array(committed.length),
    tenures: new Float64Array(committed.length),
    reasons: {},
  }
  for (let i = 0; i < committed.length; i++) {
    const { outcome, tenureNo } = committed[i] as Committed
    packed.kinds[i] = KINDS.indexOf(outcome.kind)
    packed.tenures[i] = tenureNo ?? 0
    if ('reason' in outcome) packed.reasons[i] = outcome.reason
  }
  return packed
}

export function unpackOutcomes({ kinds, tenures, reasons }: PackedOutcomes): Committed[] {
  const committed: Committed[] = []
  for (let i = 0; i < kinds.length; i++) {
    const kind = KINDS[kinds[i] as number] as StoreOutcome['kind']
    const reason = reasons[i] ?? ''
    const outcome: StoreOutcome = kind === 'stored' || kind === 'duplicate' ? { kind } : { kind, reason }
    committed.push(tenures[i] === 0 ? { outcome } : { outcome, tenureNo: tenures[i] })
  }
  return committed
}
