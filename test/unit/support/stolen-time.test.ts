import { expect, test } from 'vitest'
import { openStolenTime, processorTimeIn } from '../../support/stolen-time.ts'

const stat = (idle: number, stolen: number): string =>
  `cpu  10 20 30 ${idle} 5 0 1 ${stolen} 7 8\ncpu0 1 2 3 4 5 6 7 800 9 10\nintr 5\n`

test('the first line, guests’ time not counted twice', () => {
  expect(processorTimeIn(stat(100, 4))).toEqual({ total: 170, stolen: 4 })
})

test.each([
  ['nothing', ''],
  ['another system’s', 'CPU: 10% idle\n'],
  ['a kernel that tells no steal', 'cpu  10 20 30 40 5 0 1\n'],
  ['one processor', 'cpu0 10 20 30 40 5 0 1 3 0 0\n'],
  ['no numbers', 'cpu  10 20 30 40 5 0 1 x 0 0\n'],
])('%s tells nothing', (_what, text) => {
  expect(processorTimeIn(text)).toBeUndefined()
})

test('percent of what has passed since it was asked last', () => {
  const texts = [stat(100, 0), stat(190, 10), stat(289, 11), stat(289, 11), '', stat(400, 20), stat(499, 21)]
  const ask = openStolenTime(() => texts.shift() as string)
  expect([ask(), ask(), ask()]).toEqual([10, 1, undefined])
  // what was not told once has nothing to be compared with
  expect([ask(), ask(), ask()]).toEqual([undefined, undefined, 1])
})

test('this machine tells a part of its time, or nothing', () => {
  const ask = openStolenTime()
  const part = ask() ?? 0
  expect(part).toBeGreaterThanOrEqual(0)
  expect(part).toBeLessThanOrEqual(100)
})
