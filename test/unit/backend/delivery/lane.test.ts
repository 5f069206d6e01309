// The outbox's core under any order of arrivals, confirmations, failures, pauses and restarts: everything that was stored and is covered arrives, whole
// periods are what the store says, and what a restart begins with holds all that was not confirmed.

import { expect, test } from 'vitest'
import { type Cut, type Delivered, reduce } from '../../../../backend/delivery/cut.ts'
import {
  addPending,
  arrive,
  createLane,
  due,
  type Lane,
  remembered,
  SLOT_GRACE_S,
  taken,
  tick,
} from '../../../../backend/delivery/lane.ts'
import fc from '../../../support/given-cases.ts'

const T0 = 1_776_268_800
const END_S = T0 + 300

interface World {
  lane: Lane
  stored: Delivered[]
  /** Newest delivered version of each time. */
  had: Map<number, Delivered>
  underWay: { key: string; rows: Delivered[] }[]
  nowS: number
  keys: number
}

const cutOf = (periodS: number): Cut => ({
  fields: ['offtakeW'],
  fromS: T0 + 7,
  untilS: END_S - 13,
  periodS,
  aggregation: 'mean',
})

function send(world: World, rows: Delivered[]): void {
  const { lane, underWay } = world
  if (rows.length === 0) return
  const key = `delivery ${world.keys++}`
  lane.underWay.set(key, { fromS: rows[0]!.timeS, toS: rows.at(-1)!.timeS + lane.cut.periodS })
  underWay.push({ key, rows })
}

function storedIn({ stored, lane: { cut } }: World, fromS: number, toS: number): Delivered[] {
  const rows = stored.filter(({ timeS }) => timeS >= Math.max(fromS, cut.fromS) && timeS < Math.min(toS, cut.untilS))
  return reduce(
    rows.sort((a, b) => a.timeS - b.timeS),
    cut,
  )
}

function readAll(world: World): void {
  for (let range = due(world.lane, world.nowS); range !== undefined; range = due(world.lane, world.nowS)) {
    taken(world.lane, range)
    send(world, storedIn(world, range.fromS, range.toS))
  }
}

function settle(world: World, isConfirmed: boolean): void {
  const one = world.underWay.shift()
  if (one === undefined) return
  const range = world.lane.underWay.get(one.key)!
  world.lane.underWay.delete(one.key)
  if (isConfirmed) for (const row of one.rows) world.had.set(row.timeS, row)
  else addPending(world.lane, range)
}

const anAct = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('next' as const),
      count: fc.integer({ min: 1, max: 12 }),
      hasRoom: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('late' as const), hasRoom: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const), isConfirmed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'read' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
)

for (const [periodS, everyS] of [
  [1, 0],
  [10, 0],
  [1, 20],
  [5, 30],
  [90, 0],
] as const) {
  test(`period ${periodS} s, schedule ${everyS} s: nothing that is covered stays behind, whatever happens on the way`, () => {
    fc.assert(
      fc.property(fc.array(anAct, { maxLength: 60 }), acts => {
        const cut = cutOf(periodS)
        const world: World = {
          lane: createLane(cut, everyS, []),
          stored: [],
          had: new Map(),
          underWay: [],
          nowS: T0,
          keys: 0,
        }
        let nextS = T0
        const skipped: number[] = []
        const come = (times: number[], hasRoom: boolean): void => {
          const rows = times.map(timeS => ({ timeS, offtakeW: timeS % 977 }))
          world.stored.push(...rows)
          const covered = rows.filter(({ timeS }) => timeS >= cut.fromS && timeS < cut.untilS)
          send(world, arrive(world.lane, covered, hasRoom))
        }
        for (const act of acts) {
          if (act.kind === 'next') {
            const times = Array.from({ length: act.count }, (_, i) => nextS + i).filter(timeS => timeS < END_S)
            nextS += act.count
            // Every fifth batch is on its way for longer: it comes as a late one.
            if (act.count % 5 === 0) skipped.push(...times)
            else come(times, act.hasRoom)
            world.nowS = Math.max(world.nowS, nextS)
          } else if (act.kind === 'late') come(skipped.splice(0), act.hasRoom)
          else if (act.kind === 'settle') settle(world, act.isConfirmed)
          else if (act.kind === 'read') readAll(world)
          else {
            world.lane = createLane(cut, everyS, remembered(world.lane))
            world.underWay = []
          }
        }
        // Everything heals: what is late comes, the meter falls silent, the ESP confirms.
        come(skipped.splice(0), true)
        world.nowS = END_S + 2 * SLOT_GRACE_S
        send(world, tick(world.lane, world.nowS, true))
        for (let i = 0; i < 3; i++) {
          readAll(world)
          while (world.underWay.length > 0) settle(world, true)
        }
        expect(remembered(world.lane)).toEqual([])
        const had = [...world.had.values()].sort((a, b) => a.timeS - b.timeS)
        expect(had).toEqual(storedIn(world, T0, END_S))
      }),
      { seed: 49, numRuns: 150 },
    )
  })
}

test('a reading goes out at once where there is room, and a period as soon as the next one begins', () => {
  const everySecond = createLane(cutOf(1), 0, [])
  expect(arrive(everySecond, [{ timeS: T0 + 10, offtakeW: 1 }], true)).toEqual([{ timeS: T0 + 10, offtakeW: 1 }])
  const everyTen = createLane(cutOf(10), 0, [])
  const second = (offsetS: number) => ({ timeS: T0 + offsetS, offtakeW: offsetS })
  for (let i = 10; i < 20; i++) expect(arrive(everyTen, [second(i)], true)).toEqual([])
  expect(arrive(everyTen, [second(20)], true)).toEqual([{ timeS: T0 + 10, lastS: T0 + 19, count: 10, offtakeW: 15 }])
})
