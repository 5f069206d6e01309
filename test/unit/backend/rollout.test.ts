// The rollout's core among everything that can happen to it: whatever the seed, a bad release reaches the first wave at most, nothing is given
// without two people, and a good release reaches everyone who can be reached.

import { describe, expect, test } from 'vitest'
import { type MemberReport, type MemberState, memberAfter } from '../../../backend/updates/members.ts'
import {
  faultOfPlan,
  isInWindow,
  type RolloutPlan,
  reachOf,
  USUAL_PLAN,
  waveAfter,
} from '../../../backend/updates/plan.ts'
import { proposeRollout, stepRollout } from '../../../backend/updates/rollout.ts'
import fc from '../../support/given-cases.ts'
import { type Fleet, RolloutWorld, TICK_S } from '../../support/rollout-world.ts'

const SOON: RolloutPlan = { ...USUAL_PLAN, soakS: 3600, patienceS: 14_400, answerS: 14_400 }
const SOUND: Fleet = { dongles: 40, badPermille: 0, awayPermille: 0, silentPermille: 0, herePermille: 800 }
const RUNS = { numRuns: 60 }

function approved(seed: number, plan: RolloutPlan, fleet: Fleet): RolloutWorld {
  const world = new RolloutWorld(seed, plan, fleet)
  expect(world.step({ kind: 'approved', by: 'checker', nowS: world.nowS })).toBe(true)
  return world
}

function ticks(world: RolloutWorld, count: number, until: () => boolean = () => false): void {
  for (let i = 0; i < count && !until(); i++) world.tick()
}

describe('the plan', () => {
  test('takes 5, 1 %, 10 %, 50 %, all of a fleet, and no wave that takes nobody more', () => {
    const reaches = (total: number) => USUAL_PLAN.waves.map((_, i) => reachOf(USUAL_PLAN, i, total))
    expect(reaches(10_000)).toEqual([5, 100, 1000, 5000, 10_000])
    expect(reaches(200)).toEqual([5, 5, 20, 100, 200])
    expect(waveAfter(USUAL_PLAN, 0, 200)).toBe(2)
    expect(reaches(3)).toEqual([3, 3, 3, 3, 3])
    expect(waveAfter(USUAL_PLAN, 0, 3)).toBeUndefined()
  })

  test('has waves that rise to all, and a window in a zone that there is', () => {
    expect(faultOfPlan(USUAL_PLAN)).toBeUndefined()
    const waves = (...sizes: RolloutPlan['waves']) => faultOfPlan({ ...USUAL_PLAN, waves: sizes })?.code
    expect(waves()).toBe('plan.waves')
    expect(waves({ dongles: 5 })).toBe('plan.waves')
    expect(waves({ permille: 500 }, { permille: 100 }, { permille: 1000 })).toBe('plan.waves')
    const window = { fromMinute: 60, toMinute: 300, timeZone: 'Europe/Nowhere' }
    expect(faultOfPlan({ ...USUAL_PLAN, window })?.code).toBe('plan.window')
    expect(faultOfPlan({ ...USUAL_PLAN, window: { ...window, timeZone: 'Europe/Brussels' } })).toBeUndefined()
  })

  test('opens its window by the local clock, over midnight and in summer time', () => {
    const window = { fromMinute: 23 * 60, toMinute: 5 * 60, timeZone: 'Europe/Brussels' }
    const open = (utc: string) => isInWindow(window, Date.parse(utc) / 1000)
    expect(open('2026-07-01T20:59:00Z')).toBe(false)
    expect(open('2026-07-01T21:00:00Z')).toBe(true)
    expect(open('2026-07-02T02:59:00Z')).toBe(true)
    expect(open('2026-07-02T03:00:00Z')).toBe(false)
    expect(open('2026-01-01T21:30:00Z')).toBe(false)
    expect(open('2026-01-01T22:00:00Z')).toBe(true)
  })
})

describe('two people', () => {
  test('whoever made it cannot approve it, and nothing moves before somebody else has', () => {
    const world = new RolloutWorld(1, SOON, SOUND)
    expect(world.step({ kind: 'approved', by: 'maker', nowS: world.nowS })).toBe(false)
    expect(world.step({ kind: 'resumed', by: 'checker', nowS: world.nowS })).toBe(false)
    ticks(world, 100)
    expect(world.given()).toBe(0)
    expect(world.step({ kind: 'approved', by: 'checker', nowS: world.nowS })).toBe(true)
    expect(world.step({ kind: 'approved', by: 'third', nowS: world.nowS })).toBe(false)
    ticks(world, 20, () => world.given() === 5)
    expect(world.given()).toBe(5)
  })
})

describe('a bad release', () => {
  test('reaches the first wave at most, whatever the fleet, and is stopped for good', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.record({
          dongles: fc.integer({ min: 6, max: 120 }),
          badPermille: fc.constant(1000),
          awayPermille: fc.integer({ min: 0, max: 900 }),
          silentPermille: fc.constant(0),
          herePermille: fc.integer({ min: 50, max: 1000 }),
        }),
        (seed, fleet) => {
          const world = approved(seed, SOON, fleet)
          ticks(world, 2000, () => world.rollout.state === 'stopped')
          expect(world.given()).toBeLessThanOrEqual(5)
          expect(world.count('healthy')).toBe(0)
          if (world.members.some(member => member.fate === 'bad')) expect(world.rollout.state).toBe('stopped')
          expect(world.step({ kind: 'resumed', by: 'checker', nowS: world.nowS })).toBe(false)
          const given = world.given()
          ticks(world, 50)
          expect(world.given()).toBe(given)
        },
      ),
      RUNS,
    )
  })

  test('that only some dongles do not take goes no further than the wave in which it shows', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 40, max: 400 }), (seed, badPermille) => {
        const world = approved(seed, SOON, { ...SOUND, dongles: 200, badPermille })
        let worst = 0
        ticks(world, 2000, () => {
          const { waveNo, plan, total, state } = world.rollout
          const reach = reachOf(plan, waveNo, total)
          const failed = world.count('returned')
          if (state === 'running') worst = Math.max(worst, failed - Math.floor((reach * plan.errorPermille) / 1000))
          return state === 'stopped' || state === 'done'
        })
        expect(worst).toBeLessThanOrEqual(0)
      }),
      RUNS,
    )
  })

  test('takes back what a dongle has not begun', () => {
    const world = approved(3, SOON, { ...SOUND, badPermille: 1000 })
    world.tick()
    expect(world.count('given')).toBeGreaterThan(1)
    const first = world.members.find(member => member.state === 'given')
    Object.assign(first as object, { state: 'returned' })
    world.step({ kind: 'looked', nowS: world.nowS })
    expect(world.rollout).toMatchObject({ state: 'stopped', reason: 'too-many-failed' })
    expect(world.count('given')).toBe(0)
    expect(world.count('withdrawn')).toBeGreaterThan(0)
  })
})

describe('a good release', () => {
  test('reaches everyone who can be reached, and whoever is away holds up nobody', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 0, max: 700 }),
        fc.integer({ min: 100, max: 1000 }),
        (seed, dongles, awayPermille, herePermille) => {
          // who is here one time in ten answers late, but not never
          const patient = { ...SOON, answerS: 30 * 86_400 }
          const world = approved(seed, patient, { ...SOUND, dongles, awayPermille, herePermille })
          const reachable = world.members.filter(member => member.fate === 'well').length
          ticks(world, 6000, () => world.rollout.state === 'done')
          // waves have waited and soaked; a fleet that is away altogether proves nothing
          expect(world.rollout.state).toBe(reachable === 0 ? 'running' : 'done')
          ticks(world, 200, () => world.count('healthy') === reachable)
          expect(world.count('healthy')).toBe(reachable)
        },
      ),
      RUNS,
    )
  })

  test('soaks: no wave begins before the one before was well for its time', () => {
    const world = approved(5, { ...SOON, soakS: 86_400 }, { ...SOUND, dongles: 60, herePermille: 1000 })
    ticks(world, 500, () => world.count('healthy') === 5)
    const wellAtS = world.nowS
    ticks(world, 500, () => world.given() > 5)
    expect(world.nowS - wellAtS).toBeGreaterThanOrEqual(86_400)
    expect(world.nowS - wellAtS).toBeLessThan(86_400 + 4 * TICK_S)
  })

  test('that a dongle gives up in its soak goes no further', () => {
    const world = approved(5, SOON, { ...SOUND, herePermille: 1000 })
    ticks(world, 500, () => world.count('healthy') === 5)
    const one = world.members.find(member => member.state === 'healthy') as { state: MemberState }
    one.state = memberAfter('healthy', { outcome: 'returned', running: 6 }, 7)
    world.tick()
    expect(world.rollout.state).toBe('stopped')
  })
})

describe('people', () => {
  test('may pause, resume and cancel at any moment: nothing is given while it does not run', () => {
    const word = fc.constantFrom('paused', 'resumed', 'tick', 'tick', 'tick', 'cancelled' as const)
    fc.assert(
      fc.property(fc.nat(), fc.array(word, { maxLength: 120 }), (seed, words) => {
        const world = approved(seed, SOON, SOUND)
        for (const kind of words) {
          const before = { given: world.given(), state: world.rollout.state }
          if (kind === 'tick') world.tick()
          else world.step({ kind, by: 'checker', nowS: world.nowS })
          if (before.state !== 'running' && before.state !== 'done') expect(world.given()).toBe(before.given)
          if (before.state === 'cancelled') expect(world.rollout.state).toBe('cancelled')
        }
      }),
      RUNS,
    )
  })

  test('are asked when too many fall silent; whoever resumes has seen those, and the next ones count anew', () => {
    const world = approved(9, SOON, { ...SOUND, silentPermille: 1000 })
    ticks(world, 100, () => world.rollout.state === 'paused')
    expect(world.rollout).toMatchObject({ state: 'paused', reason: 'too-many-silent' })
    expect(world.given()).toBeLessThanOrEqual(5)
    expect(world.step({ kind: 'resumed', by: 'checker', nowS: world.nowS })).toBe(true)
    world.tick()
    expect(world.rollout.state).toBe('running')
  })

  test('time of a pause is no absence: the wave waits for its dongles from the resume on', () => {
    const world = approved(9, SOON, { ...SOUND, herePermille: 0 })
    world.step({ kind: 'paused', by: 'checker', nowS: world.nowS })
    ticks(world, 200)
    world.step({ kind: 'resumed', by: 'checker', nowS: world.nowS })
    world.tick()
    expect(world.rollout.admitted).toBe(5)
    ticks(world, SOON.patienceS / TICK_S)
    expect(world.rollout.admitted).toBe(10)
  })
})

describe('what a dongle says', () => {
  const say = (state: MemberState, outcome: MemberReport['outcome'], running?: number) =>
    memberAfter(state, { outcome, running }, 7)

  test.each([
    ['given', 'begun', undefined, 'begun'],
    ['begun', 'done', 7, 'healthy'],
    ['given', 'done', 7, 'healthy'],
    ['begun', 'done', 6, 'returned'],
    ['begun', 'returned', 6, 'returned'],
    ['given', 'refused', 8, 'ahead'],
    ['given', 'refused', 7, 'ahead'],
    ['given', 'refused', 6, 'refused'],
    ['begun', 'failed', undefined, 'failed'],
    ['healthy', 'returned', 6, 'returned'],
    ['healthy', 'done', 7, 'healthy'],
    ['healthy', 'done', 6, 'returned'],
    ['healthy', 'done', 8, 'healthy'],
    ['returned', 'done', 7, 'returned'],
    ['waiting', 'done', 7, 'waiting'],
    ['withdrawn', 'returned', 6, 'withdrawn'],
    ['withdrawn', 'done', 7, 'healthy'],
  ] as const)('%s, then %s running %s: %s', (state, outcome, running, after) => {
    expect(say(state, outcome, running)).toBe(after)
  })
})

test('a step that is not possible says so and leaves everything as it was', () => {
  const rollout = proposeRollout(USUAL_PLAN, 10, 'maker')
  const none = USUAL_PLAN.waves.map(() => ({ given: 0, healthy: 0, failed: 0, silent: 0 }))
  expect(stepRollout(rollout, none, { kind: 'paused', by: 'x', nowS: 0 })).toEqual({
    ok: false,
    fault: { code: 'rollout.wrong-state', state: 'proposed' },
  })
  expect(stepRollout(rollout, none, { kind: 'approved', by: 'maker', nowS: 0 })).toEqual({
    ok: false,
    fault: { code: 'rollout.same-person' },
  })
})
