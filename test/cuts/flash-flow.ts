// Runs a flow of one flash with the power going before, half-way through, torn or after each of its operations, and once more at every operation of
// the start that follows.

import { CUT_MOMENTS, type CutMoment, createNor, type NorModel, PowerCut } from '../support/nor.ts'
import type { FlashFlow } from '../support/order-flows.ts'

/** True when the power went. */
function isCut(nor: NorModel, at: number, moment: CutMoment, work: (nor: NorModel) => void): boolean {
  nor.cutAt(at, moment)
  try {
    work(nor)
    return false
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
    return true
  } finally {
    nor.cutAt(0, moment)
  }
}

/** A copy of the cells behind a fresh model. */
function copyOf(nor: NorModel): NorModel {
  const copy = createNor(nor.sectorCount)
  copy.cells.set(nor.cells)
  return copy
}

export function cutEverywhere(flow: FlashFlow): { cuts: number; complaints: string[] } {
  const complaints: string[] = []
  let cuts = 0
  const check = (nor: NorModel, where: string): void => {
    cuts++
    const complaint = flow.complaint(nor)
    if (complaint !== undefined) complaints.push(`${where}: ${complaint}`)
  }
  const before = flow.prepare()
  for (const moment of CUT_MOMENTS) {
    for (let at = 1; ; at++) {
      const nor = copyOf(before)
      if (!isCut(nor, at, moment, flow.run)) break
      check(copyOf(nor), `${moment} ${at}`)
      for (const again of CUT_MOMENTS) {
        for (let secondAt = 1; ; secondAt++) {
          const twice = copyOf(nor)
          if (!isCut(twice, secondAt, again, flow.recover)) break
          check(twice, `${moment} ${at}, then ${again} ${secondAt}`)
        }
      }
    }
  }
  const whole = copyOf(before)
  flow.run(whole)
  check(whole, 'not cut')
  return { cuts, complaints }
}
