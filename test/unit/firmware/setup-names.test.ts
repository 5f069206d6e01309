// The one answer of the setup network's name server, for questions that are plain; none for anything else.

import { expect, test } from 'vitest'
import { nameAnswer } from '../../../firmware/setup/names.ts'
import fc from '../../support/given-cases.ts'

const name = (...labels: string[]): string => `${labels.map(one => String.fromCharCode(one.length) + one).join('')}\0`
const query = (of: string, type = 1, flags = '\x01\0', questions = 1): string =>
  `\x12\x34${flags}\0${String.fromCharCode(questions)}\0\0\0\0\0\0${of}\0${String.fromCharCode(type)}\0\x01`

test('a question for an address is answered with this one, under its own name', () => {
  const asked = query(name('captive', 'apple', 'com'))
  const wanted =
    '\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0' + asked.slice(12) + '\xc0\x0c\0\x01\0\x01\0\0\0\x05\0\x04\xc0\xa8\x04\x01'
  expect(nameAnswer(asked)).toBe(wanted)
})

test('of another type there is none, and the name exists', () => {
  const asked = query(name('a', 'b'), 28)
  expect(nameAnswer(asked)).toBe(`\x12\x34\x81\x80\0\x01\0\0\0\0\0\0${asked.slice(12)}`)
})

test.each([
  ['nothing', ''],
  ['half a head', query(name('a')).slice(0, 11)],
  ['an answer', query(name('a'), 1, '\x81\x80')],
  ['another kind of question', query(name('a'), 1, '\x29\0')],
  ['two questions', query(name('a'), 1, '\x01\0', 2)],
  ['no question', query(name('a'), 1, '\x01\0', 0)],
  ['a pointer in its name', query('\xc0\x0c')],
  ['a name without end', query('\x3f' + 'x'.repeat(30)).slice(0, 40)],
  ['a name that is too long', query(name(...Array(9).fill('x'.repeat(40))))],
  ['a question cut short', query(name('a')).slice(0, -1)],
])('%s is not answered', (_name, asked) => {
  expect(nameAnswer(asked)).toBe('')
})

test('any bytes: no throw, and never more than 16 bytes longer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), bytes => {
      const asked = Buffer.from(bytes).toString('latin1')
      expect(nameAnswer(asked).length).toBeLessThanOrEqual(asked.length + 16)
    }),
  )
})
