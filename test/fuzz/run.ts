// `npm run fuzz -- --minutes N [--target NAME] [--seed N] [--keep] [--json]`: coverage-guided fuzzing of all that takes bytes from strangers, one
// target after another. An input that throws, or takes over 100 ms, is saved under dist/fuzz and named; `--keep` writes what reached something new
// into test/fuzz/corpus, which the default tests run. Exit code 1 when something was found.

import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { buildCounting } from './count-branches.ts'
import type { Find } from './loop.ts'
import { INPUT_BYTES_MAX, TARGET_NAMES, TARGETS, type TargetName, targetFile, writeCorpus } from './target.ts'
import type { Outcome, Work } from './worker.ts'

const OUT = join(import.meta.dirname, '../../dist/fuzz')
const LOOK_EVERY_MS = 1000
/** Looks without one more input; a pause of the whole machine stops the looking too. */
const STUCK_LOOKS = 20

async function fuzz(name: TargetName, seed: number, forMs: number): Promise<Outcome> {
  const built = TARGETS[name].branches ? buildCounting(name, targetFile(name)) : { file: targetFile(name), branches: 0 }
  const shared = new SharedArrayBuffer(8 + INPUT_BYTES_MAX)
  const words = new Int32Array(shared, 0, 2)
  const workerData: Work = { name, ...built, seed, forMs, shared }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
  const current = (): Uint8Array => new Uint8Array(shared, 8, words[1]).slice()
  const lost = (find: Find): Outcome => ({
    inputs: words[0] as number,
    corpus: [],
    reached: 0,
    branches: built.branches,
    finds: [find],
    heapMb: 0,
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

function save(name: TargetName, { kind, bytes, what }: Find): string {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const file = join(OUT, `${kind}-${name}-${hash}`)
  mkdirSync(OUT, { recursive: true })
  writeFileSync(file, bytes)
  return `${kind}: ${file}\n${what.split('\n').slice(0, 4).join('\n')}`
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const names = TARGET_NAMES.filter(name => values.target === undefined || values.target.includes(name))
const forMs = (Number(values.minutes) * 60_000) / names.length
console.log(`SEED=${values.seed}`)
let found = 0
for (const name of names) {
  const { inputs, corpus, reached, branches, finds, heapMb } = await fuzz(name, Number(values.seed), forMs)
  found += finds.length
  const crashes = finds.filter(({ kind }) => kind === 'crash').length
  const facts = {
    target: name,
    inputs,
    crashes,
    hangs: finds.length - crashes,
    reached,
    branches,
    corpus: corpus.length,
    heapMb,
  }
  if (values.json) console.log(JSON.stringify(facts))
  else {
    const of = branches > 0 ? `${reached} of ${branches} branches` : `${reached} different answers`
    console.log(
      `${name}: ${inputs} inputs, ${crashes} crashes, ${facts.hangs} hangs, ${of}, ${corpus.length} in the corpus, heap ${heapMb} MB`,
    )
  }
  for (const find of finds) console.log(save(name, find))
  if (values.keep && corpus.length > 0) writeCorpus(name, corpus)
}
process.exitCode = found === 0 ? 0 : 1
