// Delivery put together: outbox, channels, what ESPs fetch, notices. Composition only; each rule is in the file that has its name.

import type { Registry } from 'prom-client'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { StreamDoor, StreamPolicy } from '../../shared/port/stream-port.ts'
import type { PermissionRegister } from '../consent/register.ts'
import type { Talk } from '../siblings/talk.ts'
import type { Store } from '../store/store.ts'
import { openCheckpoint } from './checkpoint.ts'
import { openElsewhere } from './elsewhere.ts'
import { openEndpoints } from './endpoints.ts'
import { createDeliveryMetrics, watchPending } from './metrics.ts'
import { type NoticePosting, postNotices } from './notices.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createPoster } from './post.ts'
import { createPull } from './pull.ts'
import type { DeliveryRooms } from './routes.ts'
import { createStreams } from './streams.ts'
import { createWebhooks } from './webhooks.ts'

export interface DeliverySetup {
  store: Store
  permissions: PermissionRegister
  /** Other backends on the same database; absent: there are none. */
  talk?: Pick<Talk, 'tell' | 'hear' | 'onMissed'>
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
  streams: { policy: StreamPolicy; attachDoor(door: StreamDoor): void }
  /** A key or certificate of this ESP holds no more: its streams are cut, here and at the backend that delivers. */
  proofsChanged(espId: string): void
  stop(): Promise<void>
}

/** How often it is looked who delivers: whoever is the first of the backends on a database. */
const SHIFT_LOOK_MS = 250

/** Delivers when it resolves, unless another backend does. */
export async function openDelivery(setup: DeliverySetup): Promise<OpenDelivery> {
  const { store, permissions, clock, nowMs, chance, registry, trouble } = setup
  const checkpoint = openCheckpoint(store)
  const endpoints = await openEndpoints(store, clock, setup.mayBePrivate, espId =>
    setup.talk?.tell({ do: 'webhook', espId }),
  )
  const poster = createPoster({ mayBePrivate: setup.mayBePrivate, nowMs, timeoutMs: setup.answerWithinMs })
  const metrics = createDeliveryMetrics(registry)
  const outbox = createOutbox({ store, permissions, checkpoint, clock, nowMs, metrics, trouble })
  const webhooks = createWebhooks({
    ...{ endpoints, poster, nowMs, chance, waitMs: setup.waitMs },
    roomMade: () => outbox.roomMade(),
  })
  const streams = createStreams({
    espOf: setup.espOf,
    isDelivering: () => outbox.isDelivering(),
    nowMs,
    roomMade: () => outbox.roomMade(),
    wanted: espId => outbox.wanted(espId, 'mqtt'),
  })
  outbox.attach(streams)
  outbox.attach(webhooks)
  watchPending(registry, outbox.pendingLanes)
  let posting: NoticePosting | undefined
  let shifting: Promise<void> | undefined

  async function begin(): Promise<void> {
    await endpoints.readAnew()
    await outbox.begin()
    for (const espId of endpoints.all()) outbox.wanted(espId, 'webhook')
    posting = postNotices({ notices: permissions.notices, webhooks, nowMs, chance, trouble })
  }

  function standDown(): void {
    posting?.stop()
    posting = undefined
    outbox.standDown()
    streams.dropAll()
  }

  /** Begins when the others are gone, and leaves it to another when the database says so. */
  async function lookAtShift(): Promise<void> {
    if (store.siblings.isFirst() === (posting !== undefined)) return
    if (posting !== undefined) return standDown()
    await begin().catch(error => {
      standDown()
      throw error
    })
  }

  function wanted(espId: string): void {
    outbox.wanted(espId, 'webhook')
    posting?.serve(espId)
  }

  async function readEndpoints(espId?: string): Promise<void> {
    await endpoints.readAnew()
    for (const one of espId === undefined ? endpoints.all() : [espId]) if (webhooks.serves(one)) wanted(one)
  }

  // Before anything is read: what is said meanwhile comes behind it.
  setup.talk?.hear({
    stored: ({ batches }) => outbox.storedElsewhere(batches),
    webhook: ({ espId }) => void readEndpoints(espId).catch(trouble),
    proofs: ({ espId }) => streams.endOf(espId),
  })
  setup.talk?.onMissed(() => readEndpoints())
  const elsewhere = openElsewhere({ outbox, webhooks, checkpoint, talk: setup.talk, trouble })

  const isActive = setup.isGuest !== true
  if (isActive) await lookAtShift()
  const looking = setInterval(() => {
    if (!isActive) return
    shifting ??= lookAtShift()
      .catch(trouble)
      .finally(() => {
        shifting = undefined
      })
  }, SHIFT_LOOK_MS)
  looking.unref()
  return {
    outbox,
    proofsChanged(espId) {
      streams.endOf(espId)
      setup.talk?.tell({ do: 'proofs', espId })
    },
    routes: {
      wanted,
      async replay(dead) {
        const isOver = permissions.permission(dead.permissionId) === undefined
        await (isOver ? checkpoint.replayed(dead.no, clock.wallS()) : elsewhere.replay(dead))
        return !isOver
      },
      deskOf: elsewhere.health,
      async healthOf(espId) {
        const channels = await Promise.all(
          ([webhooks, streams] as const).map(async ({ name, serves }) => ({
            ...{ channel: name, isTaken: serves(espId) },
            ...(await outbox.waitingFor(espId, name)),
          })),
        )
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
      clearInterval(looking)
      await shifting
      posting?.stop()
      await outbox.stop()
      webhooks.stop()
    },
  }
}
