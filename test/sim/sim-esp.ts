// An ESP beside the world: households permit it to read and take it back, while readings come, connections stall and the backend is killed. The real memory of
// permissions and the real outbox; commits and the channel are played. Its chances are its own, so that a seed's course is the same with and without it.
// I5: nothing is delivered without a permission valid at that instant, and only what it lets out. I6: after an end has committed no delivery starts.

import { Registry } from 'prom-client'
import type { Permission } from '../../backend/consent/permission.ts'
import { createValidity, type ValidityWriter } from '../../backend/consent/validity.ts'
import type { Checkpoint } from '../../backend/delivery/checkpoint.ts'
import type { Channel, Delivery, Outcome } from '../../backend/delivery/delivery.ts'
import { createDeliveryMetrics } from '../../backend/delivery/metrics.ts'
import { createOutbox, type Outbox, type OutboxRooms } from '../../backend/delivery/outbox.ts'
import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import type { ArrivedBatch } from '../../shared/port/ingest-port.ts'
import { acted, aNeed, granted, someScope } from '../support/permissions.ts'
import { type Broken, invariant } from './broken.ts'

interface Job {
  delivery: Delivery
  mayLeave(): boolean
  done(outcome: Outcome): void
}

/** What the database says of a permission, whatever the process knows. */
interface Truth {
  permission: Permission
  state: 'granted' | 'closing' | 'committed'
}

export interface SimEsp {
  /** Told of each stored batch. */
  stored(batch: ArrivedBatch): void
  tick(nowS: number): void
  /** The backend's process was killed and is back: what it had in memory is gone. */
  killed(): void
  delivered(): number
}

const metrics = createDeliveryMetrics(new Registry())
/** It takes over, and reads nothing of before. */
const nothing = { takeOver: () => new Promise<void>(() => undefined) }

export function createEsp(random: Random, dongleIds: string[], broken: Broken): SimEsp {
  const truths = new Map<number, Truth>()
  /** By permission: ends that were begun. */
  const closings = new Map<string, ReturnType<ValidityWriter['closing']>>()
  let nowMs = 0
  let permissions = 0
  let delivered = 0
  let queue: Job[] = []
  let { validity, outbox } = start()

  return { stored, tick, killed, delivered: () => delivered }

  function start(): { validity: ValidityWriter; outbox: Outbox } {
    const memory = createValidity(error => {
      throw error
    })
    for (const { permission } of truths.values()) memory.opened(permission, true)
    const box = createOutbox({
      // What is read from the store comes another way; here it never does.
      store: { settled: () => new Promise<void>(() => undefined) } as unknown as OutboxRooms['store'],
      permissions: { ...memory, logAccess: async () => undefined },
      checkpoint: nothing as unknown as Checkpoint,
      clock: { monotonicMs: () => nowMs, wallS: () => Math.floor(nowMs / 1000) },
      nowMs: () => nowMs,
      metrics,
      trouble: error => {
        throw error
      },
    })
    box.attach(channel())
    void box.begin()
    for (const { permission } of truths.values()) box.wanted(permission.espId, 'mqtt')
    return { validity: memory, outbox: box }
  }

  function channel(): Channel {
    return {
      name: 'mqtt',
      serves: () => true,
      hasRoom: () => queue.length < 6,
      send: (delivery, mayLeave, done) => void queue.push({ delivery, mayLeave, done }),
      end: (_permission, gone) => gone(),
    }
  }

  function stored(batch: ArrivedBatch): void {
    outbox.arrived(1 + dongleIds.indexOf(batch.dongleId), batch)
  }

  function killed(): void {
    queue = []
    closings.clear()
    // An end that had committed has ended, told or not; one that had not is as if it had never been asked.
    for (const [tenureNo, truth] of truths) {
      if (truth.state === 'committed') truths.delete(tenureNo)
      else truth.state = 'granted'
    }
    ;({ validity, outbox } = start())
  }

  function tick(nowS: number): void {
    nowMs = nowS * 1000
    for (let i = randomBelow(random, 4); i > 0; i--) startOne()
    for (let tenureNo = 1; tenureNo <= dongleIds.length; tenureNo++) live(tenureNo)
    for (let i = randomBelow(random, 3); i > 0; i--) startOne()
  }

  function live(tenureNo: number): void {
    const truth = truths.get(tenureNo)
    if (truth === undefined) {
      if (randomBelow(random, 15) === 0) grant(tenureNo)
      return
    }
    const { permission } = truth
    if (truth.state === 'granted' && randomBelow(random, 30) === 0) {
      closings.set(permission.permissionId, validity.closing([permission.permissionId]))
      truth.state = 'closing'
    } else if (truth.state === 'closing') truth.state = 'committed'
    else if (truth.state === 'committed') {
      const closing = closings.get(permission.permissionId) ?? validity.closing([permission.permissionId])
      closing.committed([acted(permission, { act: 'revoke', cause: 'asked' }, nowMs)])
      truths.delete(tenureNo)
    }
  }

  function grant(tenureNo: number): void {
    const need = aNeed({ fields: ['offtakeW', 'offtakeT1Wh'], periodS: 1, everyS: 0, historyS: 30 })
    const scope = someScope({ permissionId: `perm_${permissions++}`, tenureNo, tenureFromS: 0, need })
    const permission = granted(scope, nowMs)
    truths.set(tenureNo, { permission, state: 'granted' })
    validity.opened(broken === 'history-leaks' ? { ...permission, readingsFromS: 0 } : permission)
  }

  function startOne(): void {
    const job = queue.shift()
    if (job === undefined) return
    if (broken !== 'gate-asked-once' && !job.mayLeave()) {
      job.done({ kind: 'ended' })
      return
    }
    const { permission, rows } = job.delivery
    const truth = truths.get(permission.tenureNo)
    const isOwn = truth?.permission.permissionId === permission.permissionId
    invariant(isOwn && truth?.state !== 'committed', 'I6', () => 'a delivery started after the end had committed')
    const { readingsFromS, need } = (truth as Truth).permission
    for (const row of rows) {
      const isLetOut =
        row.timeS >= readingsFromS &&
        Object.keys(row).every(name => name === 'timeS' || need.fields.includes(name as never))
      invariant(isLetOut, 'I5', () => 'more was delivered than the permission lets out')
    }
    delivered += rows.length
    job.done(randomBelow(random, 5) === 0 ? { kind: 'again' } : { kind: 'delivered' })
  }
}
