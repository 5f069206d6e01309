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

/** An input that reached something new, and what it took. */
export interface Kept {
  bytes: Uint8Array
  ms: number
}

export interface Fuzzer {
  target: Target
  /** One byte a branch, of the run that was last; four at a time are looked at together. */
  counts: Uint8Array
  words: Uint32Array
  /** Bits of the numbers of passes seen, a branch each. */
  seen: Uint8Array
  answers: Set<string>
  corpus: Kept[]
  inputs: number
  finds: Find[]
  /** Called before an input is run. */
  watch(bytes: Uint8Array): void
}

/** `counts` as countersOf (target.ts) makes them. */
export function createFuzzer(target: Target, counts: Uint8Array, watch: Fuzzer['watch']): Fuzzer {
  const seen = new Uint8Array(counts.length)
  const words = new Uint32Array(counts.buffer, counts.byteOffset, counts.length >> 2)
  return { target, counts, words, seen, answers: new Set(), corpus: [], inputs: 0, finds: [], watch }
}

/** Runs one input; true when it reached something new, and is in the corpus then. A promise only where the target gives one. */
export function tryInput(fuzzer: Fuzzer, bytes: Uint8Array): boolean | Promise<boolean> {
  const { target, counts } = fuzzer
  fuzzer.inputs++
  fuzzer.watch(bytes)
  counts.fill(0)
  const startMs = performance.now()
  try {
    const running = target.run(bytes)
    return running === undefined
      ? judge(fuzzer, bytes, startMs, undefined)
      : judgeLater(fuzzer, bytes, startMs, running)
  } catch (cause) {
    return crashed(fuzzer, bytes, cause)
  }
}

async function judgeLater(
  fuzzer: Fuzzer,
  bytes: Uint8Array,
  startMs: number,
  running: Promise<string>,
): Promise<boolean> {
  try {
    return await judge(fuzzer, bytes, startMs, await running)
  } catch (cause) {
    return crashed(fuzzer, bytes, cause)
  }
}

function judge(
  fuzzer: Fuzzer,
  bytes: Uint8Array,
  startMs: number,
  answer: string | undefined,
): boolean | Promise<boolean> {
  const ms = performance.now() - startMs
  const isNew = markSeen(fuzzer) || (answer !== undefined && !fuzzer.answers.has(answer))
  if (answer !== undefined) fuzzer.answers.add(answer)
  if (ms > HANG_MS) return isHang(fuzzer, bytes).then(isOne => !isOne && keep(fuzzer, bytes, ms, isNew))
  return keep(fuzzer, bytes, ms, isNew)
}

function keep(fuzzer: Fuzzer, bytes: Uint8Array, ms: number, isNew: boolean): boolean {
  if (isNew) fuzzer.corpus.push({ bytes: bytes.slice(), ms })
  return isNew
}

function crashed(fuzzer: Fuzzer, bytes: Uint8Array, cause: unknown): false {
  fuzzer.finds.push({ kind: 'crash', bytes: bytes.slice(), what: (cause as Error).stack ?? String(cause) })
  return false
}

/** `inputs` mutations of what the corpus has. */
export async function fuzzOn(fuzzer: Fuzzer, inputs: number, random: Random): Promise<void> {
  const { target } = fuzzer
  for (let i = 0; i < inputs; i++) {
    const base = drawn(fuzzer.corpus, random)
    const other = fuzzer.corpus[randomBelow(random, fuzzer.corpus.length)] as Kept
    const bytes = mutate(base.bytes, other.bytes, target.tokens, random, INPUT_BYTES_MAX)
    const isRepaired = target.repair !== undefined && randomBelow(random, 2) === 0
    const tried = tryInput(fuzzer, isRepaired ? (target.repair as (bytes: Uint8Array) => Uint8Array)(bytes) : bytes)
    if (typeof tried !== 'boolean') await tried
  }
}

/** The newest are where it goes on, and of two the one that takes less time, mostly: it is changed the more often. */
function drawn(corpus: Kept[], random: Random): Kept {
  const isNewest = randomBelow(random, 3) === 0
  const span = isNewest ? Math.min(corpus.length, 16) : corpus.length
  const one = corpus[corpus.length - 1 - randomBelow(random, span)] as Kept
  const two = corpus[corpus.length - 1 - randomBelow(random, span)] as Kept
  return randomBelow(random, 4) === 0 || one.ms <= two.ms ? one : two
}

/** The smallest inputs that together reach all that the corpus reaches. */
export async function distilled(fuzzer: Fuzzer): Promise<Kept[]> {
  const again = createFuzzer(fuzzer.target, fuzzer.counts, fuzzer.watch)
  for (const { bytes } of fuzzer.corpus.toSorted((a, b) => a.bytes.length - b.bytes.length))
    await tryInput(again, bytes)
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

function markSeen({ counts, words, seen }: Fuzzer): boolean {
  let isNew = false
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) continue
    for (let i = word << 2; i < (word + 1) << 2; i++) {
      const bit = BUCKETS[counts[i] as number] as number
      if ((bit & ~(seen[i] as number)) === 0) continue
      seen[i] = (seen[i] as number) | bit
      isNew = true
    }
  }
  return isNew
}

/** 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more: a bit each. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count < 4) return count === 0 ? 0 : 1 << (count - 1)
  return count < 8 ? 8 : count < 16 ? 16 : count < 32 ? 32 : count < 128 ? 64 : 128
})
