// The power goes before, half-way through, torn or after every flash operation of every flow of orders, and once more at every
// operation of the start that follows: there is always an identity and a configuration, and never a key that only one side knows.

import { describe, expect, test } from 'vitest'
import { cutOrderFlow } from '../../cuts/order.ts'
import { CUT_MOMENTS } from '../../support/nor.ts'
import { type FlashFlow, ORDER_FLOWS, obey, start } from '../../support/order-flows.ts'

describe('after any two cuts in a row', () => {
  let total = 0
  test.each(ORDER_FLOWS)('$name leaves a dongle that works', flow => {
    const { cuts, recovered, failures } = cutOrderFlow(flow)
    total += cuts
    expect(failures).toEqual([])
    expect(recovered).toBe(cuts)
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
  expect(cutOrderFlow(careless).failures.length).toBeGreaterThan(0)
})
