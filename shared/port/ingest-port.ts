// Where gateway and backend meet: verified batches go in, what became of each comes out after a durable commit. In one
// process the gateway calls the backend's object; apart, the same interface stands behind the link (docs/cluster.md). Types only.

import type { Batch, Loss } from '../batch/batch.ts'

/**
 * A batch whose sender is proven and whose bytes were found right. `bytes` is the CBOR map as it came; it is stored so, never encoded
 * again. `batch` may be decoded only when it is asked for: thousands wait for a commit, and few are looked into.
 */
export interface ArrivedBatch {
  dongleId: string
  readonly batch: Batch
  /** How many. */
  readings: number
  losses: Loss[]
  bytes: Uint8Array
  receivedAtMs: number
  /** The span it is stored in, if this batch is followed (tracing.ts). */
  traceparent?: string
}

/**
 * stored: new and durable. duplicate: these sequence numbers are there already with the same content.
 * quarantined: same numbers, other content (a clone or corruption); kept aside, nothing overwritten. refused: never will be stored.
 * All four are final: the dongle may release the batch.
 */
export type StoreOutcome =
  | { kind: 'stored' }
  | { kind: 'duplicate' }
  | { kind: 'quarantined'; reason: string }
  | { kind: 'refused'; reason: string }

/** Authentic bytes that could not be decoded or validated; kept with the reason, to be replayed. */
export interface DeadLetter {
  dongleId: string
  reason: string
  bytes: Uint8Array
  receivedAtMs: number
}

/** What a dongle says of itself (message kind status); absent is unknown. */
export interface DongleStatus {
  dongleId: string
  boot: number
  receivedAtMs: number
  firmware?: string
  uptimeS?: number
  resetReason?: string
  rssiDbm?: number
  meter?: number
  meterSerial?: string
  meterVersion?: string
  telegramsOk?: number
  telegramsBad?: number
  ringRecords?: number
  ringBytes?: number
  ringCapacityBytes?: number
  readingsLost?: number
  freeVariables?: number
  intervalS?: number
  /** What is wrong between meter and dongle, in a word of docs/p1-line.md; none when nothing is. */
  p1Trouble?: string
  /** Why the link failed since the start: the newest code, then code:count (docs/reasons.md). */
  linkReasons?: string
}

export type Readiness =
  | { isReady: true }
  | { isReady: false; reason: 'disk-full' | 'locked' | 'read-only' | 'starting' | 'stopping' | 'broken' }
  /** There is no connection with the database. */
  | { isReady: false; reason: 'unreachable' }
  /** Seen by a gateway that runs apart: there is no link with the backend. */
  | { isReady: false; reason: 'backend-away' }

export interface IngestPort {
  /** One outcome per batch, in order. Rejects when nothing of the group is durable (disk full, locked …): then nobody is acknowledged and the dongles keep their readings. `isLate`: a backlog, whose answer no other group waits for. */
  store(group: ArrivedBatch[], isLate?: boolean): Promise<StoreOutcome[]>
  /** Resolves when the letters are durable. */
  bury(letters: DeadLetter[]): Promise<void>
  /** The newest status of a dongle replaces the older one. */
  note(status: DongleStatus): Promise<void>
  readiness(): Readiness
}
