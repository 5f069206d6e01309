// Flash as the engine wrote it, on the host: the writes and erases that a wrapped Flash module printed, in order, and the image that a
// power cut in any of them leaves. Images cover what a running dongle writes: readings, system pages, journal and the slots of its programs.

import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { POOL_AT, SLOTS_AT } from '../../firmware/config.ts'
import { type FlashChip, PAGE_BYTES } from '../../firmware/host/flash.ts'
import { SLOT_SECTORS } from '../../shared/update/slots.ts'
import { CUT_MOMENTS, type CutMoment, createNor, type NorModel, PowerCut } from '../support/nor.ts'

const FROM = POOL_AT
const TO = (SLOTS_AT[1] as number) + SLOT_SECTORS * PAGE_BYTES
const SECTORS = (TO - FROM) / PAGE_BYTES

/** As printed: `bytes` undefined for an erase. */
export interface Operation {
  at: number
  bytes: Uint8Array | undefined
}

/**
 * The engine's side, before any program: every write and erase is printed. A module is made from the text of its function, so what it needs
 * stands in a global.
 */
export const TAPE = `var TAPE={F:require("Flash")};
Modules.addCached("Flash",function(){
exports.read=function(l,a){return TAPE.F.read(l,a);};
exports.write=function(d,a){print("W "+a+" "+btoa(E.toString(d)));TAPE.F.write(d,a);};
exports.erasePage=function(a){print("E "+a);TAPE.F.erasePage(a);};
});
`

/** What a line says was written or erased; undefined for a line that says something else. */
export function operationIn(line: string): Operation | undefined {
  const parts = /^(?:W (\d+) ([\w+/=]+)|E (\d+))$/.exec(line)
  if (!parts) return undefined
  const at = Number(parts[1] ?? parts[3])
  return { at, bytes: parts[2] === undefined ? undefined : Buffer.from(parts[2], 'base64') }
}

export function copyOf(image: NorModel): NorModel {
  const copy = createNor(SECTORS)
  copy.cells.set(image.cells)
  return copy
}

/** `sectors` of an image from an address on, as the shared code sees a region. Its writes leave the image alone. */
export function part(image: NorModel, at: number, sectors: number): NorModel {
  const nor = createNor(sectors)
  nor.cells.set(image.cells.subarray(at - FROM, at - FROM + sectors * PAGE_BYTES))
  return nor
}

/** A region's cells into an image. */
export function put(image: NorModel, at: number, region: NorModel): void {
  image.cells.set(region.cells, at - FROM)
}

export function apply(image: NorModel, { at, bytes }: Operation): void {
  if (bytes === undefined) image.erase((at - FROM) / PAGE_BYTES)
  else image.write(at - FROM, bytes)
}

/** The power goes in the next operation. */
function applyCut(image: NorModel, operation: Operation, moment: CutMoment): void {
  image.cutAt(1, moment)
  try {
    apply(image, operation)
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  }
}

/** What the power leaves in one of the operations. */
export interface Cut {
  /** Before it. */
  at: NorModel
  index: number
  cut: NorModel
  where: string
}

/** Those cuts of all operations that `take` wants, in order. */
export function* cutsOf(start: NorModel, operations: Operation[], take: () => boolean): Generator<Cut> {
  const at = copyOf(start)
  for (const [index, operation] of operations.entries()) {
    for (const moment of CUT_MOMENTS.filter(take)) {
      const cut = copyOf(at)
      applyCut(cut, operation, moment)
      yield { at, index, cut, where: `${moment} operation ${index + 1}` }
    }
    apply(at, operation)
  }
}

export function imageOf(chip: FlashChip): NorModel {
  const image = createNor(SECTORS)
  image.cells.set(chip.read(FROM, TO - FROM))
  return image
}

export function putImage(chip: FlashChip, image: NorModel): void {
  for (let at = 0; at < image.cells.length; at += PAGE_BYTES) {
    chip.erasePage(FROM + at)
    chip.write(FROM + at, image.cells.subarray(at, at + PAGE_BYTES))
  }
}

/** From the flash file of an engine that does not run. */
export function readImage(path: string): NorModel {
  const image = createNor(SECTORS)
  const file = openSync(path, 'r')
  readSync(file, image.cells, 0, image.cells.length, FROM)
  closeSync(file)
  return image
}

export function writeImage(path: string, image: NorModel): void {
  const file = openSync(path, 'r+')
  writeSync(file, image.cells, 0, image.cells.length, FROM)
  closeSync(file)
}
