// Races of a revocation against deliveries, by the seed: the real memory of permissions, the real outbox and its lanes; commits and channels are played, step
// by step in any order. Between the instant in which a commit is durable and the one in which the process hears of it anything may happen.

import { Registry } from 'prom-client'
import { createValidity, type ValidityWriter } from '../../backend/consent/validity.ts'
import type { Checkpoint } from '../../backend/delivery/checkpoint.ts'
import type { Channel, Delivery, Outcome } from '../../backend/delivery/delivery.ts'
import { createDeliveryMetrics } from '../../backend/delivery/metrics.ts'
import { createOutbox, type Outbox, type OutboxRooms } from '../../backend/delivery/outbox.ts'
import type { Batch } from '../../shared/batch/batch.ts'
import { type Random, randomBelow, seededRandom } from '../../shared/kernel/random.ts'
import type { ArrivedBatch } from '../../shared/port/ingest-port.ts'
import { acted, aNeed, granted, someScope } from '../support/permissions.ts'

/** told-late: memory is told only when the commit is known. asked-once: nobody asks again in the instant of sending. */
export const BROKEN_RACES = ['told-late', 'asked-once'] as const
export type BrokenRace = (typeof BROKEN_RACES)[number] | undefined

export interface RaceReport {
  seed: number
  rounds: number
  started: number
  held: number
  /** Deliveries that started when the end had committed (I6), or without a permission (I5). */
  afterCommit: number
  /** Ends whose commit failed: the permission goes on. */
  failedEnds: number
}

interface Job {
  delivery: Delivery
  mayLeave(): boolean
  done(outcome: Outcome): void
}

const STEPS = 14
const NOW_MS = 1_776_268_800_000
const TENURE_NO = 1

interface World {
  random: Random
  validity: ValidityWriter
  outbox: Outbox
  queue: Job[]
  broken: BrokenRace
  report: RaceReport
  nextS: number
}

export function runRaces(seed: number, rounds: number, broken?: BrokenRace): RaceReport {
  const world = createWorld(seed, broken)
  for (let round = 0; round < rounds; round++) race(world, `perm_${round}`)
  world.report.rounds = rounds
  return world.report
}

function createWorld(seed: number, broken: BrokenRace): World {
  const validity = createValidity(error => {
    throw error
  })
  const queue: Job[] = []
  // It takes over, and reads nothing of before.
  const checkpoint = { takeOver: () => new Promise<void>(() => undefined) }
  const outbox = createOutbox({
    store: { settled: () => new Promise<void>(() => undefined) } as unknown as OutboxRooms['store'],
    permissions: { ...validity, logAccess: async () => undefined },
    checkpoint: checkpoint as unknown as Checkpoint,
    clock: { monotonicMs: () => 0, wallS: () => NOW_MS / 1000 },
    nowMs: () => NOW_MS,
    metrics: createDeliveryMetrics(new Registry()),
    trouble: error => {
      throw error
    },
  })
  const channel: Channel = {
    name: 'mqtt',
    serves: () => true,
    hasRoom: () => queue.length < 4,
    send: (delivery, mayLeave, done) => void queue.push({ delivery, mayLeave, done }),
    end: (_permission, gone) => gone(),
  }
  outbox.attach(channel)
  void outbox.begin()
  const report = { seed, rounds: 0, started: 0, held: 0, afterCommit: 0, failedEnds: 0 }
  return { random: seededRandom(seed), validity, outbox, queue, broken, report, nextS: NOW_MS / 1000 }
}

/** One permission from its grant to its end; what is drawn decides who is quicker. */
function race(world: World, permissionId: string): void {
  const { random, validity, outbox, queue, report, broken } = world
  const need = aNeed({ periodS: 1, everyS: 0, historyS: 0, lifetimeS: 86_400 * 300 })
  const permission = granted(someScope({ permissionId, tenureNo: TENURE_NO, tenureFromS: 0, need }), NOW_MS)
  validity.opened(permission)
  /** granted → closing → committed (durable) → known, or back to granted. */
  let state = 'granted' as 'granted' | 'closing' | 'committed' | 'known'
  let closing: ReturnType<ValidityWriter['closing']> | undefined
  const end = (): void => {
    closing ??= validity.closing([permissionId])
    closing.committed([acted(permission, { act: 'revoke', cause: 'asked' }, NOW_MS)])
    state = 'known'
  }
  const endFrom = randomBelow(random, STEPS)
  for (let step = 0; step < STEPS || state !== 'known'; step++) {
    const draw = randomBelow(random, 8)
    if (draw < 3) outbox.arrived(TENURE_NO, aBatchOfOne(world))
    else if (draw < 6) startOne(world, () => state === 'committed' || state === 'known')
    else if (step >= endFrom) {
      if (state === 'granted') {
        if (broken !== 'told-late') closing = validity.closing([permissionId])
        state = 'closing'
      } else if (state === 'closing' && randomBelow(random, 5) === 0) {
        closing?.failed()
        closing = undefined
        report.failedEnds++
        state = 'granted'
      } else if (state === 'closing') state = 'committed'
      else if (state === 'committed') end()
    }
  }
  while (queue.length > 0) startOne(world, () => true)
}

function startOne(world: World, isOver: () => boolean): void {
  const { queue, random, report, broken } = world
  const job = queue.splice(randomBelow(random, Math.max(1, queue.length)), 1)[0]
  if (job === undefined) return
  if (broken !== 'asked-once' && !job.mayLeave()) {
    report.held++
    job.done({ kind: 'ended' })
    return
  }
  report.started++
  if (isOver()) report.afterCommit++
  job.done(randomBelow(random, 4) === 0 ? { kind: 'again' } : { kind: 'delivered' })
}

function aBatchOfOne(world: World): ArrivedBatch {
  const timeS = world.nextS++
  // Within the permission's time, whatever the round.
  const batch: Batch = { boot: 1, firstSeq: 0, meter: 0, timeS: [timeS], fields: [4], columns: [[412]], losses: [] }
  return { dongleId: '', batch, readings: 1, losses: [], bytes: new Uint8Array(0), receivedAtMs: NOW_MS }
}
