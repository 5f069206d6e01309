// What goes to an ESP in one piece, and what a channel is: words that outbox, channels and formats share. Types, and the one name of a delivery.

import { createHash } from 'node:crypto'
import type { Permission } from '../consent/permission.ts'
import type { Delivered } from './cut.ts'
import type { Range } from './ranges.ts'

/** Said with everything that leaves (R4, R5): no settlement and no invoice may be built on it. */
export const FLAG = 'informative, not validated'

export interface Delivery {
  /** The same for the same readings under the same permission, however often they go out: whoever has seen it may drop it. */
  readonly key: string
  readonly permission: Permission
  readonly rows: readonly Delivered[]
  /** The times that it stands for. */
  readonly range: Range
}

/**
 * delivered: the ESP has it. again: it could not be taken now. refused: it never will be (`code`: in a word). ended: the permission was over in the
 * instant in which it should have left.
 */
export type Outcome = { kind: 'delivered' } | { kind: 'again' } | { kind: 'refused'; code: string } | { kind: 'ended' }

export type ChannelName = 'mqtt' | 'webhook'

export interface Channel {
  readonly name: ChannelName
  /** This ESP has ever asked for deliveries this way. */
  serves(espId: string): boolean
  /** Somebody takes deliveries under this permission now. Asked for each batch: cheap. */
  hasRoom(permission: Permission): boolean
  /** Sends now or soon; asks `mayLeave` in the instant before the first byte. Calls `done` once, whatever becomes of it. */
  send(delivery: Delivery, mayLeave: () => boolean, done: (outcome: Outcome) => void): void
  /** The permission has ended: what is on its way is broken off. Calls `gone` when nothing of it can leave any more. */
  end(permission: Permission, gone: () => void): void
}

export function deliveryOf(permission: Permission, rows: readonly Delivered[]): Delivery {
  const [first, last] = [rows[0] as Delivered, rows[rows.length - 1] as Delivered]
  const text = `${permission.permissionId}\n${JSON.stringify(rows)}`
  const key = createHash('sha256').update(text).digest('base64url').slice(0, 22)
  return { key, permission, rows, range: { fromS: first.timeS, toS: last.timeS + permission.need.periodS } }
}

/** Calls `done` when the returned was called `count` times; at once for none. */
export function afterAll(count: number, done: () => void): () => void {
  let left = count
  if (left === 0) done()
  return () => {
    left--
    if (left === 0) done()
  }
}
