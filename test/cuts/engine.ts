// The same on the real engine's flash file. The bundle runs on Espruino with its Flash module wrapped, so that every write and erase is
// printed; from these the host makes the flash that a cut in any of them leaves, puts it into the file under the running engine, and
// the engine starts again on it (load(): all of RAM is forgotten). One process takes hundreds of cuts that way.

import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { CUT_MOMENTS, type NorModel } from '../support/nor.ts'
import { findEngine, fitEngineVersion, type RealEngine, startRealEngine } from '../support/real-engine.ts'
import type { CutRow } from './cut.ts'
import { apply, applyCut, copyOf, type Found, look, type Operation, ORDERS_AT, readImage, writeImage } from './image.ts'
import { CONFIG, IDENTITY, START_S } from './world.ts'

const MAIN = new URL('../../firmware/main.ts', import.meta.url).pathname
const INTERVAL_S = 5
const TELEGRAMS_MAX = 60

/** A module is made from the text of its function, so what it needs stands in a global. */
const WRAPPER = `var CUT={F:require("Flash"),n:0,w:0,s:-1,k:0};CUT.n=CUT.F.read(4,${ORDERS_AT})[0];CUT.F.write(new Uint8Array(8),${ORDERS_AT});
Modules.addCached("Flash",function(){
exports.read=function(l,a){return CUT.F.read(l,a);};
exports.write=function(d,a){CUT.w++;print("W "+a+" "+btoa(E.toString(d)));CUT.F.write(d,a);};
exports.erasePage=function(a){print("E "+a);CUT.F.erasePage(a);};
});
`

/** Feeds telegrams that lie in Storage to the port's listener, the next when something was written since the last; then everything stands still until the host wants a start. */
const feeder = (bytes: number): string => `
(function(){var n=0,t=setInterval(function(){if(n<CUT.n){if(CUT.s===CUT.w&&CUT.k++<8)return;CUT.k=0;CUT.s=CUT.w;print("T");
for(var at=0;at<${bytes};at+=64)Serial2.emit("data",require("Storage").read("telegrams",n*${bytes}+at,Math.min(64,${bytes}-at)));
n++;return;}
clearInterval();print("HALT");setInterval(function(){if(CUT.F.read(4,${ORDERS_AT + 4})[0]===255)load();},3);},CUT.n?250:1);})();`

interface EngineFlow {
  name: string
  /** What the engine does before, in peace: so many telegrams in each of so many starts. */
  before: number[]
  telegrams: number
}

const FLOWS: EngineFlow[] = [
  { name: 'first start, 24 telegrams', before: [], telegrams: 24 },
  { name: 'start after a cut, 12 telegrams', before: [14], telegrams: 12 },
  { name: 'the fourth start, 30 telegrams', before: [9, 3, 22], telegrams: 30 },
]

class Runner {
  private taken = 0
  private readonly engine: RealEngine
  constructor(engine: RealEngine) {
    this.engine = engine
  }

  /** Waits until everything stands still; what was done since the last time. */
  async halted(): Promise<Operation[]> {
    const lines = this.engine.lines
    const untilMs = performance.now() + 120_000
    while (!lines.includes('HALT', this.taken)) {
      if (performance.now() > untilMs) throw new Error(`no HALT; printed:\n${lines.slice(-40).join('\n')}`)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    const end = lines.indexOf('HALT', this.taken)
    const said = lines.slice(this.taken, end)
    this.taken = end + 1
    const wrong = said.find(line => /Uncaught|OUT OF MEMORY|^error/.test(line))
    if (wrong !== undefined) throw new Error(`the program fell: ${wrong}`)
    const operations: Operation[] = []
    let telegrams = 0
    for (const line of said) {
      const [kind, at, text] = line.split(' ')
      if (line === 'T') telegrams++
      if (kind !== 'W' && kind !== 'E') continue
      operations.push({
        at: Number(at),
        bytes: text === undefined ? undefined : Buffer.from(text, 'base64'),
        telegrams,
      })
    }
    return operations
  }

  start(image: NorModel, telegrams: number): Promise<Operation[]> {
    writeImage(this.engine.flashPath, image, telegrams)
    return this.halted()
  }

  image(): NorModel {
    return readImage(this.engine.flashPath)
  }
}

/** What is wrong after a recovery: readings that lay in the flash and are gone, and telegrams that nobody accounts for. */
function judge(before: Found, after: Found, boot: number, noticed: number): { lost: number; uncounted: number } {
  let lost = 0
  let uncounted = 0
  for (const [name, bytes] of before.records) if (after.records.get(name) !== bytes) lost++
  const waiting = after.waiting.get(boot)
  const told = after.lost.get(boot)
  let power = 0
  for (let seq = 0; seq < noticed; seq++) {
    if (waiting?.has(seq)) continue
    if (told?.get(seq) === 'power') power++
    else uncounted++
  }
  if (power > INTERVAL_S + 2) throw new Error(`${power} readings were in memory only`)
  return { lost, uncounted }
}

const noticedIn = (image: NorModel, boot: number): number =>
  look(image).unkept.find(one => one.boot === boot)?.noticed ?? 0

/** The boot whose telegrams an image holds the most of: the one that was cut. */
const bootOf = ({ unkept, waiting }: Found): number => Math.max(0, ...unkept.map(one => one.boot), ...waiting.keys())

async function cutEngineFlow(
  runner: Runner,
  flow: EngineFlow,
  row: CutRow,
  blank: NorModel,
  stride: number,
): Promise<void> {
  let start = blank
  for (const telegrams of flow.before) {
    await runner.start(start, telegrams)
    start = runner.image()
  }
  const operations = await runner.start(start, flow.telegrams)
  const boot = bootOf(look(runner.image()))
  const at = copyOf(start)
  let turn = 0
  for (const [i, operation] of operations.entries()) {
    for (const moment of CUT_MOMENTS) {
      const cut = copyOf(at)
      applyCut(cut, operation, moment)
      // the last two telegrams that were fed may not have been noticed yet, for what was written may have been a batch
      const noticed = Math.max(0, operation.telegrams - 2, noticedIn(cut, boot))
      const tried = async (image: NorModel, where: string): Promise<Operation[] | undefined> => {
        row.cuts++
        try {
          const recovery = await runner.start(image, 0)
          const { lost, uncounted } = judge(look(image), look(runner.image()), boot, noticed)
          row.lostAcknowledged += lost
          row.missingUncounted += uncounted
          if (lost + uncounted === 0) row.recovered++
          else if (row.failures.length < 5) row.failures.push(`${where}: ${lost} lost, ${uncounted} uncounted`)
          return recovery
        } catch (error) {
          if (row.failures.length < 5) row.failures.push(`${where}: ${(error as Error).message}`)
          return undefined
        }
      }
      if (turn++ % stride !== 0) continue
      const where = `${flow.name}: ${moment} operation ${i + 1}`
      const recovery = await tried(cut, where)
      const again = copyOf(cut)
      for (const [k, second] of (recovery ?? []).entries()) {
        for (const secondMoment of CUT_MOMENTS) {
          if (turn++ % stride !== 0) continue
          const twice = copyOf(again)
          applyCut(twice, second, secondMoment)
          await tried(twice, `${where}, then ${secondMoment} operation ${k + 1} of the recovery`)
        }
        apply(again, second)
      }
    }
    apply(at, operation)
  }
}

/** One row for each flow; none without an engine. Every `stride`-th cut. */
export async function* cutEngine(stride: number): AsyncGenerator<CutRow> {
  const engine = findEngine()
  const version = engine && fitEngineVersion(engine)
  if (!engine || !version) {
    console.error('cuts: no fit Espruino (ESPRUINO=… or on PATH): the model only')
    return
  }
  const { code } = await bundleFirmware(MAIN)
  const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  const texts = Array.from({ length: TELEGRAMS_MAX }, (_, i) => telegramText('fluvius', household.next(START_S + i)))
  for (const flow of FLOWS) {
    const row: CutRow = {
      flow: `${version}: ${flow.name}`,
      cuts: 0,
      recovered: 0,
      lostAcknowledged: 0,
      missingUncounted: 0,
      failures: [],
    }
    const running = await startRealEngine({
      engine,
      bundle: WRAPPER + code + feeder((texts[0] as string).length),
      prepare: chip => {
        openStorage(chip).write('telegrams', Buffer.from(texts.join(''), 'latin1'))
        prepareFlash(chip, IDENTITY, { ...CONFIG, networks: [], intervalS: INTERVAL_S })
        chip.write(ORDERS_AT, new Uint8Array([0, 255, 255, 255]))
      },
    })
    try {
      const blank = readImage(running.flashPath)
      const runner = new Runner(running)
      await runner.halted()
      await cutEngineFlow(runner, flow, row, blank, stride)
    } finally {
      await running.stop()
    }
    yield row
  }
}
