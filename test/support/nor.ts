// NOR flash in memory, as unkind as the real one: writes can only clear bits, erases work on whole sectors, and the power can
// go before, half-way through or after any of them.

import { crc32 } from '../../shared/session/crc32.ts'
import type { NorFlash } from '../../shared/session/nor-flash.ts'

/** Thrown when the power goes; whatever was in RAM is gone, `cells` stay. */
export class PowerCut extends Error {}

export type CutMoment = 'before' | 'half-way' | 'after'

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
  // Runs `all` or, when the power goes here, `half`.
  const operate = (half: () => void, all: () => void) => {
    nor.operations++
    if (nor.operations !== cutOperation) return all()
    cutOperation = 0
    if (cutMoment === 'half-way') half()
    if (cutMoment === 'after') all()
    throw new PowerCut('the power went')
  }
  const nor: NorModel = {
    cells,
    operations: 0,
    erasesOf,
    sectorBytes,
    sectorCount,
    crc32,
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
      const put = (count: number) => {
        for (let i = 0; i < count; i++) cells[at + i] = (cells[at + i] as number) & (bytes[i] as number)
      }
      operate(
        () => put(Math.floor(bytes.length / 2)),
        () => put(bytes.length),
      )
    },
    erase(sector) {
      check(sector >= 0 && sector < sectorCount, `erase ${sector}`)
      const start = sector * sectorBytes
      operate(
        () => cells.fill(0xff, start + sectorBytes / 2, start + sectorBytes),
        () => cells.fill(0xff, start, start + sectorBytes),
      )
      erasesOf[sector]!++
    },
  }
  return nor
}
