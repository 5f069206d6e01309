// The corpus of the fuzzer, on the code as it is, with a few thousand changes of each run from a fixed seed; and the fuzzer itself, on code with
// a fault that only its guidance finds.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seededRandom } from '../../shared/kernel/random.ts'
import { withCounters } from './count-branches.ts'
import { createFuzzer, distilled, fuzzOn, tryInput } from './loop.ts'
import { countersOf, readCorpus, TARGET_NAMES, type Target, type TargetName, targetFile } from './target.ts'

const CHANGES: { [name in TargetName]?: number } = { mqtt: 200, telegram: 300, envelope: 300, rest: 20 }

test.each(TARGET_NAMES)('%s: no input of the corpus, and none near to it, throws or hangs', async name => {
  const target = (await import(targetFile(name))) as Target
  await target.open?.()
  const fuzzer = createFuzzer(target, new Uint8Array(0), () => {})
  const inputs = [...target.seeds(), ...readCorpus(name)]
  for (const input of inputs) await tryInput(fuzzer, input)
  fuzzer.corpus.push(...inputs.map(bytes => ({ bytes, ms: 0 })))
  await fuzzOn(fuzzer, CHANGES[name] ?? 1000, seededRandom(7))
  await target.close?.()
  expect(fuzzer.finds.map(({ kind, what }) => `${kind}: ${what}`)).toEqual([])
})

test('the fuzzer finds a fault behind four bytes that chance alone would not meet, and a loop that takes long', async () => {
  const source = `export function run(b){
    if(b[0]===0x4e)if(b[1]===0x52)if(b[2]===0x54){if(b[3]===7)throw new Error('found');const w=b[3]===9?1:0
      if(w){const t=process.threadCpuUsage();let d;do d=process.threadCpuUsage(t);while(d.user+d.system<130000);}}}`
  const folder = mkdtempSync(join(tmpdir(), 'nrt-fuzz-'))
  const { code, branches } = withCounters(source)
  const file = join(folder, 'target.mjs')
  writeFileSync(file, code)
  globalThis.branchCounts = countersOf(branches)
  const { run } = (await import(file)) as Pick<Target, 'run'>
  rmSync(folder, { recursive: true })
  const target: Target = { run, seeds: () => [], tokens: [] }
  const fuzzer = createFuzzer(target, globalThis.branchCounts, () => {})
  await tryInput(fuzzer, Uint8Array.of(0))
  const random = seededRandom(3)
  for (let i = 0; i < 400 && new Set(fuzzer.finds.map(({ kind }) => kind)).size < 2; i++) {
    await fuzzOn(fuzzer, 1000, random)
    fuzzer.finds.splice(10)
  }
  expect(new Set(fuzzer.finds.map(({ kind }) => kind))).toEqual(new Set(['crash', 'hang']))
  expect([...(fuzzer.finds.find(({ kind }) => kind === 'crash')?.bytes.subarray(0, 4) ?? [])]).toEqual([
    0x4e, 0x52, 0x54, 7,
  ])
  expect((await distilled(fuzzer)).length).toBeLessThanOrEqual(fuzzer.corpus.length)
})

test('counting changes nothing but the count', () => {
  const source = `
    const pick = (a, b) => a > 1 ? { v: a } : (b && b.c.v && b.c) || { v: 0 };
    export function f(n) { let s = ''; for (const i of [1, 2, 3]) if (i > n) s += i; else s += '-'; switch (n) { case 1: case 2: s += 'x'; break; default: s += pick(n, { c: { v: n } }).v } return s + (() => ({ o: 1 }))().o }`
  const { code, branches } = withCounters(source)
  const load = (text: string) => new Function(`${text.replace('export function f', 'function f')}; return f`)()
  globalThis.branchCounts = new Uint8Array(branches)
  const [plain, counting] = [load(source), load(code)]
  for (const n of [-1, 0, 1, 2, 3]) expect(counting(n)).toBe(plain(n))
  expect(globalThis.branchCounts.every(count => count > 0)).toBe(true)
})
