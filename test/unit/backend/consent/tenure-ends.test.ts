// The market says that somebody else holds the point: in one transaction every permission of the tenure ends, both sides are told, the dongle is ordered to stop
// and its answer is kept, the next holder starts with nothing, and the one before takes out what was theirs. Then the market says it late, twice, wrongly.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MarketStory } from '../../../../shared/schema/market.ts'
import { NOON_S } from '../../../support/batches.ts'
import { type ClaimedHome, type Fresh, HOME_EAN, OPERATOR_KEY, type Person } from '../../../support/claimed-home.ts'
import { openConsentHome } from '../../../support/consent-home.ts'
import { aServiceText, type ConsentWorld } from '../../../support/consent-world.ts'
import { aMarketEvent, type MarketStub, openMarketStub } from '../../../support/market-stub.ts'

let home: ClaimedHome
let w: ConsentWorld
let market: MarketStub
let anna: Person
let bert: Person
let dongle: Fresh

beforeAll(async () => {
  ;({ home, w, anna, bert, dongle } = await openConsentHome())
  market = openMarketStub(w, OPERATOR_KEY)
})
afterAll(() => home.stop())

const pointOf = async (who: Person) => (await home.get('/api/v1/metering-points', who.accessKey)).body.items[0]
const atS = NOON_S + 1000

test('all that was permitted ends with the tenure, both sides are told why, and the dongle’s stop is ordered and confirmed', async () => {
  const second = await w.published(w.manager, aServiceText())
  const ids = [await w.subscribed(w.service.serviceId), await w.subscribed(second.serviceId)].map(
    one => one.permissionId,
  )
  home.clock.nowS = NOON_S + 3600
  expect(await market.say(aMarketEvent({ ean: HOME_EAN, kind: 'move', effectiveS: atS }))).toEqual(['applied'])

  expect(w.ended.map(one => [one.permissionId, one.state, one.endCause])).toEqual(
    ids.map(id => [id, 'withdrawn', 'move']),
  )
  expect(ids.map(id => w.permissions.validAt(id, w.nowMs()))).toEqual([false, false])
  const told = (await w.ask('GET', '/esp/notices', w.manager)).body.items
  expect(told.filter((one: { kind: string }) => one.kind === 'withdrawn')).toHaveLength(2)
  expect((await w.own('GET', '/notices')).body.items[0]).toMatchObject({ kind: 'withdrawn', cause: 'move' })

  const ends = async () => (await w.ask('GET', '/tenure-ends', OPERATOR_KEY)).body.items
  const end = { cause: 'move', permissions: 2, toS: atS }
  expect(await ends()).toMatchObject([
    { ...end, dongles: [{ dongleId: dongle.dongleId, stop: 'queued', isConfirmed: false }] },
  ])
  const order = await home.backend.book.next(dongle.dongleId)
  expect(order?.name).toBe('configure') // what a stop is on the wire
  await home.backend.book.answered(dongle.dongleId, { number: order?.number as number, outcome: 'done' })
  expect(await ends()).toMatchObject([{ ...end, dongles: [{ stop: 'done', isConfirmed: true }] }])
})

test('the next holder starts with nothing, permissions neither; the one before sees the point no more and exports their own', async () => {
  expect(await home.measures(dongle, atS)).toBe('refused tenure-ended')
  expect(await home.sees(bert)).toEqual([])
  expect((await w.ask('GET', '/permissions', bert.accessKey)).body.items).toEqual([])
  expect(await pointOf(anna)).toBeUndefined()
  const wish = { ean: HOME_EAN, serviceId: w.service.serviceId, language: 'en' }
  expect((await w.own('POST', '/permissions', wish, w.freshKey())).body.code).toBe('metering-point.unknown')

  const [held] = (await w.own('GET', '/own/tenures')).body.items
  expect(held).toMatchObject({ toS: atS, exportUntilS: atS + 400 * 86_400 })
  const path = `/own/tenures/${held.meteringPointId}/${held.fromS}/readings?resolution=raw&fromS=${NOON_S}&toS=${NOON_S + 86_400}`
  expect((await w.own('GET', path)).body.timeS).toHaveLength(10)
  const csv = await w.own('GET', `${path}&fields=offtakeW`, undefined, { accept: 'text/csv' })
  expect(csv.body.split('\n').slice(0, 2)).toEqual([
    'timeS,offtakeW',
    expect.stringMatching(new RegExp(`^${NOON_S},[0-9]+$`)),
  ])
  expect((await w.ask('GET', path, bert.accessKey)).body.code).toBe('tenure.unknown')
  const [theirs] = (await w.ask('GET', '/own/tenures', bert.accessKey)).body.items
  const own = `/own/tenures/${theirs.meteringPointId}/${theirs.fromS}/readings?resolution=raw&fromS=0&toS=${NOON_S + 86_400}`
  expect((await w.ask('GET', own, bert.accessKey)).body.timeS).toEqual([])
  home.clock.nowS = atS + 400 * 86_400
  expect((await w.own('GET', path)).body.code).toBe('tenure.unknown')
})

test('what the market says late, twice, in contradiction, of unknown points or in nonsense is answered so, and changes nothing', async () => {
  const before = await pointOf(bert)
  const late = aMarketEvent({ ean: HOME_EAN, kind: 'contract-end', effectiveS: atS - 500 })
  const same = aMarketEvent({ ean: HOME_EAN, kind: 'move', effectiveS: atS })
  const other = aMarketEvent({
    ean: HOME_EAN,
    kind: 'switch',
    effectiveS: atS,
    issuedS: atS,
    holderId: 'person-C',
    eventId: 'other',
  })
  const unknown = aMarketEvent({ ean: '999999990000000999', effectiveS: atS })
  const nonsense = aMarketEvent({ ean: HOME_EAN, kind: 'contract-end', effectiveS: atS + 1, holderId: 'person-B' })
  const outcomes = await market.say(late, late, same, other, { ...same, holderId: 'person-C' }, unknown, nonsense)
  expect(outcomes).toEqual([
    'late',
    'repeated',
    'repeated',
    'contradictory',
    'contradictory',
    'unknown-point',
    'malformed',
  ])
  expect(await pointOf(bert)).toEqual(before)
  expect((await w.ask('GET', '/audit/verdict', w.operator)).body).toMatchObject({ isWhole: true })
})

test('the operator sees what the market told and what each event has set off, and of people and EANs nothing more', async () => {
  const told = async (query = '', key = w.operator) =>
    (await w.ask('GET', `/access-register/market-events${query}`, key)).body
  const { items, next } = await told()
  expect(next).toBeNull()
  const [move] = items.slice(-1)
  expect(move).toMatchObject({ kind: 'move', outcome: 'applied', effectiveS: atS, eanEnd: HOME_EAN.slice(-4) })
  expect(move.setOff).toMatchObject({
    permissions: 2,
    esps: { told: 2, acknowledged: 0 },
    dongles: { stopped: 1, waiting: 0 },
  })
  expect(JSON.stringify(items)).not.toMatch(/[0-9]{18}|person-/)
  const troubles = (await told('?isTrouble=true')).items
  expect(troubles.map(({ outcome, eventId, setOff }: MarketStory) => [outcome, eventId, setOff])).toEqual([
    ['malformed', `contract-end-${atS + 1}-${atS + 1}`, null],
    ['unknown-point', `switch-${atS}-${atS}`, null],
    ['contradictory', `move-${atS}-${atS}`, null], // told again under its id, otherwise: written down too
    ['contradictory', 'other', null],
  ])
  const first = await told('?limit=2')
  expect((await told(`?limit=200&cursor=${first.next}`)).items).toEqual(items.slice(2))
  expect((await told('', w.manager)).code).toBe('role.missing')
})

test('what is planned takes effect on its day, not before', async () => {
  const onS = home.clock.nowS + 86_400
  const planned = aMarketEvent({ ean: HOME_EAN, kind: 'contract-end', effectiveS: onS })
  expect(await market.say(planned)).toEqual(['planned'])
  await home.backend.tend()
  expect(await pointOf(bert)).toBeDefined()
  home.clock.nowS = onS
  await home.backend.tend()
  expect(await pointOf(bert)).toBeUndefined()
  expect((await w.ask('GET', '/tenure-ends', OPERATOR_KEY)).body.items[0]).toMatchObject({
    cause: 'contract-end',
    toS: onS,
  })
})
