// The power goes before, half-way through, torn or after every flash operation of every flow of orders, and once more at every
// operation of the start that follows: there is always an identity and a configuration, and never a key that only one side knows.

import { describe, expect, test } from 'vitest'
import { CUT_MOMENTS, type CutMoment, type NorModel, PowerCut } from '../../support/nor.ts'
import { enrolled, type FlashFlow, ORDER_FLOWS, obey, start } from '../../support/order-flows.ts'

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

function cutEverywhere(flow: FlashFlow): { cuts: number; complaints: string[] } {
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

describe('after any two cuts in a row', () => {
  let total = 0
  test.each(ORDER_FLOWS)('$name leaves a dongle that works', flow => {
    const { cuts, complaints } = cutEverywhere(flow)
    total += cuts
    expect(complaints).toEqual([])
    expect(cuts).toBeGreaterThan(CUT_MOMENTS.length)
  })

  test('many places were tried', () => {
    console.log(`order flows: ${total} cuts`)
    expect(total).toBeGreaterThan(200)
  })
})

test('the check can fail: a page written over the good one is found out', () => {
  const careless: FlashFlow = {
    ...(ORDER_FLOWS[1] as FlashFlow),
    run: nor => {
      obey(nor, 'configure', new Uint8Array([0xa1, 4, 0x18, 60]))
      nor.erase(2)
      nor.erase(3)
    },
    recover: () => {},
    complaint: nor => {
      try {
        start(nor)
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    },
  }
  expect(cutEverywhere(careless).complaints.length).toBeGreaterThan(0)
})
