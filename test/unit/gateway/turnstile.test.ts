import { expect, test } from 'vitest'
import { createTurnstile } from '../../../gateway/turnstile.ts'
import fc from '../../support/given-cases.ts'

/** A turnstile whose turns the test makes. */
function turned(perTurn: number, turnsMost?: number) {
  const steps: (() => void)[] = []
  const passed: number[] = []
  const turnstile = createTurnstile(perTurn, step => steps.push(step), turnsMost)
  return {
    passed,
    open: () => turnstile.open(),
    enter: (who: number, isThere = true) => turnstile.enter(() => isThere && passed.push(who) > 0),
    turn: () => {
      for (const step of steps.splice(0)) step()
    },
    isQuiet: () => steps.length === 0,
  }
}

test('who comes alone goes through at once', () => {
  const { enter, passed, turn, isQuiet } = turned(2)
  enter(1)
  expect(passed).toEqual([1])
  turn()
  expect(isQuiet()).toBe(true)
})

test('of many that come at once so many go through in each turn, in the order in which they came', () => {
  const { enter, passed, turn } = turned(2)
  for (const who of [1, 2, 3, 4, 5]) enter(who)
  expect(passed).toEqual([1, 2])
  turn()
  expect(passed).toEqual([1, 2, 3, 4])
  enter(6)
  turn()
  expect(passed).toEqual([1, 2, 3, 4, 5, 6])
})

test('who has gone meanwhile takes nobody’s place', () => {
  const { enter, passed, turn } = turned(1)
  enter(1)
  enter(2, false)
  enter(3, false)
  enter(4)
  turn()
  expect(passed).toEqual([1, 4])
})

test('where more wait than go through in the turns that somebody may wait, more go through in each', () => {
  const { enter, passed, turn } = turned(2, 10)
  for (let who = 0; who < 100; who++) enter(who)
  turn()
  expect(passed).toHaveLength(2 + 10)
  let turns = 1
  for (; passed.length < 100; turns++) turn()
  // each turn a tenth of those who still wait, then two
  expect(turns).toBeLessThan(25)
  expect(passed).toEqual(Array.from({ length: 100 }, (_, who) => who))
})

test('opened, all who wait go through; who comes later waits again', () => {
  const { enter, passed, turn, open } = turned(1)
  for (const who of [1, 2, 3]) enter(who)
  open()
  expect(passed).toEqual([1, 2, 3])
  enter(4)
  expect(passed).toEqual([1, 2, 3])
  turn()
  expect(passed).toEqual([1, 2, 3, 4])
})

test('whoever comes when: nobody is left behind, overtaken, or one too many in a turn', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ comes: fc.nat(9), isThere: fc.boolean() })),
      (perTurn, turns) => {
        const { enter, passed, turn, isQuiet } = turned(perTurn)
        const expected: number[] = []
        let who = 0
        for (const { comes, isThere } of turns) {
          const before = passed.length
          turn()
          for (let i = 0; i < comes; i++) {
            if (isThere) expected.push(who)
            enter(who++, isThere)
          }
          expect(passed.length - before).toBeLessThanOrEqual(perTurn)
        }
        for (let i = 0; i <= who; i++) turn()
        expect(passed).toEqual(expected)
        expect(isQuiet()).toBe(true)
      },
    ),
  )
})
