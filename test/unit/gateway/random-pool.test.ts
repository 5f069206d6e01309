import { expect, test } from 'vitest'
import { createRandomPool } from '../../../gateway/random-pool.ts'

test('no bytes are handed out twice, nor changed afterwards, over many fillings of the pool', () => {
  const take = createRandomPool()
  const taken = Array.from({ length: 2000 }, (_, i) => take(i % 2 === 0 ? 16 : 12))
  const texts = taken.map(bytes => Buffer.from(bytes).toString('hex'))
  expect(new Set(texts).size).toBe(taken.length)
  expect(taken.map(bytes => Buffer.from(bytes).toString('hex'))).toEqual(texts)
  expect(taken.every((bytes, i) => bytes.length === (i % 2 === 0 ? 16 : 12))).toBe(true)
})

test('two pools do not give the same', () => {
  expect(createRandomPool()(16)).not.toEqual(createRandomPool()(16))
})
