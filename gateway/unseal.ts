// Sealed bytes to a checked message: envelope and session (shared/session/receiver.ts), then the message's shape (a compiled
// TypeBox check), then a batch's content (shared/batch/decode.ts). What is authentic but makes no sense comes out as
// poison with its name, never as an exception. It changes nothing but the receiver's count.

import Type, { type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { BatchId } from '../shared/batch/batch.ts'
import { type BatchFault, checkBatch } from '../shared/batch/decode.ts'
import { LIMITS } from '../shared/batch/limits.ts'
import { failed, ok, type Result } from '../shared/kernel/result.ts'
import { Bytes, RESULT_FIELDS, STATUS_FIELDS, Uint32, UPDATE_FIELDS } from '../shared/schema/up-message.ts'
import type { RefusalReason } from '../shared/session/messages.ts'
import { BATCH_BYTES_MAX } from '../shared/session/messages-up.ts'
import { type Receiver, receive, type UpMessage } from '../shared/session/receiver.ts'
import { VerifiedBatch } from './verified-batch.ts'

export type Unsealed =
  | Exclude<UpMessage, { kind: 'batch' }>
  | { kind: 'batch'; batch: VerifiedBatch }
  /** Authentic bytes that are no batch; `code` says what is wrong for the dead letter, `reason` for the dongle. */
  | { kind: 'poison'; id: BatchId; code: string; reason: RefusalReason; bytes: Uint8Array }

const HelloMessage = Type.Object({
  kind: Type.Literal('hello'),
  boot: Uint32,
  session: Uint32,
  nonce: Bytes(64),
  firmware: Type.String({ maxLength: 64 }),
  wireVersion: Uint32,
})

const BatchMessage = Type.Object({
  kind: Type.Literal('batch'),
  id: Type.Object({ boot: Uint32, firstSeq: Uint32, span: Type.Integer({ minimum: 1, maximum: LIMITS.seqMax }) }),
  bytes: Bytes(BATCH_BYTES_MAX),
})

const StatusMessage = Type.Object({ kind: Type.Literal('status'), status: Type.Object(STATUS_FIELDS) })

const ResultMessage = Type.Object({ kind: Type.Literal('result'), ...RESULT_FIELDS })

const ChunkWantedMessage = Type.Object({
  kind: Type.Literal('chunk-wanted'),
  number: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  at: Type.Integer({ minimum: 0, multipleOf: 4 }),
  bytes: Uint32,
})

const UpdateReportMessage = Type.Object({ kind: Type.Literal('update-report'), report: Type.Object(UPDATE_FIELDS) })

const checkOf = (schema: TSchema) => {
  const compiled = Compile(schema)
  return (message: unknown): boolean => compiled.Check(message)
}

const CHECKS: { [kind in UpMessage['kind']]: (message: unknown) => boolean } = {
  hello: checkOf(HelloMessage),
  batch: checkOf(BatchMessage),
  status: checkOf(StatusMessage),
  result: checkOf(ResultMessage),
  'chunk-wanted': checkOf(ChunkWantedMessage),
  'update-report': checkOf(UpdateReportMessage),
}

/** One message from `receiver`'s dongle, or the code under which it is refused. Never throws, whatever the bytes. */
export function unsealMessage(receiver: Receiver, bytes: Uint8Array, nowS: number): Result<Unsealed, string> {
  const received = receive(receiver, bytes, nowS)
  if (!received.ok) return failed(received.fault.code)
  const message = received.value
  if (!CHECKS[message.kind](message)) return failed('bad-message')
  return ok(message.kind === 'batch' ? openBatch(receiver.dongleId, message.id, message.bytes) : message)
}

function openBatch(dongleId: string, id: BatchId, bytes: Uint8Array): Unsealed {
  const checked = checkBatch(bytes)
  if (!checked.ok) {
    return { kind: 'poison', id, code: checked.fault.code, reason: reasonOf(checked.fault.code), bytes }
  }
  const { boot, firstSeq, readings, losses, thinned } = checked.value
  // The name outside is what is acknowledged; a batch that calls itself otherwise must not release another one's record.
  let span = thinned?.span ?? readings
  for (const { count } of losses) span += count
  if (boot !== id.boot || firstSeq !== id.firstSeq || span !== id.span) {
    return { kind: 'poison', id, code: 'batch.other-name', reason: 'malformed', bytes }
  }
  const name = thinned === undefined ? id : { ...id, periodS: thinned.periodS }
  return { kind: 'batch', batch: new VerifiedBatch(dongleId, name, bytes, checked.value) }
}

/** An unknown version or field may come from a newer dongle: the dead letters keep it for a gateway that knows more. */
function reasonOf(code: BatchFault['code']): RefusalReason {
  switch (code) {
    case 'batch.unknown-version':
    case 'batch.unknown-field':
      return 'unknown-version'
    case 'batch.too-long':
      return 'too-large'
    case 'batch.malformed':
    case 'batch.bad-body':
    case 'batch.bad-losses':
    case 'batch.empty':
      return 'malformed'
  }
}
