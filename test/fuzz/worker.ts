// One target in a thread of its own, for one round. Whatever is being run stands in shared memory before it runs, so that the main thread can
// save an input that never comes back.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { seededRandom } from '../../shared/kernel/random.ts'
import { createFuzzer, distilled, type Find, fuzzOn, tryInput } from './loop.ts'
import { countersOf, INPUT_BYTES_MAX, type Target } from './target.ts'

export interface Work {
  file: string
  branches: number
  seed: number
  forMs: number
  /** What the rounds before, or the repository, have kept. */
  corpus: Uint8Array[]
  /** Word 0: inputs so far, 1: length of the one that runs; then its bytes. */
  shared: SharedArrayBuffer
}

export interface Outcome {
  inputs: number
  corpus: Uint8Array[]
  reached: number
  finds: Find[]
  /** The most that lived after a burst. */
  heapMb: number
}

declare global {
  var branchCounts: Uint8Array
}

const BURST = 500
/** Bursts between two looks at the heap, which cost something. */
const LOOK_EVERY = 20
const FINDS_MAX = 10

async function work({ file, branches, seed, forMs, corpus, shared }: Work): Promise<Outcome> {
  globalThis.branchCounts = countersOf(branches)
  const words = new Int32Array(shared, 0, 2)
  const bytes = new Uint8Array(shared, 8)
  const target = (await import(file)) as Target
  await target.open?.()
  const fuzzer = createFuzzer(target, globalThis.branchCounts, input => {
    Atomics.add(words, 0, 1)
    words[1] = Math.min(input.length, INPUT_BYTES_MAX)
    bytes.set(input.subarray(0, INPUT_BYTES_MAX))
  })
  for (const input of [...target.seeds(), ...corpus]) await tryInput(fuzzer, input)
  const random = seededRandom(seed)
  const endMs = performance.now() + forMs
  let heapBytes = 0
  for (let burst = 0; performance.now() < endMs && fuzzer.finds.length < FINDS_MAX; burst++) {
    await fuzzOn(fuzzer, BURST, random)
    // What the target has set a timer for has its turn too.
    await nextTurn()
    if (burst % LOOK_EVERY === 0) heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed)
  }
  const { inputs, finds, seen, answers } = fuzzer
  const kept = (await distilled(fuzzer)).map(({ bytes }) => bytes)
  await target.close?.()
  const reached = branches > 0 ? seen.filter(bits => bits > 0).length : answers.size
  return { inputs, corpus: kept, reached, finds, heapMb: Math.round(heapBytes / 1e6) }
}

parentPort?.postMessage(await work(workerData as Work))
