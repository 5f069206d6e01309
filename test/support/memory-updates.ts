// The backend's half of updates in a test's memory: one order per dongle, the bytes of its program, and every report that came. It keeps the
// port's promises (shared/port/update-port.ts) and nothing of rollouts.

import { createHash } from 'node:crypto'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import type { UpdatePort } from '../../shared/port/update-port.ts'
import { encodeManifest, type Manifest } from '../../shared/update/manifest.ts'
import type { MacedOrder, UpdateReport } from '../../shared/update/messages.ts'
import { updateMac } from '../../shared/update/update-order.ts'
import type { DongleIdentity } from './scripted-dongle.ts'

const ENDED = new Set(['good', 'returned', 'refused', 'failed'])

export const manifestOf = (program: Uint8Array, version: number, changes: Partial<Manifest> = {}): Manifest => ({
  release: `r${version}`,
  version,
  board: 'ESP32',
  engine: '2v29.277',
  map: 1,
  bytes: program.length,
  sha256: new Uint8Array(createHash('sha256').update(program).digest()),
  floor: 0,
  ...changes,
})

/** An order with the MAC that only the backend can make. */
export function orderFor(
  identity: DongleIdentity,
  number: number,
  manifest: Manifest,
  soakS = 1,
  isBackward = 0,
): MacedOrder {
  const keys = deriveKeys(nodeCrypto, identity.deviceKey, identity.epoch)
  const order = { number, manifest: encodeManifest(manifest), soakS, isBackward }
  return { ...order, mac: updateMac(nodeCrypto, keys, identity.dongleId, order) }
}

export class MemoryUpdates implements UpdatePort {
  readonly reports: UpdateReport[] = []
  readonly chunks: number[] = []
  private readonly orders: { order: MacedOrder; program: Uint8Array }[] = []
  /** Called before a chunk is given; what it gives instead is given. */
  meddle: (at: number, bytes: Uint8Array) => Uint8Array | 'later' | 'withdrawn' = (_, bytes) => bytes

  ask(order: MacedOrder, program: Uint8Array): void {
    this.orders.push({ order, program })
  }

  async next(): Promise<MacedOrder | undefined> {
    const order = this.orders.at(-1)?.order
    return this.reports.some(report => report.number === order?.number && ENDED.has(report.state)) ? undefined : order
  }

  async readChunk(_: string, number: number, at: number, bytes: number): Promise<Uint8Array | 'later' | 'withdrawn'> {
    const found = this.orders.find(one => one.order.number === number)
    if (found === undefined) return 'withdrawn'
    this.chunks.push(at)
    return this.meddle(at, found.program.subarray(at, at + bytes))
  }

  async note(_: string, report: UpdateReport): Promise<void> {
    this.reports.push(report)
  }

  /** The newest report about an order. */
  of(number: number): UpdateReport | undefined {
    return this.reports.findLast(report => report.number === number)
  }
}
