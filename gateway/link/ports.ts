// The backend's ports as a gateway that runs apart sees them: each method is a call on the link. Groups that wait are sent together, so that
// the lanes of a busy gateway cost one request and one commit, as they do in one process.

import { outcomeOf, type ShortOutcome } from '../../shared/link/link.ts'
import { encodeParcels, type Parcel } from '../../shared/link/parcels.ts'
import { fromText, toText } from '../../shared/link/texts.ts'
import type { DongleDirectory } from '../../shared/port/dongle-directory.ts'
import type { ArrivedBatch, IngestPort, Readiness, StoreOutcome } from '../../shared/port/ingest-port.ts'
import type { OrderBook } from '../../shared/port/order-book.ts'
import type { UpdatePort } from '../../shared/port/update-port.ts'
import type { LinkCall } from '../../shared/schema/link.ts'

export interface BackendPorts {
  ingest: IngestPort
  directory: DongleDirectory
  book: OrderBook
  updates: UpdatePort
}

export interface PortOptions {
  call(name: string, body: Uint8Array | string): Promise<string>
  readiness(): Readiness
}

interface Waiting {
  group: ArrivedBatch[]
  resolve(outcomes: StoreOutcome[]): void
  reject(cause: unknown): void
}

/** Requests with batches under way: one that is committed, others that become the next group meanwhile. */
const STORES_MAX = 4
const REQUEST_BYTES_MAX = 8_388_608

export function createPorts({ call, readiness }: PortOptions): BackendPorts {
  const [live, late] = [createPump(sendAll), createPump(sendAll)]

  async function ask<T>(name: LinkCall, ...values: unknown[]): Promise<T> {
    return fromText(await call(name, toText(values))) as T
  }

  async function send(group: ArrivedBatch[]): Promise<StoreOutcome[]> {
    const answer = fromText(await call('store', encodeParcels(group.map(parcelOf))))
    return (answer as ShortOutcome[]).map(outcomeOf)
  }

  /** What is sent together and not taken goes once more, each group for itself: one must not answer for another. */
  async function sendAll(groups: Waiting[]): Promise<void> {
    try {
      const outcomes = await send(groups.flatMap(({ group }) => group))
      let at = 0
      for (const { group, resolve } of groups) {
        resolve(outcomes.slice(at, at + group.length))
        at += group.length
      }
    } catch (cause) {
      if (groups.length > 1 && readiness().isReady) await Promise.all(groups.map(one => sendAll([one])))
      else for (const { reject } of groups) reject(cause)
    }
  }

  return {
    ingest: {
      store: (group, isLate = false) =>
        new Promise((resolve, reject) => (isLate ? late : live)({ group, resolve, reject })),
      async bury(letters) {
        await call('bury', encodeParcels(letters.map(({ reason, ...letter }) => ({ ...letter, text: reason }))))
      },
      note: status => ask('note', status),
      readiness,
    },
    directory: {
      credentials: dongleId => ask('credentials', dongleId),
      advance: (dongleId, mark) => ask('advance', dongleId, mark),
      heard: (dongleId, epoch) => ask('heard', dongleId, epoch),
      revokedSince: sinceS => ask('revokedSince', sinceS),
      suspect: (dongleId, sign) => ask('suspect', dongleId, sign),
    },
    book: {
      next: dongleId => ask('nextOrder', dongleId),
      answered: (dongleId, result) => ask('answered', dongleId, result),
    },
    updates: {
      next: (dongleId, epoch) => ask('nextUpdate', dongleId, epoch),
      readChunk: (dongleId, number, at, bytes) => ask('readChunk', dongleId, number, at, bytes),
      note: (dongleId, report) => ask('noteUpdate', dongleId, report),
    },
  }
}

/** Takes groups that wait and sends them together. */
function createPump(sendAll: (groups: Waiting[]) => Promise<void>): (one: Waiting) => void {
  let waiting: Waiting[] = []
  let underWay = 0
  let isPumping = false

  return one => {
    waiting.push(one)
    pumpSoon()
  }

  /** A turn later, so that all lanes which are ready in this one go together. */
  function pumpSoon(): void {
    if (isPumping) return
    isPumping = true
    setImmediate(() => {
      isPumping = false
      pump()
    })
  }

  function pump(): void {
    while (underWay < STORES_MAX && waiting.length > 0) {
      const groups = takeGroups()
      underWay++
      void sendAll(groups).finally(() => {
        underWay--
        pump()
      })
    }
  }

  function takeGroups(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const { group } of waiting) {
      for (const batch of group) bytes += batch.bytes.length
      if (count > 0 && bytes > REQUEST_BYTES_MAX) break
      count++
    }
    const taken = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return taken
  }
}

function parcelOf({ dongleId, receivedAtMs, bytes, traceparent = '' }: ArrivedBatch): Parcel {
  return { dongleId, receivedAtMs, bytes, text: traceparent }
}
