// The life of a dongle: which step may follow which, and what must come with it, for every state and event.

import { describe, expect, test } from 'vitest'
import { type Life, type LifeEvent, step } from '../../../backend/dongles/lifecycle.ts'
import { judgeMeter } from '../../../backend/dongles/meter-verdict.ts'
import { canBecome } from '../../../backend/dongles/states.ts'
import { failed, ok } from '../../../shared/kernel/result.ts'
import type { DongleState } from '../../../shared/port/dongle-directory.ts'
import { DONGLE_EVENTS, WAIT_REASONS } from '../../../shared/schema/custody.ts'
import fc from '../../support/given-cases.ts'
import { anEntry } from '../../support/register-contract.ts'

const NOT_STEPS = ['registered', 'code-replaced', 'vouched', 'key-rotated']
const anEvent = fc
  .record({
    event: fc.constantFrom(...DONGLE_EVENTS.filter(name => !NOT_STEPS.includes(name))),
    reason: fc.constantFrom(...WAIT_REASONS),
  })
  .map(event => event as LifeEvent)

/** Every life that `events` lead through, from the shelf on. */
function liveOn(events: LifeEvent[], hasOwner = true) {
  const lives: { before: Life; event: LifeEvent; after: ReturnType<typeof step> }[] = []
  let life: Life = { state: 'registered', reason: null }
  for (const event of events) {
    const after = step(life, event, hasOwner)
    lives.push({ before: life, event, after })
    if (after.ok) life = after.value
  }
  return lives
}

describe('any events in any order', () => {
  test('lead only where the graph of states leads, and a refusal names the state', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 60 }), fc.boolean(), (events, hasOwner) => {
        for (const { before, after } of liveOn(events, hasOwner)) {
          if (!after.ok) expect(after.fault).toEqual({ code: 'dongle.wrong-state', from: before.state })
          else if (after.value.state !== before.state)
            expect([before.state, after.value.state, canBecome(before.state, after.value.state)]).toContain(true)
        }
      }),
    )
  })

  test('a state that waits says what for, and no other does', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 60 }), events => {
        for (const { after } of liveOn(events)) {
          if (!after.ok) continue
          const waits = after.value.state === 'claimed' || after.value.state === 'suspended'
          expect([after.value.state, after.value.reason !== null]).toEqual([after.value.state, waits])
        }
      }),
    )
  })

  test('who is cut off is cut, its code burnt, what is held for it discarded; retired is for good', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 60 }), events => {
        for (const { before, after } of liveOn(events)) {
          if (!after.ok) continue
          expect(before.state).not.toBe('retired')
          if (after.value.state !== 'lost' && after.value.state !== 'retired') continue
          expect(after.value.duties).toEqual(['cut', 'discard-held'])
          expect(after.value.changes).toContain('burn-code')
        }
      }),
    )
  })

  test('only a meter that fits binds, releases what was held, and burns the code; a suspicion of a clone is not ended by it', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 60 }), events => {
        for (const { before, event, after } of liveOn(events)) {
          const binds = after.ok && after.value.state === 'bound'
          const fits = ['bound', 'meter-swapped', 'moved'].includes(event.event)
          if (binds) expect([fits, before.reason === 'clone']).toEqual([true, false])
          if (binds) expect(after.value.changes).toContain('burn-code')
          expect(after.ok && after.value.duties.includes('release-held')).toBe(binds)
        }
      }),
    )
  })
})

describe('a step', () => {
  const at = (state: DongleState, reason: Life['reason'] = null): Life => ({ state, reason })

  test('of a meter that says nothing new does not talk an announced end away', () => {
    for (const reason of ['clone', 'tenure-ended', 'moving'] as const) {
      expect(step(at('suspended', reason), { event: 'waiting', reason: 'other-meter' }, true)).toMatchObject({
        value: { state: 'suspended', reason },
      })
    }
  })

  test('tells a dongle to stop when its tenure ends, and to go on when it is bound again', () => {
    expect(step(at('bound'), { event: 'tenure-ended' }, true)).toMatchObject({ value: { duties: ['stop'] } })
    expect(step(at('suspended', 'tenure-ended'), { event: 'moved' }, true)).toMatchObject({
      value: { duties: ['release-held', 'resume'] },
    })
    expect(step(at('claimed', 'no-telegram'), { event: 'bound' }, true)).toMatchObject({
      value: { duties: ['release-held'] },
    })
  })

  test('of giving away wipes it and forgets whose it was', () => {
    expect(step(at('bound'), { event: 'given-away' }, true)).toMatchObject({
      value: {
        state: 'transfer',
        changes: ['forget-owner', 'forget-meters', 'leave-point'],
        duties: ['wipe', 'discard-held'],
      },
    })
  })

  test('of finding one brings it back to its owner with another key, or to the shelf', () => {
    const found: LifeEvent = { event: 'found' }
    expect(step(at('lost'), found, true)).toMatchObject({ value: { state: 'claimed', duties: ['rotate-key'] } })
    expect(step(at('lost'), found, false)).toMatchObject({ value: { state: 'registered', reason: null } })
  })

  test('of a claim is refused for what somebody holds, and for what is cut off', () => {
    for (const state of ['bound', 'suspended', 'lost', 'retired', 'flashed'] as const) {
      expect(step(at(state), { event: 'claimed' }, true)).toEqual(failed({ code: 'dongle.wrong-state', from: state }))
    }
  })
})

describe('a meter', () => {
  const silent = failed({ code: 'register.unreachable' })
  test.each([
    ['of an account that nobody has linked', 'X', undefined, 'holder-unknown'],
    ['that has not spoken', undefined, ok([anEntry()]), 'no-telegram'],
    ['while the register is silent', 'X', silent, 'register-unreachable'],
    ['of a person who holds nothing', 'X', ok([]), 'no-point'],
    ['that is none of theirs', 'X', ok([anEntry()]), 'other-meter'],
    ['while the register does not know theirs', 'X', ok([anEntry({ meterSerial: null })]), 'meter-unlisted'],
    [
      'that two points claim to have',
      '1SAG1100000001',
      ok([anEntry(), anEntry({ ean: '999999990000000111' })]),
      'other-meter',
    ],
  ] as const)('%s waits', (_name, serial, points, reason) => {
    expect(judgeMeter(serial, points as Parameters<typeof judgeMeter>[1])).toEqual({ kind: 'waits', reason })
  })

  test.each(['1SAG1100000001', '1sag1100000001', ' 1SAG1100000001 ', Buffer.from('1SAG1100000001').toString('hex')])(
    '%s fits the entry that has it, however it is written',
    serial => {
      const entry = anEntry()
      expect(judgeMeter(serial, ok([anEntry({ ean: '999999990000000111', meterSerial: 'other' }), entry]))).toEqual({
        kind: 'fits',
        entry,
      })
    },
  )
})
