// Updates lived to their end on the real engine's flash file: the very loader and updater, and two small programs, the first of which loads
// the second without a network. Whatever was cut: a program runs at every start, the identity stays, and at last the second program is good,
// or, where it is a bad one, the first runs again and says so.

import { type FlashChip, openFlashChip } from '../../firmware/host/flash.ts'
import { prepareFlash, prepareProgram } from '../../firmware/host/prepare-flash.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { openMessage } from '../../shared/session/messages.ts'
import { CHUNK_BYTES, encodeChunk, encodeUpdate } from '../../shared/update/messages.ts'
import { manifestOf, orderFor } from '../support/memory-updates.ts'
import type { CutRow } from './cut.ts'
import { cutStarts, everySo, newRow } from './cut-starts.ts'
import { look } from './look.ts'
import type { Kit } from './record.ts'
import { openStarter, type Started, type Starter, THROUGH } from './starts.ts'
import { cutsOf, imageOf } from './tape.ts'
import { CONFIG, IDENTITY } from './world.ts'

/** The first order, and those that follow when it could not be loaded: a number is used once. */
const NUMBERS = [2, 3, 4]
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
var T=eval(require("Storage").read("update")),S=[0,0,false,undefined],I=["${IDENTITY.dongleId}",B("${Buffer.from(keys.ota).toString('base64')}")],w;
print("RUNS ${version}");T(S,0,0,I);
`
const END = `print("${THROUGH}");E.reboot();`

/** It proves itself at once. */
const GOOD = `${open(2)}if(S[0]==2)T(S,3,1,I);${END}//${'.'.repeat(3500)}`
const BAD = `print("RUNS 2");throw new Error("broken release")//${'.'.repeat(3500)}`

export interface UpdateEnd {
  name: string
  /** The program that is loaded. */
  second: string
}

export const UPDATE_ENDS: UpdateEnd[] = [
  { name: 'an update, to its end', second: GOOD },
  { name: 'a bad update, to its end', second: BAD },
]

/** Takes the order, asks for chunk after chunk and has them all at hand. An update that has returned is the end. */
function first(second: string): string {
  const program = latin(second)
  const orders = NUMBERS.map(number => bodyOf(encodeUpdate(token, orderFor(IDENTITY, number, manifestOf(program, 2)))))
  const chunks = NUMBERS.map(number => {
    const bodies: string[] = []
    for (let at = 0; at < program.length; at += CHUNK_BYTES) {
      bodies.push(bodyOf(encodeChunk(token, { number, at, bytes: program.subarray(at, at + CHUNK_BYTES) })))
    }
    return bodies
  })
  return `${open(1)}w=T(S,1,1,I);if(w&&w[0]==11&&w[2]==5){print("RETURNED");${END}}
var O=${JSON.stringify(orders)},C=${JSON.stringify(chunks)},t=1;
for(var k=0;k<O.length&&S[0]!=3;k++){
if(S[0]==0)T(S,8,1,I,B(O[k]));
while(S[0]==1){w=T(S,2,t+=30000,I);if(w&&w[0]==9)T(S,10,t,I,B(C[w[1]-${NUMBERS[0]}][w[2]/${CHUNK_BYTES}]));}
}
if(S[0]==3)E.reboot();
print("NOT LOADED");${END}`
}

/** Throws when the end is not the right one. */
function checkEnd({ lines, image }: Started, isGood: boolean): void {
  if (lines.includes('RUNS 0')) throw new Error('no program was whole')
  if (lines.includes('NOT LOADED')) throw new Error('the update could not be loaded')
  const { versions } = look(image, IDENTITY.dongleId)
  const last = lines.findLast(line => line.startsWith('RUNS'))
  if (isGood && (last !== 'RUNS 2' || !versions.includes(2))) throw new Error('the second program is not good')
  if (!isGood && (last !== 'RUNS 1' || !lines.includes('RETURNED'))) throw new Error('the update did not return')
}

/** Every `stride`-th cut of an update, of both depths. */
export async function cutUpdateEnd(kit: Kit, { name, second }: UpdateEnd, stride: number): Promise<CutRow> {
  const row = newRow(kit, name)
  const isGood = second === GOOD
  const take = everySo(stride)
  const program = latin(first(second))
  const prepare = (chip: FlashChip): void => {
    prepareFlash(chip, IDENTITY, CONFIG)
    prepareProgram(chip, {
      loader: latin(kit.boot.loader),
      updater: latin(kit.boot.updater),
      rescue: latin(`print("RUNS 0");${END}`),
      program,
      version: 1,
    })
  }
  const open = (): Starter => openStarter(kit.engine, prepare, true)
  const chip = openFlashChip({})
  prepare(chip)
  const start = imageOf(chip)
  const starter = open()
  const whole = await starter.start(start).finally(starter.close)
  checkEnd(whole, isGood)
  await cutStarts(row, open, cutsOf(start, whole.operations, take), take, started => {
    checkEnd(started, isGood)
    return { lostKept: 0, missingUncounted: 0 }
  })
  return row
}
