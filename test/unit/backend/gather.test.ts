// What comes while a group is written is the next group; nothing is lost, what has one key stays in order, and what goes wrong with a group is told
// to those who are in it.

import { expect, test } from 'vitest'
import { gather } from '../../../backend/store/gather.ts'
import fc from '../../support/given-cases.ts'

const keyOf = ({ key }: { key: number }): string => `${key}`

test('those that come while a group is written are the next, 64 at most', async () => {
  const groups: number[] = []
  const gate = Promise.withResolvers<void>()
  const write = async (items: { key: number }[]) => {
    groups.push(items.length)
    if (groups.length === 1) await gate.promise
    return items
  }
  const put = gather(keyOf, write)
  const all = [put({ key: 0 })]
  await expect.poll(() => groups).toHaveLength(1)
  for (let key = 0; key < 70; key++) all.push(put({ key }))
  gate.resolve()
  await Promise.all(all)
  expect(groups).toEqual([1, 64, 6])
})

test('each is written once and gets its own answer, no two of a key together, those of a key in order', async () => {
  const keys = fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 400 })
  await fc.assert(
    fc.asyncProperty(keys, async came => {
      const written: { key: number; at: number }[] = []
      const write = async (items: { key: number; at: number }[]) => {
        expect(new Set(items.map(keyOf)).size).toBe(items.length)
        written.push(...items)
        return items.map(({ at }) => at)
      }
      const put = gather(keyOf, write)
      const answers = await Promise.all(came.map((key, at) => put({ key, at })))
      expect(answers).toEqual(came.map((_, at) => at))
      expect(written.length).toBe(came.length)
      for (const key of new Set(came)) {
        const order = written.filter(one => one.key === key).map(one => one.at)
        expect(order).toEqual(order.toSorted((a, b) => a - b))
      }
    }),
    { numRuns: 50 },
  )
})

test('a group that cannot be written is told to its own, and the next is written', async () => {
  let isFirst = true
  const write = async (items: { key: number }[]) => {
    const fails = isFirst
    isFirst = false
    if (fails) throw new Error('disk full')
    return items
  }
  const put = gather(keyOf, write)
  const first = put({ key: 1 })
  const second = put({ key: 1 })
  await expect(first).rejects.toThrow('disk full')
  await expect(second).resolves.toEqual({ key: 1 })
})

test('those that come in one turn are one group, the first of them too', async () => {
  const groups: number[] = []
  const write = async (items: { key: number }[]) => {
    groups.push(items.length)
    return items
  }
  const put = gather(keyOf, write)
  await Promise.all([1, 2, 3].map(key => put({ key })))
  expect(groups).toEqual([3])
})
