// What a sealed envelope holds: {0: kind, 1: token, 2: n, 3: body}, CBOR maps with small whole numbers as keys. Both halves
// of the conversation agree here on numbers and bounds; who may say what and when is theirs (sender, receiver).

import type { BatchId } from '../batch/batch.ts'
import type { DongleStatus } from '../port/ingest-port.ts'

export const KIND_HELLO = 1
export const KIND_CHALLENGE = 2
export const KIND_BATCH = 3
export const KIND_STATUS = 4
export const KIND_ACK = 5
export const KIND_COMMAND = 6
export const KIND_RESULT = 7

/** What a dongle says of itself; absent is unknown. */
export type StatusReport = Omit<DongleStatus, 'dongleId' | 'receivedAtMs'>

/** `number` rises from command to command of a dongle (a gateway may use the time in ms): an older one is not obeyed. */
export type Command =
  | { number: number; name: 'live'; seconds: number }
  | { number: number; name: 'interval'; seconds: number }
  | { number: number; name: 'reboot' }
  | { number: number; name: 'send-status' }
  | { number: number; name: 'stop' }
  | { number: number; name: 'resume' }

export type CommandOutcome = 'done' | 'refused' | 'unknown'

/** Why a batch never will be stored. Wire numbers: append only. */
export const REFUSAL_REASONS = ['malformed', 'out-of-range', 'too-large', 'unknown-version', 'not-allowed'] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

/** final: stored, duplicate or quarantined; refused: never will be. Both release the batch. */
export interface Ack {
  final: BatchId[]
  refused: { id: BatchId; reason: RefusalReason }[]
}
