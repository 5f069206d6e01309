import { expect, test } from 'vitest'
import { remembering } from '../../../shared/kernel/remembering.ts'

test('sixteen texts are kept, those that were asked for last', () => {
  const made: string[] = []
  const lengthOf = remembering(text => {
    made.push(text)
    return text.length
  }, 16)
  const texts = Array.from({ length: 16 }, (_, i) => 'x'.repeat(i))
  for (const text of texts) lengthOf(text)
  expect(lengthOf('')).toBe(0)
  lengthOf('one more')
  expect(made).toEqual([...texts, 'one more'])
  expect([lengthOf(''), lengthOf('x')]).toEqual([0, 1])
  expect(made).toEqual([...texts, 'one more', 'x'])
})

test('what could not be made is tried again', () => {
  let tries = 0
  const failing = remembering(() => {
    tries++
    throw new SyntaxError('no script')
  }, 16)
  for (let i = 0; i < 2; i++) expect(() => failing('(')).toThrow('no script')
  expect(tries).toBe(2)
})
