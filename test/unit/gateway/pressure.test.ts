import { expect, test } from 'vitest'
import { addLoad, createPressure, dropLoad, judge, type Load } from '../../../gateway/pressure.ts'
import fc from '../../support/given-cases.ts'

const LIMITS = { dongleCount: 3, dongleBytes: 1000, waitCount: 10, waitBytes: 5000, refuseBytes: 8000 }
const none = (): Load => ({ count: 0, bytes: 0 })

test('takes while there is room for the dongle and in all', () => {
  const pressure = createPressure(LIMITS)
  expect(judge(pressure, none(), none(), 500)).toBe('take')
})

test('a dongle that has its share here waits, another does not', () => {
  const pressure = createPressure(LIMITS)
  expect(judge(pressure, { count: 3, bytes: 300 }, none(), 100)).toBe('wait')
  expect(judge(pressure, { count: 1, bytes: 1000 }, none(), 100)).toBe('wait')
  expect(judge(pressure, none(), none(), 100)).toBe('take')
})

test('a dongle keeps its order: what comes behind a waiting message waits', () => {
  expect(judge(createPressure(LIMITS), none(), { count: 1, bytes: 10 }, 10)).toBe('wait')
})

test('a dongle that goes on sending while it waits is refused', () => {
  expect(judge(createPressure(LIMITS), { count: 3, bytes: 9 }, { count: 5, bytes: 950 }, 100)).toBe('dongle-over-limit')
})

test('when all is full, everybody waits, and beyond that messages are dropped', () => {
  const pressure = createPressure(LIMITS)
  pressure.total.bytes = 5000
  expect(judge(pressure, none(), none(), 100)).toBe('wait')
  pressure.held.bytes = 2950
  expect(judge(pressure, none(), none(), 100)).toBe('gateway-over-limit')
})

test('whatever dongles send, what is here stays under the hard limit and one message', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ dongle: fc.nat(4), bytes: fc.integer({ min: 1, max: 900 }), isCommit: fc.boolean() })),
      steps => {
        const pressure = createPressure(LIMITS)
        const own = Array.from({ length: 5 }, () => ({ taken: none(), held: none() }))
        const queue: { dongle: number; bytes: number }[] = []
        for (const step of steps) {
          const load = own[step.dongle] as { taken: Load; held: Load }
          if (step.isCommit) {
            const done = queue.shift()
            if (done === undefined) continue
            dropLoad((own[done.dongle] as { taken: Load }).taken, done.bytes)
            dropLoad(pressure.total, done.bytes)
            continue
          }
          const verdict = judge(pressure, load.taken, load.held, step.bytes)
          if (verdict === 'take') {
            addLoad(load.taken, step.bytes)
            addLoad(pressure.total, step.bytes)
            queue.push(step)
          } else if (verdict === 'wait') {
            addLoad(load.held, step.bytes)
            addLoad(pressure.held, step.bytes)
          }
          expect(pressure.total.bytes + pressure.held.bytes).toBeLessThanOrEqual(LIMITS.refuseBytes + 900)
          expect(load.held.bytes).toBeLessThanOrEqual(LIMITS.dongleBytes)
        }
      },
    ),
  )
})
