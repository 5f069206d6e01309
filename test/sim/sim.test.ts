import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BROKEN_VARIANTS, type Broken, InvariantBroken } from './broken.ts'
import { runSimulation } from './simulate.ts'

const FIXED_SEEDS = 40
const FRESH_MS = 15_000
const SEEDS_TO_CATCH = 60

function replay(seed: number): void {
  try {
    runSimulation(seed)
  } catch (error) {
    throw new Error(`replay with: npm run sim -- --seed 0x${seed.toString(16)}`, { cause: error })
  }
}

test('holds every invariant on a fixed set of seeds', () => {
  for (let seed = 1; seed <= FIXED_SEEDS; seed++) replay(seed)
})

test('holds every invariant on the seeds that once found a bug', () => {
  const lines = readFileSync(new URL('./seeds.txt', import.meta.url), 'utf8').split('\n')
  for (const line of lines) if (line.startsWith('0x')) replay(Number.parseInt(line, 16))
})

test('holds every invariant on fresh seeds', () => {
  const first = randomBytes(4).readUInt32BE()
  const untilMs = performance.now() + FRESH_MS
  for (let i = 0; performance.now() < untilMs; i++) replay((first + i) >>> 0)
})

test('replays a seed exactly', () => {
  expect(runSimulation(0x2f)).toEqual(runSimulation(0x2f))
})

for (const [variant, invariant] of Object.entries(BROKEN_VARIANTS)) {
  test(`catches the variant ${variant} by ${invariant}`, () => {
    const caught = new Set<string>()
    for (let seed = 1; seed <= SEEDS_TO_CATCH && !caught.has(invariant); seed++) {
      try {
        runSimulation(seed, variant as Broken)
      } catch (error) {
        if (!(error instanceof InvariantBroken)) throw error
        caught.add(error.invariant)
      }
    }
    expect([...caught]).toContain(invariant)
  })
}
