// The gate by itself: what no right is named for is not served, what a right does not name a profile for nobody gets, and how old a sign-in may be.

import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, test } from 'vitest'
import { type Caller, type PersonCaller, profilesOf, requireFresh } from '../../../backend/access/caller.ts'
import { guardRoutes } from '../../../backend/access/gate.ts'
import { answerError, Problem } from '../../../backend/problem.ts'
import { PROFILE_NAMES, RIGHT_NAMES, rowOf } from '../../../shared/schema/access.ts'

function aPerson(wish: Partial<PersonCaller> = {}): PersonCaller {
  return { kind: 'person', accountNo: 7, accountId: 'acc_a', roles: ['grid-user'], espIds: [], freshS: null, ...wish }
}

function appFor(caller: Caller, accepting: number[] = []): FastifyInstance {
  const app = Fastify()
  app.setErrorHandler(answerError)
  guardRoutes(
    app,
    async () => caller,
    async accountNo => accepting.includes(accountNo),
  )
  return app
}

describe('the gate', () => {
  test('a route that names no right keeps the application from starting', async () => {
    const app = appFor(aPerson())
    app.get('/forgotten', async () => 'all of it')
    await expect(app.ready()).rejects.toThrow('GET /forgotten names no right')
  })

  test('a right that is not in the table is none', async () => {
    const app = appFor(aPerson())
    app.get('/mistyped', { config: { access: 'points.sea' as never } }, async () => 'all of it')
    await expect(app.ready()).rejects.toThrow('names no right')
  })

  test('a route inside a plugin is seen too', async () => {
    const app = appFor(aPerson())
    app.register(async inner => void inner.get('/deep', async () => 'all of it'), { prefix: '/in' })
    await expect(app.ready()).rejects.toThrow('GET /in/deep names no right')
  })

  test('in somebody else’s name a person has the mandate’s profile and none of their own', async () => {
    const actingFor = { mandateId: 'man_a', mandateNo: 1, accountNo: 9, accountId: 'acc_b', scope: 'look' as const }
    const caller = aPerson({ roles: ['grid-user', 'operator'], actingFor })
    expect(profilesOf(caller)).toEqual(['mandated-look'])
    const app = appFor(caller)
    app.get('/see', { config: { access: 'points.see' } }, async ({ accountNo, accountId, actor }) => {
      return { accountNo, accountId, actor }
    })
    app.get('/operate', { config: { access: 'audit.see' } }, async () => 'all of it')
    expect((await app.inject('/see')).json()).toEqual({
      accountNo: 9,
      accountId: 'acc_b',
      actor: 'mandated acc_a for acc_b',
    })
    expect((await app.inject('/operate')).json().code).toBe('role.missing')
    await app.close()
  })

  test('readings are for whose grid user accepts the terms of use: who acts for one rests on that one’s acceptance', async () => {
    const actingFor = { mandateId: 'man_a', mandateNo: 1, accountNo: 9, accountId: 'acc_b', scope: 'look' as const }
    for (const [caller, accepting, code] of [
      [aPerson(), [7], undefined],
      [aPerson(), [9], 'terms.not-accepted'],
      [aPerson({ actingFor }), [9], undefined],
      [aPerson({ actingFor }), [7], 'terms.not-accepted'],
      [aPerson({ roles: ['operator'] }), [7], 'role.missing'],
    ] as const) {
      const app = appFor(caller, [...accepting])
      app.get('/readings', { config: { access: 'readings.see' } }, async () => ({}))
      expect((await app.inject('/readings')).json().code).toBe(code)
      await app.close()
    }
  })

  test('what weighs wants a sign-in of just now; a key is never one', () => {
    const asked = (freshS: number | null) => () => requireFresh({ caller: aPerson({ freshS }) })
    expect(asked(0)).not.toThrow()
    expect(asked(300)).not.toThrow()
    for (const freshS of [301, null]) {
      expect(asked(freshS)).toThrow(Problem)
      expect(asked(freshS)).toThrow(expect.objectContaining({ code: 'sign-in.stale' }))
    }
    expect(() => requireFresh({ caller: { kind: 'machine', espId: 'esp_a' } })).toThrow(Problem)
  })
})

describe('the table of rights', () => {
  test('a yes, a mandate and an erasure want a fresh sign-in; no way out ever does', () => {
    const weighs = ['consent.give', 'mandates.give', 'mandates.take', 'tenures.erase'] as const
    const waysOut = ['consent.act', 'terms.accept', 'account.own', 'tenures.export', 'consent.see'] as const
    for (const right of weighs) expect([right, rowOf(right).isFresh]).toEqual([right, true])
    for (const right of waysOut) {
      const { isFresh, needsTerms } = rowOf(right)
      expect([right, isFresh, needsTerms]).toEqual([right, undefined, undefined])
    }
  })

  test('every right is somebody’s, and every profile has one', () => {
    for (const right of RIGHT_NAMES) expect(rowOf(right).may.length, right).toBeGreaterThan(0)
    const used = new Set(RIGHT_NAMES.flatMap(right => rowOf(right).may))
    expect(
      PROFILE_NAMES.filter(profile => !used.has(profile) && profile !== 'esp-manager' && profile !== 'esp-machine'),
    ).toEqual([])
  })
})
