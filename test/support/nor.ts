// NOR flash in memory, as unkind as the real one: writes can only clear bits, erases work on whole sectors, and the power can
// go before, half-way through or after any of them.

import { crc32 } from 'node:zlib'
import { PLAIN_PACKING } from '../../shared/kernel/plain-packing.ts'
import type { NorFlash } from '../../shared/session/nor-flash.ts'

/** Thrown when the power goes; whatever was in RAM is gone, `cells` stay. */
export class PowerCut extends Error {}

/** half-way: the first half of the bytes is done. torn: bits here and there are, as a cell array left to itself may show. */
export type CutMoment = 'before' | 'half-way' | 'torn' | 'after'
export const CUT_MOMENTS: readonly CutMoment[] = ['before', 'half-way', 'torn', 'after']

export interface NorModel extends NorFlash {
  cells: Uint8Array
  /** Writes and erases so far. */
  operations: number
  erasesOf: Uint32Array
  /** Cuts the power at operation `at` (counted from now, 1 = the next one). 0: no cut. */
  cutAt(at: number, moment: CutMoment): void
}

export function createNor(sectorCount: number, sectorBytes = 4096): NorModel {
  const cells = new Uint8Array(sectorCount * sectorBytes).fill(0xff)
  const erasesOf = new Uint32Array(sectorCount)
  let cutOperation = 0
  let cutMoment: CutMoment = 'before'
  const check = (isFine: boolean, sentence: string) => {
    if (!isFine) throw new Error(`nor: ${sentence}`)
  }
  // Which bits of byte `i` of `count` have arrived when the power goes.
  const arrived = (i: number, count: number): number => {
    if (cutMoment === 'half-way') return i < count / 2 ? 0xff : 0
    if (cutMoment === 'torn') return (Math.imul(i + nor.operations, 0x9e3779b1) >>> 24) & 0xff
    return cutMoment === 'after' ? 0xff : 0
  }
  // `whole` does all of it; `change(i, mask)` only the bits of `mask` in byte `i`.
  const operate = (count: number, change: (i: number, mask: number) => void, whole: () => void) => {
    nor.operations++
    if (nor.operations !== cutOperation) return whole()
    for (let i = 0; i < count; i++) change(i, arrived(i, count))
    cutOperation = 0
    throw new PowerCut('the power went')
  }
  const nor: NorModel = {
    cells,
    operations: 0,
    erasesOf,
    sectorBytes,
    sectorCount,
    crc32,
    packing: PLAIN_PACKING,
    cutAt(at, moment) {
      cutOperation = at === 0 ? 0 : nor.operations + at
      cutMoment = moment
    },
    read(at, length) {
      check(at % 4 === 0 && length % 4 === 0 && at >= 0 && at + length <= cells.length, `read ${at}+${length}`)
      return cells.slice(at, at + length)
    },
    write(at, bytes) {
      check(at % 4 === 0 && bytes.length % 4 === 0 && bytes.length > 0, `write ${at}+${bytes.length} is not in words`)
      check(
        Math.floor(at / sectorBytes) === Math.floor((at + bytes.length - 1) / sectorBytes),
        'write crosses a sector',
      )
      const change = (i: number, mask: number) => {
        cells[at + i]! &= (bytes[i] as number) | (~mask & 0xff)
      }
      operate(bytes.length, change, () => {
        for (let i = 0; i < bytes.length; i++) cells[at + i]! &= bytes[i] as number
      })
    },
    erase(sector) {
      check(sector >= 0 && sector < sectorCount, `erase ${sector}`)
      const start = sector * sectorBytes
      // From the end: the worst half-way is the one that leaves the sector's head standing.
      const change = (i: number, mask: number) => {
        cells[start + sectorBytes - 1 - i]! |= mask
      }
      operate(sectorBytes, change, () => {
        cells.fill(0xff, start, start + sectorBytes)
      })
      erasesOf[sector]!++
    },
  }
  return nor
}
