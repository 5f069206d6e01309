// Bytes from outside into a batch (docs/protocol.md, section Batch): for node. Anything may stand in the bytes; what is not a
// batch of a version known here comes back as a fault with a name. It never throws and allocates no more than LIMITS allow.

import { failed, ok, type Result } from '../kernel/result.ts'
import { FIELD_NAMES } from '../reading/fields.ts'
import { type Batch, LOSS_REASONS, type Loss, type LossReason, type Thinned } from './batch.ts'
import {
  type CborFaultReason,
  createReader,
  failReader,
  finishReading,
  passBytes,
  readArrayHead,
  readMapHead,
  readUint,
  skipItem,
  UINT_MAX,
} from './cbor.ts'
import {
  type BitReader,
  type ColumnFaultReason,
  createBitReader,
  failBits,
  finishBits,
  readColumn,
  readSized,
} from './decode-columns.ts'
import { LIMITS } from './limits.ts'
import { BATCH_VERSION, KEY_BODY, KEY_LOSSES, KEY_METER, KEY_THINNED, KEY_VERSION } from './versions.ts'

/**
 * malformed: not the CBOR map of a batch; `at` is the byte. bad-body: its columns are wrong; `atBit` within the body.
 * The others say which bound or rule is broken. An unknown version or field may be a newer dongle: keep the bytes.
 */
export type BatchFault =
  | { code: 'batch.too-long'; bytes: number }
  | { code: 'batch.malformed'; reason: CborFaultReason | 'keys-not-ascending' | 'missing-key'; at: number }
  | { code: 'batch.unknown-version'; version: number }
  | { code: 'batch.unknown-field'; mask: number }
  | { code: 'batch.bad-body'; reason: ColumnFaultReason; atBit: number }
  | { code: 'batch.bad-losses'; at: number }
  | { code: 'batch.empty' }

export interface DecodeOptions {
  /** The highest field number wanted: columns after it are not decoded (-1: the times only). All by default. */
  fieldsUpTo?: number
}

interface Header {
  boot: number
  firstSeq: number
  /** Readings. */
  count: number
  fields: readonly number[]
}

interface Opened {
  body: BitReader
  losses: number[]
  meter: number
  thinned: Thinned | undefined
}

// Fields of every mask seen lately: a dongle sends the same fields in every batch. Bounded, and only known fields get in.
const FIELDS_OF_MASK = new Map<number, readonly number[]>()
const MASKS_KEPT = 1000

/** What a batch says of itself beside its readings. */
export interface BatchSummary {
  boot: number
  firstSeq: number
  /** How many. */
  readings: number
  losses: Loss[]
  thinned?: Thinned
}

/** The batch in `bytes`, or why there is none. The columns are new arrays; nothing in the batch refers to `bytes`. */
export function decodeBatch(bytes: Uint8Array, options?: DecodeOptions): Result<Batch, BatchFault> {
  const opened = openMap(bytes)
  if (!opened.ok) return opened
  const { body, meter, thinned } = opened.value
  const header = readHeader(opened.value)
  if (!header.ok) return header
  const { boot, firstSeq, count, fields } = header.value
  const fieldsUpTo = options?.fieldsUpTo ?? FIELD_NAMES.length
  const batch: Batch = { boot, firstSeq, meter, timeS: [], fields: [], columns: [], losses: [] }
  if (count > 0) {
    batch.timeS = readColumn(body, count, LIMITS.timeSMax)
    for (const field of fields) {
      if (field > fieldsUpTo || body.fault !== '') break
      batch.fields.push(field)
      batch.columns.push(readColumn(body, count, LIMITS.valueMax))
    }
  }
  if (batch.fields.length === fields.length) finishBits(body)
  if (body.fault !== '') return badBody(body)
  batch.losses = lossesOf(opened.value.losses, firstSeq)
  if (thinned !== undefined) batch.thinned = thinned
  return ok(batch)
}

/** Whether decodeBatch would give a batch, and what it says of itself: every bit is read as there, no column is kept. */
export function checkBatch(bytes: Uint8Array): Result<BatchSummary, BatchFault> {
  const opened = openMap(bytes)
  if (!opened.ok) return opened
  const { body } = opened.value
  const header = readHeader(opened.value)
  if (!header.ok) return header
  const { boot, firstSeq, count, fields } = header.value
  let columns = 0
  if (count > 0) {
    if (scratch.length !== count) scratch = new Array<number>(count)
    readColumn(body, count, LIMITS.timeSMax, scratch)
    for (; columns < fields.length && body.fault === ''; columns++) readColumn(body, count, LIMITS.valueMax, scratch)
  }
  if (columns === fields.length) finishBits(body)
  if (body.fault !== '') return badBody(body)
  const summary: BatchSummary = { boot, firstSeq, readings: count, losses: lossesOf(opened.value.losses, firstSeq) }
  if (opened.value.thinned !== undefined) summary.thinned = opened.value.thinned
  return ok(summary)
}

// Batches mostly have the same number of readings.
let scratch: number[] = []

// The outer map: keys ascend, so none comes twice; keys of later versions are passed over.
function openMap(bytes: Uint8Array): Result<Opened, BatchFault> {
  if (bytes.length > LIMITS.bytesMax) return failed({ code: 'batch.too-long', bytes: bytes.length })
  const reader = createReader(bytes)
  let pairs = readMapHead(reader, LIMITS.keysMax)
  let lastKey = -1
  let version = -1
  let bodyAt = 0
  let bodyBytes = 0
  let losses: number[] = []
  let meter = 0
  let thinned: Thinned | undefined
  for (; pairs > 0 && reader.fault === ''; pairs--) {
    const keyAt = reader.at
    const key = readUint(reader, UINT_MAX)
    if (reader.fault !== '') break
    if (key <= lastKey) return failed({ code: 'batch.malformed', reason: 'keys-not-ascending', at: keyAt })
    lastKey = key
    if (key === KEY_VERSION) {
      version = readUint(reader, UINT_MAX)
      // Of another version only this much is known, so nothing more is read.
      if (reader.fault === '' && version !== BATCH_VERSION) return failed({ code: 'batch.unknown-version', version })
    } else if (key === KEY_BODY) {
      bodyBytes = passBytes(reader, LIMITS.bytesMax)
      bodyAt = reader.at - bodyBytes
    } else if (key === KEY_LOSSES) {
      const found = readLosses(reader)
      if (found === undefined) return failed({ code: 'batch.bad-losses', at: reader.at })
      losses = found
    } else if (key === KEY_METER) {
      meter = readUint(reader, LIMITS.meterMax)
      // meter 0 is said by leaving the key out
      if (reader.fault === '' && meter === 0)
        return failed({ code: 'batch.malformed', reason: 'not-shortest', at: keyAt })
    } else if (key === KEY_THINNED) {
      if (readArrayHead(reader, 2) !== 2) failReader(reader, 'wrong-type')
      thinned = { periodS: readUint(reader, LIMITS.periodSMax), span: readUint(reader, LIMITS.seqMax) }
      if (reader.fault === '' && thinned.periodS === 0)
        return failed({ code: 'batch.malformed', reason: 'not-shortest', at: keyAt })
    } else skipItem(reader)
  }
  if (!finishReading(reader)) {
    return failed({ code: 'batch.malformed', reason: reader.fault || 'trailing', at: reader.faultAt })
  }
  if (version < 0 || bodyAt === 0) return failed({ code: 'batch.malformed', reason: 'missing-key', at: 0 })
  return ok({ body: createBitReader(bytes, bodyAt, bodyBytes), losses, meter, thinned })
}

// Triples: readings since the loss before, how many are lost, why. Undefined when they are not as the writer makes them.
function readLosses(reader: ReturnType<typeof createReader>): number[] | undefined {
  const length = readArrayHead(reader, 3 * LIMITS.lossesMax)
  if (reader.fault !== '') return []
  if (length === 0 || length % 3 !== 0) return undefined
  const numbers: number[] = []
  for (let i = 0; i < length && reader.fault === ''; i += 3) {
    const gap = readUint(reader, LIMITS.readingsMax)
    const count = readUint(reader, LIMITS.seqMax)
    const reason = readUint(reader, UINT_MAX)
    if (reader.fault !== '') break
    const touchesItsLike = i > 0 && gap === 0 && numbers[i - 1] === reason
    if (count === 0 || reason >= LOSS_REASONS.length || touchesItsLike) return undefined
    numbers.push(gap, count, reason)
  }
  return numbers
}

function readHeader(opened: Opened): Result<Header, BatchFault> {
  const { body, losses, thinned } = opened
  const boot = readSized(body, LIMITS.bootMax)
  const firstSeq = readSized(body, LIMITS.seqMax)
  const count = readSized(body, LIMITS.readingsMax)
  const mask = count > 0 ? readSized(body, UINT_MAX) : 0
  if (body.fault !== '') return badBody(body)
  const fields = fieldsOf(mask)
  if (fields === undefined) return failed({ code: 'batch.unknown-field', mask })
  let between = 0
  let lost = 0
  for (let i = 0; i < losses.length; i += 3) {
    between += losses[i]!
    lost += losses[i + 1]!
  }
  if (between > count) return failed({ code: 'batch.bad-losses', at: 0 })
  // Thinned readings are some of the span's; what they leave out is not a loss of this batch.
  if (thinned !== undefined && (lost > 0 || thinned.span < count)) return failed({ code: 'batch.bad-losses', at: 0 })
  const span = thinned === undefined ? count + lost : thinned.span
  if (span === 0 || (thinned !== undefined && count === 0)) return failed({ code: 'batch.empty' })
  if (firstSeq + span - 1 > LIMITS.seqMax) {
    failBits(body, 'out-of-range')
    return badBody(body)
  }
  return ok({ boot, firstSeq, count, fields })
}

function fieldsOf(mask: number): readonly number[] | undefined {
  const known = FIELDS_OF_MASK.get(mask)
  if (known !== undefined) return known
  if (mask >= 2 ** FIELD_NAMES.length) return undefined
  const fields: number[] = []
  for (let field = 0; field < FIELD_NAMES.length; field++)
    if (Math.floor(mask / 2 ** field) % 2 === 1) fields.push(field)
  if (FIELDS_OF_MASK.size >= MASKS_KEPT) FIELDS_OF_MASK.clear()
  FIELDS_OF_MASK.set(mask, fields)
  return fields
}

function lossesOf(numbers: number[], firstSeq: number): Loss[] {
  const losses: Loss[] = []
  let nextSeq = firstSeq
  for (let i = 0; i < numbers.length; i += 3) {
    const fromSeq = nextSeq + numbers[i]!
    const count = numbers[i + 1]!
    losses.push({ fromSeq, count, reason: LOSS_REASONS[numbers[i + 2]!] as LossReason })
    nextSeq = fromSeq + count
  }
  return losses
}

function badBody(body: BitReader): { ok: false; fault: BatchFault } {
  return failed({ code: 'batch.bad-body', reason: body.fault || 'truncated', atBit: body.at })
}
