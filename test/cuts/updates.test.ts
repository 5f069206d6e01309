// The power goes at every flash operation of every flow of updates and of the making of a dongle, and again in the start, or the tool's run, that
// follows: there is always an identity and a program whose hash is right, and the update comes to its end. The same rows stand in `npm run cuts`.

import { expect, test } from 'vitest'
import { chooseSlot } from '../../shared/update/slots.ts'
import { PROVISION_FLOWS } from '../support/provision-flows.ts'
import { begin, slotsOf, UPDATE_FLOWS } from '../support/update-flows.ts'
import { cutEverywhere } from './flash-flow.ts'

test.each([...PROVISION_FLOWS, ...UPDATE_FLOWS])('after any two cuts in a row: $name', flow => {
  const { cuts, complaints } = cutEverywhere(flow)
  expect(complaints.slice(0, 5)).toEqual([])
  expect(cuts).toBeGreaterThan(8)
})

test('the check can fail: a download into the slot that runs is found out', () => {
  const flow = UPDATE_FLOWS[0]!
  const careless = cutEverywhere({
    ...flow,
    run: nor => {
      const life = begin(nor, true)
      for (const slot of slotsOf(nor)) slot.erase(0)
      chooseSlot(life.host.slots, life.host.sha256Of, true)
    },
  })
  expect(careless.complaints.length).toBeGreaterThan(0)
})

test('the check can fail: a commit that spoils a program is found out', () => {
  const flow = UPDATE_FLOWS.find(one => one.name === 'commit')!
  const careless = cutEverywhere({
    ...flow,
    run: nor => {
      for (const slot of slotsOf(nor)) slot.write(4096, new Uint8Array(64))
    },
  })
  expect(careless.complaints.length).toBeGreaterThan(0)
})

test('the check can fail: a tool that makes a dongle anew is found out', () => {
  const flow = PROVISION_FLOWS.find(one => one.name === 'provision a dongle once more')!
  const careless = cutEverywhere({
    ...flow,
    run: nor => {
      for (const sector of [0, 1]) nor.erase(sector)
      flow.run(nor)
    },
  })
  expect(careless.complaints[0]).toContain('the identity that was there is gone')
})
