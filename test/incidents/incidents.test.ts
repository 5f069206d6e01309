// The incident simulator: a fixed set of scripts and fresh ones, a few days of telegrams, and proof that it can fail.

import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { BROKEN } from './broken.ts'
import { runMonth } from './month.ts'
import { type Outcome, runScript } from './script.ts'
import { tableOf } from './table.ts'

const FIXED = Array.from({ length: 150 }, (_, i) => i + 1)
const FRESH = Array.from({ length: 50 }, () => randomBytes(4).readUInt32BE())

// each once, whoever asks: that a seed always gives the same has a test of its own
const outcomes = new Map<number, Outcome>()
function outcomeOfSeed(seed: number): Outcome {
  const outcome = outcomes.get(seed) ?? runScript(seed)
  outcomes.set(seed, outcome)
  return outcome
}

const outcomeOf = (changes: Partial<Outcome>): Outcome => ({
  seed: 1,
  kind: 'kicked',
  isHarmed: true,
  recoveryS: 10,
  isReplug: false,
  restarts: 0,
  missed: 0,
  violation: undefined,
  ...changes,
})

test.each([
  ['fixed', FIXED],
  ['fresh', FRESH],
])('%s scripts: nobody pulls a plug, no rule is broken', (_name, seeds) => {
  const all = seeds.map(outcomeOfSeed)
  expect(all.filter(one => one.violation !== undefined)).toEqual([])
  expect(all.filter(one => one.isReplug)).toEqual([])
})

test('half of the harmed are back within two minutes after the cause has gone', () => {
  const { all, complaints } = tableOf(FIXED.map(outcomeOfSeed))
  expect(complaints).toEqual([])
  expect(all.harmed).toBeGreaterThan(50)
  expect(all.medianS).toBeLessThan(120)
})

test('equal seeds give equal outcomes', () => {
  for (const seed of [7, 77, 777]) expect(runScript(seed)).toEqual(runScript(seed))
})

test('three days of telegrams: what is missed while connecting and while the chip starts is counted, each one', () => {
  const month = runMonth(4, 3)
  expect(month.counted).toBe(month.missed + month.unheard)
  expect(month.missed).toBeGreaterThan(0)
  expect(month.missed / month.telegrams).toBeLessThan(0.005)
  expect(month.updates).toBeGreaterThan(0)
  expect(month.unheard).toBeGreaterThan(0)
})

test('what an erase cuts is counted, each telegram, and on a chip as data sheets have it none is', () => {
  const [slow, good] = [runMonth(4, 1, 600), runMonth(4, 1)]
  expect(slow.cut).toBeGreaterThan(50)
  expect(slow.cutCounted).toBe(slow.cut)
  expect(good.cut).toBe(0)
})

describe('it can fail', () => {
  test.each(Object.entries(BROKEN))('the variant %s is caught', (_name, { breakIt, sentence }) => {
    const violation = (seed: number): string => runScript(seed, breakIt).violation ?? ''
    expect(FIXED.some(seed => sentence.test(violation(seed)))).toBe(true)
  })

  test('the table complains of a slow median and of every broken rule, and of nothing else', () => {
    expect(tableOf([outcomeOf({})]).complaints).toEqual([])
    expect(tableOf([outcomeOf({ recoveryS: 120 })]).complaints).toEqual(['median recovery 120 s, goal under 120 s'])
    expect(tableOf([outcomeOf({ seed: 47, violation: 'never came back', isReplug: true })]).complaints).toEqual([
      'seed 0x2f: never came back',
    ])
  })
})
