// One target in a thread of its own. Whatever is being run stands in shared memory before it runs, so that the main thread can save an input
// that never comes back.

import { parentPort, workerData } from 'node:worker_threads'
import { seededRandom } from '../../shared/kernel/random.ts'
import { createFuzzer, distilled, type Find, fuzzOn, tryInput } from './loop.ts'
import { INPUT_BYTES_MAX, readCorpus, type Target, type TargetName } from './target.ts'

export interface Work {
  name: TargetName
  file: string
  branches: number
  seed: number
  forMs: number
  /** Word 0: inputs so far, 1: length of the one that runs; then its bytes. */
  shared: SharedArrayBuffer
}

export interface Outcome {
  inputs: number
  corpus: Uint8Array[]
  reached: number
  branches: number
  finds: Find[]
  heapMb: number
}

declare global {
  var branchCounts: Uint8Array
}

const BURST = 500

async function work({ name, file, branches, seed, forMs, shared }: Work): Promise<Outcome> {
  globalThis.branchCounts = new Uint8Array(branches)
  const words = new Int32Array(shared, 0, 2)
  const bytes = new Uint8Array(shared, 8)
  const target = (await import(file)) as Target
  await target.open?.()
  const fuzzer = createFuzzer(target, globalThis.branchCounts, input => {
    Atomics.add(words, 0, 1)
    words[1] = Math.min(input.length, INPUT_BYTES_MAX)
    bytes.set(input.subarray(0, INPUT_BYTES_MAX))
  })
  for (const input of [...target.seeds(), ...readCorpus(name)]) await tryInput(fuzzer, input)
  const random = seededRandom(seed)
  const endMs = performance.now() + forMs
  while (performance.now() < endMs && fuzzer.finds.length < 10) await fuzzOn(fuzzer, BURST, random)
  const { inputs, finds, seen, answers } = fuzzer
  const corpus = await distilled(fuzzer)
  const heapMb = Math.round(process.memoryUsage().heapUsed / 1e6)
  await target.close?.()
  const reached = branches > 0 ? seen.filter(bits => bits > 0).length : answers.size
  return { inputs, corpus, reached, branches, finds, heapMb }
}

parentPort?.postMessage(await work(workerData as Work))
