// `npm run bench:flame [-- --out FOLDER] [-- --rate N]`: where the platform's time goes. It runs under the bench's own fleet with V8's profiler on;
// for each of its busy threads a flame graph is written (SVG), and beside it the profile itself, which Chrome's tools and speedscope open.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type CpuProfile, flameSvg } from './flame-svg.ts'
import { end, startLoad, startOurs, storedBatches } from './platform.ts'

const BATCH = 60
const SECONDS = 12
/** Of the time of the busiest: a thread below it has nothing to tell. */
const BUSY_SHARE = 0.05
const ROOT = new URL('../', import.meta.url).href

const { values } = parseArgs({ options: { out: { type: 'string' }, rate: { type: 'string' } } })
const out = values.out ?? 'dist/flame'
const rate = Number(values.rate ?? 8000)
const folder = mkdtempSync(join(tmpdir(), 'nrt-flame-'))

const platform = await startOurs({ nodeOptions: `--cpu-prof --cpu-prof-dir=${folder}` })
const load = await startLoad(platform.mqttPort, BATCH, rate, 'platform', undefined, 1, { lastsS: SECONDS + 2 })
load.send('go')
await delay(SECONDS * 1000)
const batches = await storedBatches(platform)
await end(load)
const ended = new Promise(resolve => platform.child.once('exit', resolve))
// only a process that ends by itself writes its profiles
platform.child.kill('SIGTERM')
await ended
rmSync(platform.folder, { recursive: true, force: true })

mkdirSync(out, { recursive: true })
const threads = readdirSync(folder).map(file => {
  const text = readFileSync(join(folder, file), 'utf8')
  const profile = JSON.parse(text) as CpuProfile
  return { text, profile, name: nameOf(profile), busyUs: busyUsOf(profile) }
})
rmSync(folder, { recursive: true })
const mostUs = Math.max(...threads.map(({ busyUs }) => busyUs))
for (const { text, profile, name, busyUs } of threads.sort((a, b) => b.busyUs - a.busyUs)) {
  if (busyUs < mostUs * BUSY_SHARE) continue
  writeFileSync(join(out, `${name}.cpuprofile`), text)
  const title = `nrt, ${name}: ${batches} batches of ${BATCH} readings stored, start included`
  writeFileSync(join(out, `${name}.svg`), flameSvg(profile, title, ROOT))
  console.log(`${join(out, `${name}.svg`)}  ${(busyUs / 1e6).toFixed(1)} s of processor`)
}

/** A thread is named by the script it was started with: that of the first function of ours in it whose name says so. */
function nameOf({ nodes }: CpuProfile): string {
  const files = nodes.map(({ callFrame }) => callFrame.url)
  const script = files.map(url => /\/([a-z]+)-(?:thread|worker)\.ts$/.exec(url)?.[1]).find(Boolean)
  return script ?? 'main'
}

function busyUsOf({ nodes, samples, timeDeltas }: CpuProfile): number {
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id))
  return samples.reduce((sum, id, i) => sum + (idle.has(id) ? 0 : (timeDeltas[i] ?? 0)), 0)
}
