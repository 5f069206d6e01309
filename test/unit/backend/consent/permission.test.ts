// The life of a permission under any acts at any times: what is refused changes nothing, what has ended stays ended, and the state is what its events
// make of it.

import { describe, expect, test } from 'vitest'
import {
  apply,
  decide,
  isValidAt,
  type Permission,
  type PermissionAct,
  type PermissionEvent,
  replay,
} from '../../../../backend/consent/permission.ts'
import { END_CAUSES } from '../../../../shared/schema/permission.ts'
import fc from '../../../support/given-cases.ts'
import { acted, aNeed, GRANTED_MS, granted, requested, someScope } from '../../../support/permissions.ts'

const ANSWER_BY_MS = GRANTED_MS + 3_600_000
const cause = fc.constantFrom(...END_CAUSES)
const anAct: fc.Arbitrary<PermissionAct> = fc.oneof(
  fc.constant<PermissionAct>({ act: 'request', scope: someScope(), answerByMs: ANSWER_BY_MS }),
  fc
    .option(fc.integer({ min: 1, max: 200_000 }), { nil: undefined })
    .map((lifetimeS): PermissionAct => (lifetimeS === undefined ? { act: 'grant' } : { act: 'grant', lifetimeS })),
  fc.constant<PermissionAct>({ act: 'refuse' }),
  fc.constant<PermissionAct>({ act: 'expire' }),
  fc.record({ act: fc.constantFrom('revoke' as const, 'terminate' as const, 'withdraw' as const), cause }),
)
// A clock that also steps back now and then, around the borders that count.
const anInstantMs = fc.integer({ min: -5000, max: 90_000_000 }).map(offset => GRANTED_MS + offset)
const aLife = fc.array(fc.tuple(anAct, anInstantMs), { maxLength: 30 })

const ENDED = ['refused', 'revoked', 'terminated', 'expired', 'withdrawn']

function lived(acts: [PermissionAct, number][]): { events: PermissionEvent[]; states: (Permission | undefined)[] } {
  const events: PermissionEvent[] = []
  const states: (Permission | undefined)[] = [undefined]
  for (const [act, nowMs] of acts) {
    const decided = decide(states.at(-1), act, nowMs)
    if (decided.ok) events.push(decided.value)
    states.push(decided.ok ? apply(states.at(-1), decided.value) : states.at(-1))
  }
  return { events, states }
}

describe('a permission under any acts', () => {
  test('is what its events make of it, and they never run backwards', () => {
    fc.assert(
      fc.property(aLife, acts => {
        const { events, states } = lived(acts)
        expect(replay(events)).toEqual(states.at(-1))
        for (const [i, event] of events.entries())
          if (i > 0) expect(event.atMs).toBeGreaterThanOrEqual(events[i - 1]!.atMs)
      }),
      { seed: 48, numRuns: 500 },
    )
  })

  test('stays ended once it has ended, and is valid at no instant from then on', () => {
    fc.assert(
      fc.property(aLife, anInstantMs, (acts, laterMs) => {
        const { states } = lived(acts)
        const first = states.findIndex(one => one !== undefined && ENDED.includes(one.state))
        if (first < 0) return
        for (const later of states.slice(first)) {
          expect(later).toBe(states[first])
          expect(isValidAt(later as Permission, laterMs)).toBe(false)
        }
      }),
      { seed: 48, numRuns: 500 },
    )
  })

  test('is valid only between its grant and the end of its lifetime, which the need bounds', () => {
    fc.assert(
      fc.property(aLife, anInstantMs, (acts, nowMs) => {
        for (const one of lived(acts).states) {
          if (one === undefined || !isValidAt(one, nowMs)) continue
          expect(one.state).toBe('granted')
          expect(nowMs).toBeGreaterThanOrEqual(one.grantedAtMs)
          expect(nowMs - one.grantedAtMs).toBeLessThan(one.need.lifetimeS * 1000)
        }
      }),
      { seed: 48, numRuns: 500 },
    )
  })
})

describe('a permission', () => {
  test('ends at the very millisecond', () => {
    const permission = granted()
    const untilMs = GRANTED_MS + 86_400_000
    expect([isValidAt(permission, GRANTED_MS - 1), isValidAt(permission, GRANTED_MS)]).toEqual([false, true])
    expect([isValidAt(permission, untilMs - 1), isValidAt(permission, untilMs)]).toEqual([true, false])
    expect(decide(permission, { act: 'expire' }, untilMs - 1)).toEqual({
      ok: false,
      fault: { code: 'permission.not-over' },
    })
    expect(acted(permission, { act: 'expire' }, untilMs)).toMatchObject({ state: 'expired', endCause: 'lifetime' })
  })

  test('lets readings out from the agreed history on, and none from before the tenure', () => {
    const grantedS = GRANTED_MS / 1000
    const some = granted(someScope({ need: aNeed({ historyS: 600 }) }))
    expect(some.readingsFromS).toBe(grantedS - 600)
    const all = granted(someScope({ tenureFromS: grantedS - 60, need: aNeed({ historyS: 600 }) }))
    expect(all.readingsFromS).toBe(grantedS - 60)
    expect(all.untilMs).toBe(GRANTED_MS + 86_400_000)
  })

  test('that nobody answers cannot be granted any more, and lapses', () => {
    const asked = requested()
    expect(decide(asked, { act: 'grant' }, ANSWER_BY_MS)).toEqual({ ok: false, fault: { code: 'permission.lapsed' } })
    expect(acted(asked, { act: 'expire' }, ANSWER_BY_MS)).toMatchObject({ state: 'expired', endCause: 'unanswered' })
  })

  test('revoked while it is granted a second time is revoked', () => {
    const revoked = acted(granted(), { act: 'revoke', cause: 'asked' }, GRANTED_MS + 5)
    const again = decide(revoked, { act: 'grant' }, GRANTED_MS + 6)
    expect(again).toEqual({ ok: false, fault: { code: 'permission.wrong-state', state: 'revoked' } })
  })

  test('takes a shorter lifetime, never a longer one', () => {
    expect(acted(requested(), { act: 'grant', lifetimeS: 60 }, GRANTED_MS).untilMs).toBe(GRANTED_MS + 60_000)
    expect(acted(requested(), { act: 'grant', lifetimeS: 9e9 }, GRANTED_MS).untilMs).toBe(GRANTED_MS + 86_400_000)
  })
})
