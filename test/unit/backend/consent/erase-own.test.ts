// A customer has what was measured erased: the key goes, what was permitted ends, and what comes after is a tenure of its own.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { NOON_S } from '../../../support/batches.ts'
import { type ClaimedHome, type Fresh, OPERATOR_KEY, type Person } from '../../../support/claimed-home.ts'
import { openConsentHome } from '../../../support/consent-home.ts'
import type { ConsentWorld } from '../../../support/consent-world.ts'

let home: ClaimedHome
let w: ConsentWorld
let anna: Person
let bert: Person
let dongle: Fresh

beforeAll(async () => {
  ;({ home, w, anna, bert, dongle } = await openConsentHome())
})
afterAll(() => home.stop())

test('nothing of it can be read any more, every permission of it has ended, and what comes next is there again', async () => {
  const { permissionId } = await w.subscribed(w.service.serviceId)
  const [held] = (await w.own('GET', '/own/tenures')).body.items
  const path = `/own/tenures/${held.meteringPointId}/${held.fromS}`
  expect(await home.sees(anna)).toHaveLength(10)
  home.clock.nowS = NOON_S + 100

  expect((await w.own('POST', `${path}/erase`)).body.code).toBe('sign-in.stale') // by a key, whoever holds it
  expect((await w.weigh(`${path}/erase`, undefined, {}, bert.accessKey)).body.code).toBe('tenure.unknown')
  expect(await home.sees(anna)).toHaveLength(10)
  expect((await w.weigh(`${path}/erase`)).status).toBe(204)

  expect(await home.sees(anna)).toEqual([])
  expect((await w.own('GET', `${path}/readings?resolution=raw&fromS=0&toS=${NOON_S + 900}`)).body.code).toBe(
    'tenure.unknown',
  )
  expect((await w.weigh(`${path}/erase`)).body.code).toBe('tenure.unknown')
  const [permission] = (await w.own('GET', '/permissions')).body.items
  expect(permission).toMatchObject({ permissionId, state: 'withdrawn', endCause: 'erased' })
  expect(w.permissions.validAt(permissionId, w.nowMs())).toBe(false)
  expect((await w.own('GET', '/own/tenures')).body.items).toMatchObject([{ fromS: NOON_S + 100, toS: null }])

  // What was measured before and comes late is of the erased one.
  expect(await home.measures(dongle, NOON_S + 50)).toMatch(/^refused/)
  expect(await home.measures(dongle, NOON_S + 100)).toBe('stored')
  expect(await home.sees(anna)).toHaveLength(10)
  expect(await home.stateOf(dongle)).toBe('bound')
  expect((await w.ask('GET', '/audit/verdict', OPERATOR_KEY)).body).toMatchObject({ isWhole: true })
})
