// The loop of a coverage-guided fuzzer: an input that reaches a branch, or a number of passes through one, that no input reached before is
// kept and changed further. It refuses to know threads and files (worker.ts, run.ts).

import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import { mutate } from './mutate.ts'
import { INPUT_BYTES_MAX, type Target } from './target.ts'

/** An input that takes longer is a hang. What looks like one is tried again by the thread's own time: a machine pauses now and then. */
export const HANG_MS = 100
const TRIES = 3

export interface Find {
  kind: 'crash' | 'hang'
  bytes: Uint8Array
  /** Stack, or milliseconds. */
  what: string
}

export interface Fuzzer {
  target: Target
  /** One byte a branch, of the run that was last. */
  counts: Uint8Array
  /** Bits of the numbers of passes seen, a branch each. */
  seen: Uint8Array
  answers: Set<string>
  corpus: Uint8Array[]
  inputs: number
  finds: Find[]
  /** Called before an input is run. */
  watch(bytes: Uint8Array): void
}

export function createFuzzer(target: Target, counts: Uint8Array, watch: Fuzzer['watch']): Fuzzer {
  const seen = new Uint8Array(counts.length)
  return { target, counts, seen, answers: new Set(), corpus: [], inputs: 0, finds: [], watch }
}

/** Runs one input; true when it reached something new, and is in the corpus then. */
export async function tryInput(fuzzer: Fuzzer, bytes: Uint8Array): Promise<boolean> {
  const { target, counts } = fuzzer
  fuzzer.inputs++
  fuzzer.watch(bytes)
  counts.fill(0)
  const startMs = performance.now()
  let answer: string | undefined
  try {
    const running = target.run(bytes)
    if (running !== undefined) answer = await running
  } catch (cause) {
    fuzzer.finds.push({ kind: 'crash', bytes: bytes.slice(), what: (cause as Error).stack ?? String(cause) })
    return false
  }
  if (performance.now() - startMs > HANG_MS && (await isHang(fuzzer, bytes))) return false
  const isNew = markSeen(fuzzer) || (answer !== undefined && !fuzzer.answers.has(answer))
  if (answer !== undefined) fuzzer.answers.add(answer)
  if (isNew) fuzzer.corpus.push(bytes.slice())
  return isNew
}

/** `inputs` mutations of what the corpus has. */
export async function fuzzOn(fuzzer: Fuzzer, inputs: number, random: Random): Promise<void> {
  const { corpus, target } = fuzzer
  for (let i = 0; i < inputs; i++) {
    // The newest are where it goes on.
    const isNewest = randomBelow(random, 3) === 0
    const span = isNewest ? Math.min(corpus.length, 16) : corpus.length
    const base = corpus[corpus.length - 1 - randomBelow(random, span)] as Uint8Array
    const other = corpus[randomBelow(random, corpus.length)] as Uint8Array
    const bytes = mutate(base, other, target.tokens, random, INPUT_BYTES_MAX)
    const isRepaired = target.repair !== undefined && randomBelow(random, 2) === 0
    await tryInput(fuzzer, isRepaired ? (target.repair as (bytes: Uint8Array) => Uint8Array)(bytes) : bytes)
  }
}

/** The smallest inputs that together reach all that the corpus reaches. */
export async function distilled(fuzzer: Fuzzer): Promise<Uint8Array[]> {
  const again = createFuzzer(fuzzer.target, fuzzer.counts, fuzzer.watch)
  for (const bytes of fuzzer.corpus.toSorted((a, b) => a.length - b.length)) await tryInput(again, bytes)
  return again.corpus
}

async function isHang(fuzzer: Fuzzer, bytes: Uint8Array): Promise<boolean> {
  let shortestMs = Number.POSITIVE_INFINITY
  for (let i = 0; i < TRIES && shortestMs > HANG_MS; i++) {
    fuzzer.counts.fill(0)
    const start = process.threadCpuUsage()
    await fuzzer.target.run(bytes)
    const { user, system } = process.threadCpuUsage(start)
    shortestMs = (user + system) / 1000
  }
  const isOne = shortestMs > HANG_MS
  if (isOne) fuzzer.finds.push({ kind: 'hang', bytes: bytes.slice(), what: `${Math.round(shortestMs)} ms` })
  return isOne
}

function markSeen({ counts, seen }: Fuzzer): boolean {
  let isNew = false
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number
    if (count === 0) continue
    const bit = BUCKETS[count] as number
    if (((seen[i] as number) & bit) !== 0) continue
    seen[i] = (seen[i] as number) | bit
    isNew = true
  }
  return isNew
}

/** 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more: a bit each. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count < 4) return count === 0 ? 0 : 1 << (count - 1)
  return count < 8 ? 8 : count < 16 ? 16 : count < 32 ? 32 : count < 128 ? 64 : 128
})
