import { expect, test } from 'vitest'
import { asksDirectory, createAdmissions, isAnswered, isLate } from '../../../gateway/broker/admissions.ts'

test('is late while the one that has waited longest has waited for more than two seconds', () => {
  const admissions = createAdmissions()
  const [first, second] = [{}, {}]
  expect(isLate(admissions, 0)).toBe(false)
  asksDirectory(admissions, first, 1000)
  asksDirectory(admissions, second, 2500)
  expect(isLate(admissions, 3000)).toBe(false)
  expect(isLate(admissions, 3001)).toBe(true)
  isAnswered(admissions, first)
  expect(isLate(admissions, 4500)).toBe(false)
  expect(isLate(admissions, 4501)).toBe(true)
  isAnswered(admissions, second)
  expect(isLate(admissions, 99_999)).toBe(false)
})
