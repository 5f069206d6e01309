// Updates on the real engine's flash file: the very loader and updater, and two small programs, the first of which loads the second without a
// network. The n-th write or erase is done by half, and the engine stands still until it is killed; the next start may be cut too.
// Whatever was cut: a program runs at every start, the identity stays, and the second program runs and is good at last.

import { SYSTEM_AT } from '../../firmware/config.ts'
import { openFlashChip } from '../../firmware/host/flash.ts'
import { prepareFlash, prepareProgram } from '../../firmware/host/prepare-flash.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { type BootFiles, bundleBoot } from '../../scripts/build-boot.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { openMessage } from '../../shared/session/messages.ts'
import { readIdentity, SYSTEM_SECTORS } from '../../shared/session/system-page.ts'
import { encodeChunk, encodeUpdate } from '../../shared/update/messages.ts'
import { manifestOf, orderFor } from '../support/memory-updates.ts'
import { createNor } from '../support/nor.ts'
import { findEngine, fitEngineVersion, startRealEngine } from '../support/real-engine.ts'
import type { CutRow } from './cut.ts'
import { type Cut, MOMENTS, type Moment, wrapper } from './engine.ts'
import { CONFIG, IDENTITY } from './world.ts'

const NUMBER = 2
const CHUNK = 1024
const token = new Uint8Array(24)
const keys = deriveKeys(nodeCrypto, IDENTITY.deviceKey, IDENTITY.epoch)
const latin = (code: string): Uint8Array => new Uint8Array(Buffer.from(code, 'latin1'))

/** The body of a message, as the program hands it on. */
function bodyOf(message: Uint8Array): string {
  const { body } = openMessage(message)!
  return Buffer.from(body.bytes.subarray(body.at)).toString('base64')
}

/** What both programs do first: the updater, and what it needs. */
const open = (
  version: number,
): string => `Uint8Array.prototype.slice=function(a,b){var p=this.subarray(a||0,b===undefined?this.length:b);
var c=new Uint8Array(p.length);c.set(p);return c;};
function B(t){return E.toUint8Array(atob(t));}
var T=eval(require("Storage").read("update")),S=[0,0,false,undefined],I=["${IDENTITY.dongleId}",B("${Buffer.from(keys.ota).toString('base64')}")];
print("RUNS ${version}");T(S,0,0,I);
`

/** The second program proves itself at once. */
const SECOND = `${open(2)}if(S[0]==2)T(S,3,1,I);print("END 2");setInterval(function(){},1000);//${'.'.repeat(3500)}`

/** The first takes the order, asks for chunk after chunk and has them all at hand. */
function first(): string {
  const program = latin(SECOND)
  const order = bodyOf(encodeUpdate(token, orderFor(IDENTITY, NUMBER, manifestOf(program, 2))))
  const chunks: string[] = []
  for (let at = 0; at < program.length; at += CHUNK) {
    chunks.push(bodyOf(encodeChunk(token, { number: NUMBER, at, bytes: program.subarray(at, at + CHUNK) })))
  }
  return `${open(1)}if(S[0]==0)T(S,8,1,I,B("${order}"));
var C=${JSON.stringify(chunks)},t=1,w;
while(S[0]==1){w=T(S,2,t+=30000,I);if(w&&w[0]==9)T(S,10,t,I,B(C[w[2]/${CHUNK}]));}
print("END 1");if(S[0]==3)E.reboot();setInterval(function(){},1000);`
}

async function cutOnce(engine: string, boot: BootFiles, cuts: Cut[]): Promise<number> {
  const running = await startRealEngine({
    engine,
    before: wrapper(cuts),
    restarts: true,
    prepare: chip => {
      prepareFlash(chip, IDENTITY, CONFIG)
      prepareProgram(chip, {
        loader: latin(boot.loader),
        updater: latin(boot.updater),
        rescue: latin('print("RUNS 0")'),
        program: latin(first()),
        version: 1,
      })
    },
  })
  let done = 0
  try {
    for (;;) {
      await running.waitFor(/^(END 2|CUT)/, 60_000)
      const cutsSeen = running.lines.filter(line => line.startsWith('CUT')).length
      if (cutsSeen === done) {
        if (running.lines.includes('END 2')) break
        await new Promise(resolve => setTimeout(resolve, 10))
        continue
      }
      done = cutsSeen
      await running.powerCycle()
    }
    if (running.lines.includes('RUNS 0')) throw new Error('no program was whole')
    if (running.lines.some(line => /Uncaught|OUT OF MEMORY|corrupt/.test(line))) throw new Error('a program fell')
    const system = createNor(SYSTEM_SECTORS.count)
    const chip = openFlashChip({ path: running.flashPath })
    system.cells.set(chip.read(SYSTEM_AT, SYSTEM_SECTORS.count * 4096))
    chip.close()
    const identity = readIdentity(system)
    if (!identity.ok || identity.value.dongleId !== IDENTITY.dongleId) throw new Error('the identity is gone')
  } finally {
    await running.stop()
  }
  return done
}

/** One row; none without an engine. */
export async function* cutEngineUpdates(isQuick: boolean): AsyncGenerator<CutRow> {
  const engine = findEngine()
  const version = engine && fitEngineVersion(engine)
  if (!engine || !version) return
  const boot = await bundleBoot()
  const row: CutRow = {
    flow: `Espruino ${version}, updates`,
    cuts: 0,
    recovered: 0,
    lostAcknowledged: 0,
    missingUncounted: 0,
    failures: [],
  }
  // head to zero, erased, two sectors, record; a write and a mark a chunk; whole; then trial and good of the second start
  const operations = 6 + 2 * Math.ceil(SECOND.length / CHUNK)
  for (let at = 1; at <= operations; at += isQuick ? 5 : 1) {
    for (const moment of isQuick ? [MOMENTS[at % 3] as Moment] : MOMENTS) {
      for (const again of isQuick ? [1 + (at % 4)] : [1, 2, 3, 4]) {
        const cuts = [
          { at, moment },
          { at: again, moment: MOMENTS[(at + again) % 3] as Moment },
        ]
        try {
          const done = await cutOnce(engine, boot, cuts)
          row.cuts += done
          row.recovered += done
        } catch (error) {
          row.cuts++
          row.failures.push(`${moment} operation ${at}, then ${again}: ${(error as Error).message}`)
        }
      }
    }
  }
  yield row
}
