// What the virtual dongle makes of a script is made once, however many other scripts run between two boots.

import { expect, test } from 'vitest'
import { engineScript } from '../../../../firmware/host/realm.ts'
import { remembering } from '../../../../firmware/host/remembered.ts'

test('a script that boots again is not written anew, though each boot runs small ones before it', () => {
  const program = 'let volts="230";print(volts-0)'
  const first = engineScript(program)
  for (const small of ['globalThis', 'typeof onInit']) engineScript(small)
  expect(engineScript(program)).toBe(first)
})

test('sixteen texts are kept, those that were asked for last', () => {
  const made: string[] = []
  const lengthOf = remembering(text => {
    made.push(text)
    return text.length
  })
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
  })
  for (let i = 0; i < 2; i++) expect(() => failing('(')).toThrow('no script')
  expect(tries).toBe(2)
})
