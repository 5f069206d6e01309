// A data need in order, and what another need is.

import { expect, test } from 'vitest'
import { checkNeed, isSameNeed } from '../../../../backend/consent/data-need.ts'
import { valueOrThrow } from '../../../support/facts.ts'
import { aNeed } from '../../../support/permissions.ts'

test('fields in another order are the same need; another field, rate or purpose is another', () => {
  const need = valueOrThrow(checkNeed(aNeed({ fields: ['injectionW', 'offtakeW'] })))
  expect(need.fields).toEqual(['offtakeW', 'injectionW'])
  expect(isSameNeed(need, valueOrThrow(checkNeed(aNeed())))).toBe(true)
  expect(isSameNeed(need, aNeed({ fields: ['offtakeW'] }))).toBe(false)
  expect(isSameNeed(need, aNeed({ periodS: 1 }))).toBe(false)
  expect(isSameNeed(need, aNeed({ purpose: { ...need.purpose, de: 'Werbung' } }))).toBe(false)
})

test('a schedule that holds no whole periods, and a time without its value, are refused', () => {
  expect(checkNeed(aNeed({ everyS: 15 }))).toMatchObject({ fault: { code: 'need.schedule' } })
  expect(checkNeed(aNeed({ everyS: 5 }))).toMatchObject({ fault: { code: 'need.schedule' } })
  expect(checkNeed(aNeed({ everyS: 0 })).ok).toBe(true)
  expect(checkNeed(aNeed({ fields: ['gasAtS'] }))).toMatchObject({
    fault: { code: 'need.time-alone', field: 'gasAtS' },
  })
})
