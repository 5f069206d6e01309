// A part of `npm run cuts` in every run; the whole of it takes minutes. And proof that it would notice.

import { expect, test } from 'vitest'
import { cutFlow } from './cut.ts'
import { FLOWS } from './flows.ts'
import { cutAt, POOL, start, telegrams } from './world.ts'

const SOME = { stride: 61, isDeep: false, seed: 1 }

for (const flow of FLOWS) {
  test(`recovers from a power cut anywhere: ${flow.name}`, () => {
    const row = cutFlow(flow, SOME)
    expect(row.failures).toEqual([])
    expect(row).toMatchObject({ recovered: row.cuts, lostAcknowledged: 0, missingUncounted: 0 })
  })
}

test('a flow that erases what waits is caught', () => {
  const append = FLOWS.find(flow => flow.name === 'append')!
  const row = cutFlow(
    {
      ...append,
      act: world => {
        telegrams(start(world), 25)
        world.flashes.at(-1)!.erase(0)
        telegrams(start(world), 25)
      },
    },
    { ...SOME, stride: 7 },
  )
  expect(row.lostAcknowledged + row.missingUncounted).toBeGreaterThan(0)
})

test('a flow that leaves the identity in no copy is caught', () => {
  const row = cutFlow(
    {
      name: 'careless',
      prepare: FLOWS[0]!.prepare,
      act: world => {
        for (const sector of [0, 1]) world.flashes[0]!.erase(sector)
        start(world)
      },
    },
    { ...SOME, stride: 1 },
  )
  expect(row.recovered).toBe(0)
  expect(row.failures[0]).toContain('the identity is gone')
})

test('what is prepared is as it says: rings go round within their flows', () => {
  const erasesIn = (name: string): number[] => {
    const flow = FLOWS.find(one => one.name === name)!
    const world = flow.prepare()
    cutAt(world, 0, 'before')
    const before = world.flashes.map(flash => flash.erasesOf.reduce((sum, count) => sum + count, 0))
    flow.act(world)
    return world.flashes.map(
      (flash, i) => flash.erasesOf.reduce((sum, count) => sum + count, 0) - (before[i] as number),
    )
  }
  expect(erasesIn('wrap and drop')[POOL]).toBeGreaterThan(0)
  expect(erasesIn('boot counter turns over')[0]).toBe(1)
  expect(erasesIn('journal turns over')[1]).toBeGreaterThan(0)
})
