// The flows of orders (test/support/order-flows.ts), cut like the others: at every write and erase, and again at every one of the start
// that follows. What must be true afterwards each flow says itself.

import { CUT_MOMENTS, type CutMoment, type NorModel, PowerCut } from '../support/nor.ts'
import { enrolled, type FlashFlow } from '../support/order-flows.ts'
import type { CutRow } from './cut.ts'

const FAILURES_SHOWN = 5

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
  const copy = enrolled()
  copy.cells.set(nor.cells)
  return copy
}

export function cutOrderFlow(flow: FlashFlow): CutRow {
  const row: CutRow = { flow: flow.name, cuts: 0, recovered: 0, lostAcknowledged: 0, missingUncounted: 0, failures: [] }
  const check = (nor: NorModel, where: string): void => {
    row.cuts++
    const complaint = flow.complaint(nor)
    if (complaint === undefined) row.recovered++
    else if (row.failures.length < FAILURES_SHOWN) row.failures.push(`${where}: ${complaint}`)
  }
  const before = flow.prepare()
  for (const moment of CUT_MOMENTS) {
    for (let at = 1; ; at++) {
      const nor = copyOf(before)
      if (!isCut(nor, at, moment, flow.run)) break
      check(copyOf(nor), `${moment} operation ${at}`)
      for (const again of CUT_MOMENTS) {
        for (let secondAt = 1; ; secondAt++) {
          const twice = copyOf(nor)
          if (!isCut(twice, secondAt, again, flow.recover)) break
          check(twice, `${moment} operation ${at}, then ${again} operation ${secondAt} of the recovery`)
        }
      }
    }
  }
  const whole = copyOf(before)
  flow.run(whole)
  check(whole, 'not cut')
  return row
}
