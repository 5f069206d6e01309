// Delivery put together: outbox, channels, what ESPs fetch, notices. Composition only; each rule is in the file that has its name.

import type { Registry } from 'prom-client'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { StreamDoor, StreamPolicy } from '../../shared/port/stream-port.ts'
import type { PermissionRegister } from '../consent/register.ts'
import type { Store } from '../store/store.ts'
import { openCheckpoint } from './checkpoint.ts'
import { openEndpoints } from './endpoints.ts'
import { createDeliveryMetrics, watchPending } from './metrics.ts'
import { postNotices } from './notices.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createPoster } from './post.ts'
import { createPull } from './pull.ts'
import type { DeliveryRooms } from './routes.ts'
import { createStreams } from './streams.ts'
import { createWebhooks } from './webhooks.ts'

export interface DeliverySetup {
  store: Store
  permissions: PermissionRegister
  /** Whose access token this is; undefined: nobody's now. */
  espOf(token: string, certificate: Uint8Array | undefined): Promise<string | undefined>
  clock: Clock
  nowMs(): number
  /** 0 … 1 */
  chance(): number
  registry: Registry
  /** Beside a platform that delivers: nothing is sent. */
  isGuest?: boolean
  /** Webhooks may go to this machine and this network, and over http: for a sandbox. */
  mayBePrivate: boolean
  trouble(error: Error): void
  /** How long a failed webhook waits, by failures in a row; absent: as back-off.ts has it. */
  waitMs?(failures: number): number
  /** For an answer; absent: as post.ts has it. */
  answerWithinMs?: number
}

/** More are not counted for who looks. */
const NOTICES_COUNTED = 100

export interface OpenDelivery {
  outbox: Outbox
  routes: DeliveryRooms
  streams: { policy: StreamPolicy; attachDoor(door: StreamDoor): void; endOf(espId: string): void }
  stop(): Promise<void>
}

/** Begins to deliver when it resolves. */
export async function openDelivery(setup: DeliverySetup): Promise<OpenDelivery> {
  const { store, permissions, clock, nowMs, chance, registry, trouble } = setup
  const checkpoint = openCheckpoint(store)
  const endpoints = await openEndpoints(store, clock, setup.mayBePrivate)
  const poster = createPoster({ mayBePrivate: setup.mayBePrivate, nowMs, timeoutMs: setup.answerWithinMs })
  const metrics = createDeliveryMetrics(registry)
  const outbox = createOutbox({ store, permissions, checkpoint, clock, nowMs, metrics, trouble })
  const webhooks = createWebhooks({
    ...{ endpoints, poster, nowMs, chance, waitMs: setup.waitMs },
    roomMade: () => outbox.roomMade(),
  })
  const streams = createStreams({
    espOf: setup.espOf,
    nowMs,
    roomMade: () => outbox.roomMade(),
    wanted: espId => outbox.wanted(espId, 'mqtt'),
  })
  outbox.attach(streams)
  outbox.attach(webhooks)
  watchPending(registry, outbox.pendingLanes)
  const isActive = setup.isGuest !== true
  if (isActive) await outbox.begin()
  for (const espId of isActive ? endpoints.all() : []) outbox.wanted(espId, 'webhook')
  const posting = isActive ? postNotices({ notices: permissions.notices, webhooks, nowMs, chance, trouble }) : undefined
  function wanted(espId: string): void {
    outbox.wanted(espId, 'webhook')
    posting?.serve(espId)
  }
  return {
    outbox,
    routes: {
      wanted,
      replay: outbox.replay,
      async healthOf(espId) {
        const channels = ([webhooks, streams] as const).map(({ name, serves }) => ({
          ...{ channel: name, isTaken: serves(espId) },
          ...outbox.waitingFor(espId, name),
        }))
        return { channels, noticesWaiting: (await permissions.notices.unsent(espId, NOTICES_COUNTED)).length }
      },
      pull: createPull({ store, permissions, clock, nowMs }),
      endpoints,
      webhooks,
      checkpoint,
      clock,
    },
    streams,
    async stop() {
      posting?.stop()
      await outbox.stop()
      webhooks.stop()
    },
  }
}
