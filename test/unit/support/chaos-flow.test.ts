import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../shared/kernel/random.ts'
import { createFlow, type LineFault } from '../../support/chaos-flow.ts'
import fc from '../../support/given-cases.ts'

const Bytes = fc.uint8Array({ minLength: 1, maxLength: 300 })
const Fault = fc.oneof(
  fc.constant(undefined),
  fc.record({ kind: fc.constant('delay' as const), ms: fc.nat(500), jitterMs: fc.nat(200) }),
  fc.record({ kind: fc.constant('drip' as const), bytes: fc.integer({ min: 1, max: 9 }), everyMs: fc.nat(50) }),
  fc.record({ kind: fc.constant('bandwidth' as const), bytesPerS: fc.integer({ min: 1, max: 5000 }) }),
)

const joined = (parts: Uint8Array[]): Buffer => Buffer.concat(parts)

describe('one direction of a line', () => {
  test('gives every byte once and in order, whatever slows it and however faults change on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(Bytes, Fault, fc.nat(300))), fc.integer(), (pushes, seed) => {
        const flow = createFlow(seededRandom(seed))
        const out: Uint8Array[] = []
        let nowMs = 0
        for (const [bytes, fault, laterMs] of pushes) {
          flow.push(bytes, nowMs, fault)
          nowMs += laterMs
          out.push(...flow.take(nowMs))
        }
        flow.heal(nowMs)
        out.push(...flow.take(nowMs))
        expect(joined(out)).toEqual(joined(pushes.map(([bytes]) => bytes)))
        expect(flow.waiting()).toBe(0)
        expect(flow.nextMs()).toBeUndefined()
      }),
    )
  })

  const bytes = Buffer.from('0123456789')
  const outAt = (fault: LineFault, nowMs: number): string => {
    const flow = createFlow(seededRandom(1))
    flow.push(bytes, 1000, fault)
    return joined(flow.take(1000 + nowMs)).toString()
  }

  test('a delay holds all of it until it is over', () => {
    const fault: LineFault = { kind: 'delay', ms: 200, jitterMs: 0 }
    expect(outAt(fault, 199)).toBe('')
    expect(outAt(fault, 200)).toBe('0123456789')
  })

  test('a drip gives so many bytes at each step', () => {
    const fault: LineFault = { kind: 'drip', bytes: 3, everyMs: 10 }
    expect(outAt(fault, 9)).toBe('')
    expect(outAt(fault, 25)).toBe('012345')
    expect(outAt(fault, 40)).toBe('0123456789')
  })

  test('a narrow line needs a second for a second’s bytes', () => {
    const fault: LineFault = { kind: 'bandwidth', bytesPerS: 20 }
    expect(outAt(fault, 250)).toBe('01234')
    expect(outAt(fault, 500)).toBe('0123456789')
  })

  test('a corrupting line changes bits, not lengths, and about as many as was asked', () => {
    const flow = createFlow(seededRandom(5))
    const sent = Buffer.alloc(100_000)
    flow.push(sent, 0, { kind: 'corrupt', perBytes: 1000 })
    const got = joined(flow.take(0))
    const wrong = got.filter(byte => byte !== 0)
    expect(got).toHaveLength(sent.length)
    expect(wrong.length).toBeGreaterThan(50)
    expect(wrong.length).toBeLessThan(200)
    expect(wrong.every(byte => Math.log2(byte) % 1 === 0)).toBe(true)
    expect(sent.every(byte => byte === 0)).toBe(true)
  })
})
