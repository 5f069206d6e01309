// What only a start calls is gone when the script has run; what it made goes on.

import MagicString from 'magic-string'
import { expect, test } from 'vitest'
import { letGo } from '../../../../scripts/bundle/once.ts'

const SCRIPT = 'var open = n => () => n;\nvar other = () => 1;\nvar listener = open(3);'

test('the function is let go when the script has run, and what it made lives on', () => {
  const text = new MagicString(SCRIPT)
  letGo(text, ['open'])
  const [open, other, listener] = new Function(`${text};return [open, other, listener]`)()
  expect([open, typeof other, listener()]).toEqual([0, 'function', 3])
})

test('a name that is none of the script’s functions is refused', () => {
  expect(() => letGo(new MagicString(SCRIPT), ['opne'])).toThrow('once: opne')
})
