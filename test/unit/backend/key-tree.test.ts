// The key tree: pruned leaves are gone from whatever is kept, and no other leaf changes.

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { isPruned, prune, type Seeds, secretOf } from '../../../backend/store/key-tree.ts'
import fc from '../../support/given-cases.ts'

const LEAVES = 2 ** 32
const ROOT = new Uint8Array(32).fill(7)
const whole = (): Seeds => new Map([[1, ROOT]])
const leaf = fc.oneof(fc.nat(40), fc.integer({ min: 0, max: LEAVES - 1 }))

test('whatever is pruned, in whatever order, the secrets of all other leaves stay and those are gone', () => {
  fc.assert(
    fc.property(fc.uniqueArray(leaf, { maxLength: 30 }), fc.array(leaf, { maxLength: 30 }), (pruned, asked) => {
      const [seeds, before] = [whole(), whole()]
      for (const no of pruned) {
        expect(prune(seeds, no)).toBe(true)
        expect(prune(seeds, no)).toBe(false)
      }
      for (const no of [...asked, ...pruned]) {
        const isGone = pruned.includes(no)
        expect(isPruned(seeds, no)).toBe(isGone)
        expect(secretOf(seeds, no)).toEqual(isGone ? undefined : secretOf(before, no))
      }
    }),
    { numRuns: 60 },
  )
})

test('no kept seed lies above a pruned leaf, so that there is nothing to derive it from', () => {
  const seeds = whole()
  for (const no of [0, 1, 5, 4, LEAVES - 1]) prune(seeds, no)
  for (const no of [0, 1, 5, 4, LEAVES - 1]) {
    for (let at = LEAVES + no; at >= 1; at = Math.floor(at / 2)) expect(seeds.has(at)).toBe(false)
  }
})

test('a stretch that is pruned as a whole costs no more than its edges', () => {
  const seeds = whole()
  for (let no = 0; no < 1024; no++) prune(seeds, no)
  expect(seeds.size).toBe(22)
})

test('a secret is SHA-256 down the way, 0 to the left and 1 to the right: a file of today is read tomorrow', () => {
  let seed: Uint8Array = ROOT
  for (const side of [...'00000000000000000000000000000101'].map(Number)) {
    seed = createHash('sha256').update(seed).update(Uint8Array.of(side)).digest()
  }
  expect(Buffer.from(secretOf(whole(), 5) as Uint8Array)).toEqual(Buffer.from(seed))
})
