// A backend whose clock is not the database's says so once.

import { expect, test } from 'vitest'
import { createClockWatch } from '../../../backend/siblings/clock-watch.ts'

test('a clock that is off is said once, again when it is off otherwise, and once when it is right', () => {
  const said: unknown[] = []
  const log = { info: () => void said.push('right'), warn: (facts: object) => void said.push(facts) }
  const watch = createClockWatch(log)
  for (const offS of [0, 1.9, -2, 3600.4, 3601, 3599.5, -1800, -1801, 0.3, 1, 2.6, 0]) watch(offS)
  expect(said).toEqual([{ seconds: 3600 }, { seconds: -1800 }, 'right', { seconds: 3 }, 'right'])
})
