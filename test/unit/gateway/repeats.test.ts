import { expect, test } from 'vitest'
import { createRepeats } from '../../../gateway/repeats.ts'
import { lines } from '../../support/link-under-test.ts'

test('many repeats in a minute are said once, and once when they are over; a few are what lost links leave', () => {
  const { log, said } = lines()
  let nowMs = 0
  const repeats = createRepeats({ monotonicMs: () => nowMs, wallS: () => 0 }, log)
  const minute = (count: number): void => {
    nowMs += 61_000
    for (let i = 0; i < count; i++) repeats.note()
  }
  for (let i = 0; i < 10; i++) minute(99)
  expect(said).toEqual([])
  for (let i = 0; i < 3; i++) minute(5000)
  expect(said.map(({ level }) => level)).toEqual(['warn'])
  minute(3)
  minute(1)
  expect(said.map(({ level }) => level)).toEqual(['warn', 'info'])
})
