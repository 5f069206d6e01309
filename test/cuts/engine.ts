// The same on the real engine's flash file: the bundle runs on Espruino, whose Flash module is wrapped so that the n-th write or erase
// is done by half and then the program stands still until it is killed. A second start is cut in its recovery; a third recovers, and
// what lay in the flash before must lie there after it. One row; none without an engine.

import { JOURNAL_AT, JOURNAL_SECTORS, RINGS, SYSTEM_AT } from '../../firmware/config.ts'
import { openFlashChip } from '../../firmware/host/flash.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import { openJournal } from '../../firmware/journal.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { nextNewer } from '../../shared/session/ring.ts'
import { readConfig, readIdentity, SYSTEM_SECTORS } from '../../shared/session/system-page.ts'
import { createNor, type NorModel } from '../support/nor.ts'
import { findEngine, fitEngineVersion, type RealEngine, startRealEngine } from '../support/real-engine.ts'
import { chainOf, openRings } from '../support/rings.ts'
import type { CutRow } from './cut.ts'
import { CONFIG, IDENTITY, START_S } from './world.ts'

const MAIN = new URL('../../firmware/main.ts', import.meta.url).pathname
const TELEGRAMS = 24
export const MOMENTS = ['before', 'half', 'after'] as const
export type Moment = (typeof MOMENTS)[number]
export interface Cut {
  at: number
  moment: Moment
}

/** Which start this is; a word of the spare sectors counts them. */
const STARTS_AT = 0x316000

/**
 * Counts the engine's writes and erases and stops at one; each start may be cut elsewhere. A module is made from the text of its
 * function, so what it needs stands in a global.
 */
export function wrapper(starts: Cut[]): string {
  const cuts = JSON.stringify(starts.map(cut => [cut.at, MOMENTS.indexOf(cut.moment)]))
  return `var CUT={n:0,F:require("Flash"),c:[0,0],on:function(half,all){
CUT.n++;if(CUT.n==CUT.c[0]){if(CUT.c[1]==1)half();if(CUT.c[1]==2)all();print("CUT "+CUT.n);while(true);}all();}};
(function(){var g=CUT.F.read(4,${STARTS_AT})[0],k=0;while(k<8&&!((g>>k)&1))k++;
CUT.F.write(new Uint8Array([255&~(1<<k),255,255,255]),${STARTS_AT});CUT.c=${cuts}[k]||[0,0];})();
Modules.addCached("Flash",function(){
exports.read=function(l,a){return CUT.F.read(l,a);};
exports.write=function(d,a){CUT.on(function(){var h=(d.length>>3)<<2;if(h)CUT.F.write(new Uint8Array(d.buffer,d.byteOffset,h),a);},function(){CUT.F.write(d,a);});};
exports.erasePage=function(a){CUT.on(function(){for(var i=2048;i<4096;i+=64)CUT.F.write(new Uint8Array(64),a+i);},function(){CUT.F.erasePage(a);});};
});
`
}

/** Feeds telegrams that lie in Storage to the port's listener, and says when all are in. */
function feeder(bytes: number): string {
  return `(function(){var n=0,t=setInterval(function(){if(n>=${TELEGRAMS}){clearInterval(t);print("FED");return;}
for(var at=0;at<${bytes};at+=64)Serial2.emit("data",require("Storage").read("telegrams",n*${bytes}+at,Math.min(64,${bytes}-at)));n++;},15);})();`
}

interface Found {
  /** "boot.firstSeq": the batch's bytes, of every whole record that waits. */
  records: Map<string, string>
  lost: Map<number, Set<number>>
  boot: number
  unkept: { boot: number; kept: number; noticed: number }[]
}

/** Reads a copy of the flash as the next start would. */
function look(path: string): Found {
  const chip = openFlashChip({ path })
  const region = (at: number, sectors: number): NorModel => {
    const nor = createNor(sectors)
    nor.cells.set(chip.read(at, sectors * 4096))
    return nor
  }
  const rings = RINGS.map(plan => region(plan.at, plan.sectors))
  const journal = region(JOURNAL_AT, JOURNAL_SECTORS)
  const system = region(SYSTEM_AT, SYSTEM_SECTORS.count)
  chip.close()
  const identity = readIdentity(system)
  if (!identity.ok || identity.value.dongleId !== IDENTITY.dongleId) throw new Error('the identity is gone')
  if (!readConfig(system).ok) throw new Error('the configuration is gone')
  const found: Found = { records: new Map(), lost: new Map(), boot: 0, unkept: openJournal(journal, 99).unkept }
  for (const ring of chainOf(openRings(rings))) {
    for (let record = nextNewer(ring, -1); record; record = nextNewer(ring, record.place)) {
      const batch = decodeBatch(record.bytes)
      if (!batch.ok) throw new Error('a record does not decode')
      found.boot = Math.max(found.boot, record.id.boot)
      found.records.set(`${record.id.boot}.${record.id.firstSeq}`, Buffer.from(record.bytes).toString('hex'))
      const lost = found.lost.get(record.id.boot) ?? new Set()
      found.lost.set(record.id.boot, lost)
      for (const loss of batch.value.losses) for (let i = 0; i < loss.count; i++) lost.add(loss.fromSeq + i)
    }
  }
  return found
}

async function isCutOrFed(engine: RealEngine, starts: number): Promise<boolean> {
  await engine.waitFor(/^CUT|^FED/, 60_000)
  for (;;) {
    const ends = engine.lines.filter(line => /^(CUT|FED)/.test(line))
    if (ends.length >= starts) return (ends[starts - 1] as string).startsWith('CUT')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** How many of `cuts` went as wanted. Throws when something that lay in the flash is gone afterwards. */
async function cutOnce(engine: string, bundle: string, cuts: Cut[]): Promise<{ cuts: number; missing: number }> {
  const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  const texts = Array.from({ length: TELEGRAMS }, (_, i) => telegramText('fluvius', household.next(START_S + i)))
  const running = await startRealEngine({
    engine,
    bundle: wrapper(cuts) + bundle + feeder((texts[0] as string).length),
    prepare: chip => {
      openStorage(chip).write('telegrams', Buffer.from(texts.join(''), 'latin1'))
      prepareFlash(chip, IDENTITY, { ...CONFIG, networks: [], intervalS: 5 })
    },
  })
  let done = 0
  let missing = 0
  try {
    for (let i = 1; i <= cuts.length; i++) {
      if (await isCutOrFed(running, i)) done++
      const before = look(running.flashPath)
      await running.powerCycle()
      await running.waitFor(/^(ring:|CUT|identity)/)
      if (i < cuts.length) continue
      await isCutOrFed(running, i + 1)
      const after = look(running.flashPath)
      for (const [name, bytes] of before.records)
        if (after.records.get(name) !== bytes) throw new Error(`record ${name} is gone`)
      for (const { boot, kept, noticed } of before.unkept)
        for (let seq = kept; seq < noticed; seq++) if (!after.lost.get(boot)?.has(seq)) missing++
    }
    if (running.lines.some(line => /Uncaught|OUT OF MEMORY/.test(line))) throw new Error('the program fell')
  } finally {
    await running.stop()
  }
  return { cuts: done, missing }
}

export async function* cutEngine(isQuick: boolean): AsyncGenerator<CutRow> {
  const engine = findEngine()
  const version = engine && fitEngineVersion(engine)
  if (!engine || !version) {
    console.error('cuts: no fit Espruino (ESPRUINO=… or on PATH): the model only')
    return
  }
  const { code } = await bundleFirmware(MAIN)
  const row: CutRow = {
    flow: `Espruino ${version}`,
    cuts: 0,
    recovered: 0,
    lostAcknowledged: 0,
    missingUncounted: 0,
    failures: [],
  }
  // Start: counter 1, journal 1; then 24 telegrams with a mark each, a batch and its mark every fifth, erases on the way.
  const step = isQuick ? 9 : 1
  for (let at = 1; at <= 38; at += step) {
    for (const moment of isQuick ? [MOMENTS[at % 3] as Moment] : MOMENTS) {
      const cuts = [
        { at, moment },
        { at: 1 + (at % 4), moment: MOMENTS[(at + 1) % 3] as Moment },
      ]
      try {
        const { cuts: done, missing } = await cutOnce(engine, code, cuts)
        row.cuts += done
        row.recovered += done
        row.missingUncounted += missing
      } catch (error) {
        row.cuts++
        row.lostAcknowledged += / is gone/.test((error as Error).message) ? 1 : 0
        row.failures.push(`${moment} operation ${at}: ${(error as Error).message}`)
      }
    }
  }
  yield row
}
