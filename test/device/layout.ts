// What the bundle costs on the engine, by where its code lies and how its names are written: variables in use after start, and
// native instructions per telegram from the port to the open batch (callgrind). `ESPRUINO=… node test/device/layout.ts` prints
// the tables that docs/adr/0007 quotes (--values: only what values cost).

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FlashChip } from '../../firmware/host/flash.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { findEngine, startRealEngine } from '../support/real-engine.ts'

const MAIN = fileURLToPath(new URL('../../firmware/main.ts', import.meta.url))
const START_S = 1_790_000_000
/** This many telegrams run under callgrind; the start without any is subtracted. None of them closes a batch. */
const TELEGRAMS = 10
const CHUNK_BYTES = 64
const START_MS = 60_000
const CALLGRIND_MS = 500_000

export type Layout = 'storage' | 'ram'

/** An enrolled dongle without a gateway to reach. */
function enrol(chip: FlashChip): void {
  const identity = {
    dongleId: dongleIdFrom(new Uint8Array(12).fill(5)),
    deviceKey: new Uint8Array(32).fill(1),
    epoch: 1,
    seedPool: new Uint8Array(64).fill(2),
  }
  prepareFlash(chip, identity, { host: '127.0.0.1', port: 9, isTls: false, networks: [], intervalS: 900 })
}

/** The boot script: the bundle itself, or one that copies it out of Storage into variables and evaluates the copy. */
function bootScript(code: string, layout: Layout): string {
  if (layout === 'storage') return code
  return `var s="",f=require("Storage").read("app");for(var i=0;i<f.length;i+=512)s+=f.substr(i,512);eval(s);`
}

/** Variables in use after start. */
export async function variablesAfterStart(engine: string, code: string, layout: Layout): Promise<number> {
  const running = await startRealEngine({
    engine,
    bundle: `${bootScript(code, layout)}\nsetTimeout(function(){print("USAGE "+process.memory().usage);},500);`,
    prepare: chip => {
      if (layout === 'ram') openStorage(chip).write('app', Buffer.from(code, 'latin1'))
      enrol(chip)
    },
  })
  try {
    return Number((await running.waitFor(/^USAGE \d+/, START_MS)).slice(6))
  } finally {
    await running.stop()
  }
}

/** Feeds telegrams that lie in Storage to the port's listener, one after the other, and ends. */
function feeder(count: number, bytes: number): string {
  return `
(function(){var n=0,t=setInterval(function(){
if(n>=${count}){clearInterval(t);setTimeout(function(){E.reboot();},200);return;}
for(var at=0;at<${bytes};at+=${CHUNK_BYTES})
Serial2.emit("data",require("Storage").read("telegrams",n*${bytes}+at,Math.min(${CHUNK_BYTES},${bytes}-at)));
n++;},40);})();`
}

export async function instructions(engine: string, code: string, layout: Layout, count: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-callgrind-'))
  const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  const telegrams = Array.from({ length: TELEGRAMS }, (_, i) => telegramText('fluvius', household.next(START_S + i)))
  const bytes = telegrams[0]!.length
  const running = await startRealEngine({
    engine,
    bundle: bootScript(code, layout) + feeder(count, bytes),
    under: ['valgrind', '--tool=callgrind', `--callgrind-out-file=${folder}/out`],
    prepare: chip => {
      if (layout === 'ram') openStorage(chip).write('app', Buffer.from(code, 'latin1'))
      openStorage(chip).write('telegrams', Buffer.from(telegrams.join(''), 'latin1'))
      enrol(chip)
    },
  })
  try {
    await running.waitFor(/^Not implemented/, CALLGRIND_MS)
    await running.ended()
    const out = readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8')
    return Number(/^(?:summary|totals): (\d+)/m.exec(out)?.[1])
  } finally {
    await running.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Makes one value each and says how many variables it took, its name not counted. */
const VALUES: Record<string, string> = {
  'function of no arguments': 'function(){}',
  'function of two arguments': 'function(x,y){return x+y}',
  'object of 3 short names': '{aa:1,bb:2,cc:3}',
  'object of 3 long names': '{sectorCount:1,sectorBytes:2,recordsDamaged:3}',
  'Uint8Array(600)': 'new Uint8Array(600)',
  'Float64Array(60)': 'new Float64Array(60)',
  'array of 60 integers': '(function(){var a=[];for(var i=0;i<60;i++)a.push(i*100000);return a})()',
  'string of 600, appended': '(function(){var s="";for(var i=0;i<600;i++)s+="x";return s})()',
  'string of 600, flat': 'E.toString(new Uint8Array(600))',
}

async function variablesOfValues(engine: string): Promise<Map<string, number>> {
  const script = Object.entries(VALUES)
    .map(([name, code]) => `a=u();v=${code};b=u();print("COST "+(b-a)+" ${name}");v=0;`)
    .join('')
  const running = await startRealEngine({
    engine,
    bundle: `function u(){return process.memory().usage}var a,b,v;${script}print("DONE");`,
  })
  try {
    await running.waitFor(/^DONE/, START_MS)
    const costs = running.lines.flatMap(line => /^COST (\d+) (.*)$/.exec(line)?.slice(1) ?? [])
    return new Map(costs.flatMap((cost, i) => (i % 2 === 0 ? [[costs[i + 1]!, Number(cost)] as const] : [])))
  } finally {
    await running.stop()
  }
}

async function main(): Promise<void> {
  const engine = findEngine()
  if (!engine) throw new Error('no engine: set ESPRUINO=/path/to/espruino')
  for (const [name, cost] of await variablesOfValues(engine)) console.log(`${name.padEnd(30)}${cost} variables`)
  if (process.argv.includes('--values')) return
  const rows: [name: string, code: string, layout: Layout][] = []
  const short = (await bundleFirmware(MAIN)).code
  const long = (await bundleFirmware(MAIN, true)).code
  rows.push(['Storage, short names', short, 'storage'])
  rows.push(['Storage, long names', long, 'storage'])
  rows.push(['RAM, short names', short, 'ram'])
  console.log('layout                   bytes  variables after start  M instructions a telegram')
  for (const [name, code, layout] of rows) {
    const variables = await variablesAfterStart(engine, code, layout)
    const none = await instructions(engine, code, layout, 0)
    const all = await instructions(engine, code, layout, TELEGRAMS)
    const each = (all - none) / TELEGRAMS / 1e6
    console.log(
      `${name.padEnd(22)}${String(code.length).padStart(8)}${String(variables).padStart(23)}${each.toFixed(2).padStart(27)}`,
    )
  }
}

if (import.meta.main) await main()
