// `npm run fuzz -- --minutes N [--jobs N] [--target NAME] [--seed N] [--keep] [--json]`: coverage-guided fuzzing of all that takes bytes from
// strangers, in rounds of all targets, so that an end at any time leaves each of them tried. An input that throws, that takes over 100 ms, or that
// makes the thread pass its memory is saved under dist/fuzz and named; `--keep` writes what reached something new into test/fuzz/corpus, which the
// default tests run. Exit code 1 when something was found.

import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { buildCounting } from './count-branches.ts'
import type { Find } from './loop.ts'
import {
  INPUT_BYTES_MAX,
  readCorpus,
  TARGET_NAMES,
  TARGETS,
  type TargetName,
  targetFile,
  writeCorpus,
} from './target.ts'
import type { Outcome, Work } from './worker.ts'

const OUT = join(import.meta.dirname, '../../dist/fuzz')
const LOOK_EVERY_MS = 1000
/** Looks without one more input; a pause of the whole machine stops the looking too. */
const STUCK_LOOKS = 20
/** Of one target; with more minutes there are more rounds. */
const ROUND_MS_MAX = 120_000
/** Passing it is a find: the thread ends, with the input that did it. */
const HEAP_MB_MAX = 512

/** A target and what all its rounds came to. */
interface Tried extends Outcome {
  name: TargetName
  file: string
  branches: number
}

function begin(name: TargetName): Tried {
  const built = TARGETS[name].branches ? buildCounting(name, targetFile(name)) : { file: targetFile(name), branches: 0 }
  return { name, ...built, inputs: 0, corpus: readCorpus(name), reached: 0, finds: [], heapMb: 0 }
}

async function round({ file, branches, corpus }: Tried, seed: number, forMs: number): Promise<Outcome> {
  const shared = new SharedArrayBuffer(8 + INPUT_BYTES_MAX)
  const words = new Int32Array(shared, 0, 2)
  const workerData: Work = { file, branches, corpus, seed, forMs, shared }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  })
  const current = (): Uint8Array => new Uint8Array(shared, 8, words[1]).slice()
  const lost = (find: Find): Outcome => ({
    inputs: words[0] as number,
    corpus,
    reached: 0,
    finds: [find],
    heapMb: HEAP_MB_MAX,
  })
  return await new Promise<Outcome>(resolve => {
    let last = -1
    let looks = 0
    const looking = setInterval(() => {
      const inputs = Atomics.load(words, 0)
      looks = inputs === last ? looks + 1 : 0
      last = inputs
      if (looks < STUCK_LOOKS || inputs === 0) return
      resolve(lost({ kind: 'hang', bytes: current(), what: 'did not come back' }))
      void worker.terminate()
    }, LOOK_EVERY_MS)
    worker.once('message', (outcome: Outcome) => resolve(outcome))
    // Out of memory, or an error outside the target's call.
    worker.once('error', cause =>
      resolve(lost({ kind: 'crash', bytes: current(), what: cause.stack ?? String(cause) })),
    )
    worker.once('exit', () => clearInterval(looking))
  })
}

function add(tried: Tried, outcome: Outcome): void {
  tried.inputs += outcome.inputs
  tried.corpus = outcome.corpus
  tried.reached = Math.max(tried.reached, outcome.reached)
  tried.heapMb = Math.max(tried.heapMb, outcome.heapMb)
  tried.finds.push(...outcome.finds)
  for (const find of outcome.finds) console.log(save(tried.name, find))
}

function save(name: TargetName, { kind, bytes, what }: Find): string {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const file = join(OUT, `${kind}-${name}-${hash}`)
  mkdirSync(OUT, { recursive: true })
  writeFileSync(file, bytes)
  return `${kind}: ${file}\n${what.split('\n').slice(0, 4).join('\n')}`
}

function report({ name, inputs, finds, reached, branches, corpus, heapMb }: Tried): void {
  const crashes = finds.filter(({ kind }) => kind === 'crash').length
  const hangs = finds.length - crashes
  const facts = { target: name, inputs, crashes, hangs, reached, branches, corpus: corpus.length, heapMb }
  const of = branches > 0 ? `${reached} of ${branches} branches` : `${reached} different answers`
  const text = `${name}: ${inputs} inputs, ${crashes} crashes, ${hangs} hangs, ${of}, ${corpus.length} in the corpus, heap at most ${heapMb} MB`
  console.log(values.json ? JSON.stringify(facts) : text)
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const all = TARGET_NAMES.filter(name => values.target === undefined || values.target.includes(name)).map(begin)
const [seed, jobs] = [Number(values.seed), Number(values.jobs)]
const eachMs = (Number(values.minutes) * 60_000 * jobs) / all.length
const rounds = Math.max(1, Math.ceil(eachMs / ROUND_MS_MAX))
console.log(`SEED=${values.seed}`)
for (let n = 0; n < rounds; n++) {
  const waiting = [...all]
  const job = async (): Promise<void> => {
    for (let tried = waiting.shift(); tried !== undefined; tried = waiting.shift())
      add(tried, await round(tried, seed + n, eachMs / rounds))
  }
  await Promise.all(Array.from({ length: jobs }, job))
  if (values.keep) for (const { name, corpus } of all) writeCorpus(name, corpus)
  if (n === rounds - 1 || !values.json) for (const tried of all) report(tried)
  const inputs = all.reduce((sum, tried) => sum + tried.inputs, 0)
  const found = all.reduce((sum, tried) => sum + tried.finds.length, 0)
  if (!values.json) console.log(`round ${n + 1} of ${rounds}: ${inputs} inputs, ${found} found`)
  process.exitCode = found === 0 ? 0 : 1
}
