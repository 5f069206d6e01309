// Secrets of which single ones can be forgotten, while nothing else changes: a binary tree of seeds, where a seed gives the two below it by SHA-256 and nobody
// can go up again (the puncturable function of Goldreich, Goldwasser and Micali). Kept are the highest seeds from which nothing was pruned; pruning a leaf
// puts the seeds beside its way in the place of the one above it. Pure.
//
//                 root (1)                      kept: {1}
//             ┌──────┴──────┐
//             2             3*                  leaf 4 pruned, kept: {3, 5}
//          ┌──┴──┐       ┌──┴──┐
//          4     5*      6     7

import { hash } from 'node:crypto'

/** Leaves 0 … 2^32 - 1. */
const LEVELS = 32
const FIRST_LEAF = 2 ** LEVELS

export const SEED_BYTES = 32

/** Seeds by the number of their place: the root is 1, below n are 2n and 2n + 1. */
export type Seeds = Map<number, Uint8Array>

export function isPruned(seeds: Seeds, leaf: number): boolean {
  return keptAbove(seeds, leaf) === undefined
}

/** 32 bytes; undefined once it is pruned. */
export function secretOf(seeds: Seeds, leaf: number): Uint8Array | undefined {
  const top = keptAbove(seeds, leaf)
  if (top === undefined) return undefined
  let seed = seeds.get(top) as Uint8Array
  for (const at of wayDown(top, leaf)) seed = below(seed, at % 2)
  return seed
}

/** What can still be derived is all but this leaf. False: it was pruned before. */
export function prune(seeds: Seeds, leaf: number): boolean {
  const top = keptAbove(seeds, leaf)
  if (top === undefined) return false
  let seed = seeds.get(top) as Uint8Array
  seeds.delete(top)
  for (const at of wayDown(top, leaf)) {
    const beside = at % 2 === 0 ? at + 1 : at - 1
    seeds.set(beside, below(seed, beside % 2))
    seed = below(seed, at % 2)
  }
  return true
}

function keptAbove(seeds: Seeds, leaf: number): number | undefined {
  for (let at = FIRST_LEAF + leaf; at >= 1; at = Math.floor(at / 2)) if (seeds.has(at)) return at
  return undefined
}

/** The places from below `top` to the leaf, in this order. */
function wayDown(top: number, leaf: number): number[] {
  const way: number[] = []
  for (let at = FIRST_LEAF + leaf; at > top; at = Math.floor(at / 2)) way.push(at)
  return way.reverse()
}

/** Seeds are secret and of one length, so the plain hash is a generator that nobody can extend. */
function below(seed: Uint8Array, side: number): Uint8Array {
  const input = new Uint8Array(SEED_BYTES + 1)
  input.set(seed)
  input[SEED_BYTES] = side
  return hash('sha256', input, 'buffer')
}
