// What the virtual dongle makes of a script is made once, however many other scripts run between two boots.

import { expect, test } from 'vitest'
import { engineScript } from '../../../../firmware/host/realm.ts'

test('a script that boots again is not written anew, though each boot runs small ones before it', () => {
  const program = 'let volts="230";print(volts-0)'
  const first = engineScript(program)
  for (const small of ['globalThis', 'typeof onInit']) engineScript(small)
  expect(engineScript(program)).toBe(first)
})
