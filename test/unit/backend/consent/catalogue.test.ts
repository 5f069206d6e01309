// The catalogue over REST: who may offer, what may be published, how it is looked through in an order that nobody can buy, and what a month's fee goes by.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageOf } from '../../../../backend/catalogue/listing.ts'
import { ESP_PROBLEMS } from '../../../../backend/portal/esp/problem.ts'
import { rowOf } from '../../../../shared/schema/access.ts'
import type { Service } from '../../../../shared/schema/catalogue.ts'
import { aProfile, aServiceText, type ConsentWorld, openConsentWorld } from '../../../support/consent-world.ts'
import { aNeed } from '../../../support/permissions.ts'
import { visitorOf } from '../../../support/visitor.ts'

let w: ConsentWorld
beforeAll(async () => {
  w = await openConsentWorld()
})
afterAll(() => w.stop())

const draft = (accessKey: string, change = {}) => w.ask('POST', '/esp/services', accessKey, aServiceText(change))
const move = (id: string, act: string, accessKey = w.manager) =>
  w.ask('POST', `/esp/services/${id}/${act}`, accessKey, act === 'withdraw' ? {} : undefined)

describe('an ESP', () => {
  test('applies, and offers nothing before the operator has admitted it', async () => {
    expect((await draft(w.rival)).body.code).toBe('esp.unknown')
    const applied = (await w.ask('POST', '/esps', w.rival, aProfile('Rival'))).body
    expect(applied.state).toBe('applied')
    expect((await w.ask('POST', '/esps', w.rival, aProfile())).body.code).toBe('esp.exists')
    expect((await w.ask('GET', '/esps?state=applied', w.operator)).body.items).toEqual([applied])
    const { serviceId, digest } = (await draft(w.rival)).body
    await move(serviceId, 'submit', w.rival)
    await w.ask('POST', `/services/${serviceId}/review`, w.operator, { digest, isGood: true })
    expect((await move(serviceId, 'publish', w.rival)).body.code).toBe('esp.not-admitted')
    expect((await w.ask('POST', `/esps/${applied.espId}/expel`, w.operator, {})).body.code).toBe('esp.wrong-state')
    expect((await w.ask('POST', '/esps/esp_none/admit', w.operator, {})).body.code).toBe('esp.unknown')
    expect((await w.ask('POST', `/esps/${applied.espId}/admit`, w.manager, {})).body.code).toBe('role.missing')
    await w.ask('POST', `/esps/${applied.espId}/admit`, w.operator, {})
    expect((await move(serviceId, 'publish', w.rival)).body.state).toBe('published')
    await move(serviceId, 'withdraw', w.rival)
    expect((await w.ask('PUT', '/esp', w.rival, aProfile('Rival & Sons'))).body.profile.name).toBe('Rival & Sons')
  })

  test('is whoever applies, reads why it was not admitted, and has nothing posted anywhere before it is', async () => {
    const { accessKey } = await w.t.backend.openAccount('dora')
    expect((await w.ask('GET', '/esp', accessKey)).body.code).toBe('role.missing')
    const dora = visitorOf(w.t.backend)
    await dora.signIn({ login: '', password: accessKey })
    const { espId } = (await dora.ask('POST', '/api/v1/esps', aProfile('Dora'))).json()
    expect((await dora.ask('GET', '/api/v1/session')).json().person).toMatchObject({ espIds: [espId] })
    const webhook = { url: 'https://dora.example/hook' }
    expect((await dora.ask('PUT', '/api/v1/esp/webhook', webhook)).json().code).toBe('esp.not-admitted')
    await w.ask('POST', `/esps/${espId}/refuse`, w.operator, { remark: 'No such company.' })
    expect((await dora.ask('GET', '/api/v1/esp')).json()).toMatchObject({
      state: 'refused',
      remark: 'No such company.',
    })
    expect((await w.ask('POST', `/esps/${espId}/admit`, w.operator, {})).body).not.toHaveProperty('remark')
    expect((await dora.ask('GET', '/api/v1/esp')).json()).not.toHaveProperty('remark')
    expect((await dora.ask('PUT', '/api/v1/esp/webhook', webhook)).json().secret).toMatch(/^whsec_/)
    expect((await w.ask('DELETE', '/esp/webhook', accessKey)).body.code).toBe('sign-in.stale')
    expect((await dora.ask('GET', '/api/v1/esp/deliveries')).json()).toEqual({
      channels: [
        { channel: 'webhook', isTaken: true, waiting: 0, sinceS: null },
        { channel: 'mqtt', isTaken: false, waiting: 0, sinceS: null },
      ],
      noticesWaiting: 0,
    })
  })
})

describe('a service', () => {
  test('without a privacy policy, with a need or a price that contradicts itself, goes nowhere', async () => {
    const { serviceId } = (await draft(w.manager, { privacyPolicy: undefined })).body
    expect((await move(serviceId, 'submit')).body.code).toBe('service.no-privacy-policy')
    for (const change of [
      { need: aNeed({ everyS: 15 }) },
      { need: aNeed({ fields: ['gasAtS'] }) },
      { price: { ...aServiceText().price, amountCents: 0 } },
    ]) {
      expect((await draft(w.manager, change)).body.code).toBe('service.text-invalid')
    }
    for (const change of [{ name: { en: 'Only English' } }, { category: 'gambling' }, { privacyPolicy: 'http://x' }]) {
      expect((await draft(w.manager, change)).body.code).toBe('request.invalid')
    }
  })

  test('is published step by step, and a review is of exactly the text that was read', async () => {
    const { serviceId: id, digest } = (await draft(w.manager)).body
    expect((await move(id, 'publish')).body.code).toBe('service.wrong-state')
    expect((await move(id, 'submit', w.rival)).body.code).toBe('service.unknown')
    await move(id, 'submit')
    const change = aServiceText({ need: aNeed({ periodS: 1, everyS: 0 }) })
    await w.ask('PUT', `/esp/services/${id}`, w.manager, change)
    const review = (isGood: boolean, of: string) =>
      w.ask('POST', `/services/${id}/review`, w.operator, { digest: of, isGood, remark: 'too fast' })
    expect((await review(true, digest)).body.code).toBe('service.wrong-state')
    const again = (await move(id, 'submit')).body
    expect((await review(true, digest)).body.code).toBe('service.other-text')
    expect((await w.ask('GET', '/services/submitted', w.operator)).body.items).toHaveLength(1)
    expect((await review(false, again.digest)).body).toMatchObject({ state: 'draft', remark: 'too fast' })
    await move(id, 'submit')
    expect((await review(true, again.digest)).body.state).toBe('reviewed')
    expect((await w.ask('GET', `/catalogue/${id}`, w.t.accessKey)).body.code).toBe('service.unknown')
    expect((await move(id, 'publish')).body).toMatchObject({ state: 'published', version: 1 })
    expect((await w.ask('GET', `/catalogue/${id}`, w.t.accessKey)).body.text.need.periodS).toBe(1)
    await move(id, 'withdraw')
    expect((await w.ask('GET', `/catalogue/${id}`, w.t.accessKey)).status).toBe(404)
  })
})

test('a review shows line by line what customers will read, beside what the version before said', async () => {
  const read = async (id: string, language = 'en') =>
    (await w.ask('GET', `/services/${id}/review?language=${language}`, w.operator)).body
  const first = await w.published(w.manager, aServiceText())
  const one = await read(first.serviceId)
  expect(one).toMatchObject({ before: null, isNewConsent: true, service: { digest: first.digest } })
  expect(one.lines.every((line: { before: string | null }) => line.before === null)).toBe(true)
  expect(one.lines.map((line: { about: string }) => line.about)).toEqual([
    ...['who', 'service', 'what', 'why', 'rate', 'history', 'lifetime', 'price', 'privacy'],
  ])
  const wish = aServiceText({
    need: aNeed({ fields: ['offtakeW', 'injectionW', 'voltageL1dV'] }),
    summary: aServiceText().name,
  })
  await w.ask('PUT', `/esp/services/${first.serviceId}`, w.manager, wish)
  const next = await read(first.serviceId)
  expect(next).toMatchObject({ isNewConsent: true, service: { version: 2 }, before: { version: 1 } })
  const changed = next.lines.filter((line: { before: string | null }) => line.before !== null)
  expect(changed.map((line: { about: string }) => line.about)).toEqual(['what'])
  expect(changed[0].text).toMatch(/voltage/)
  expect((await read(first.serviceId, 'nl')).lines[0].label).not.toBe(next.lines[0].label)
  expect((await read('svc_none')).code).toBe('service.unknown')
  await w.ask('PUT', `/esp/services/${first.serviceId}`, w.manager, aServiceText({ summary: aServiceText().name }))
  expect(await read(first.serviceId)).toMatchObject({ isNewConsent: false })
  await move(first.serviceId, 'withdraw')
})

describe('the catalogue', () => {
  const service = (i: number, change = {}): Service => ({
    serviceId: `svc_${String(i).padStart(16, '0')}`,
    espId: 'esp_0000000000000000',
    espName: i === 7 ? 'Énergie Réunie' : 'Watt & Co',
    espCountry: 'BE',
    version: 1,
    consentVersion: 1,
    state: 'published',
    text: aServiceText(change),
    digest: '0'.repeat(64),
  })
  const services = Array.from({ length: 40 }, (_, i) => service(i, i % 4 === 0 ? { category: 'energy-sharing' } : {}))
  const listed = (query: object, day = 20_000) => {
    const page = pageOf(services, { limit: 100, ...query }, day)
    return page.ok ? page.value.items.map(one => one.serviceId) : page.fault.code
  }

  test('has another order every day, the same for everybody, that no text changes', () => {
    const today = listed({})
    const louder = services.map(one => ({
      ...one,
      espName: 'AAA',
      text: { ...one.text, name: { nl: 'A', fr: 'A', de: 'A', en: 'A' } },
    }))
    const page = pageOf(louder, { limit: 100 }, 20_000)
    expect(page.ok && page.value.items.map(one => one.serviceId)).toEqual(today)
    expect(listed({}, 20_001)).not.toEqual(today)
    const firsts = new Set(Array.from({ length: 60 }, (_, day) => listed({}, day)[0]))
    expect(firsts.size).toBeGreaterThan(20)
  })

  test('is paged without showing one twice, also over midnight; a cursor of the day before yesterday begins anew', () => {
    const first = pageOf(services, { limit: 25 }, 20_000)
    const cursor = (first.ok && first.value.next) || ''
    const second = pageOf(services, { limit: 25, cursor }, 20_001)
    const ids = [first, second].flatMap(page => (page.ok ? page.value.items.map(one => one.serviceId) : []))
    expect([ids.length, new Set(ids).size, second.ok && second.value.next]).toEqual([40, 40, null])
    for (const wrong of ['AAAA', cursor]) expect(pageOf(services, { limit: 25, cursor: wrong }, 20_002).ok).toBe(false)
  })

  test('is filtered and searched, in any language and without accents', () => {
    expect(listed({ category: 'energy-sharing' })).toHaveLength(10)
    expect(listed({ kind: 'threshold-exceeded', channel: 'app', isFree: false })).toHaveLength(40)
    expect(listed({ isFree: true })).toEqual([])
    expect(listed({ q: 'energie PEAK nl' })).toEqual(['svc_0000000000000007'])
    expect(listed({ q: 'nothing like it' })).toEqual([])
  })

  test('is open to anybody', async () => {
    const { body } = await w.t.get('/api/v1/catalogue?q=peak', '')
    expect(body.items.map((one: Service) => one.serviceId)).toEqual([w.service.serviceId])
  })
})

test('a month’s count is of what was granted in it, each metering point once', async () => {
  const count = async (month: string, key = w.operator) =>
    (await w.ask('GET', `/subscription-counts?month=${month}`, key)).body
  const [year, month] = new Date(w.nowMs()).toISOString().split('-') as [string, string]
  const [now, next, before] = [0, 1, -1].map(by =>
    new Date(Date.UTC(Number(year), Number(month) - 1 + by, 15)).toISOString().slice(0, 7),
  ) as [string, string, string]
  const other = await w.published(w.manager, aServiceText({ need: aNeed({ lifetimeS: 365 * 86_400 }) }))
  const one = await w.subscribed(w.service.serviceId)
  await w.subscribed(other.serviceId)
  await w.own('POST', `/permissions/${one.permissionId}/revoke`)
  const row = { espId: w.espId, espName: 'Watt & Co' }
  expect((await count(now)).items).toEqual([{ ...row, month: now, subscriptions: 2, meteringPoints: 1 }])
  expect((await count(next)).items).toEqual([{ ...row, month: next, subscriptions: 1, meteringPoints: 1 }])
  expect((await count(before)).items).toEqual([])
  expect((await count(now, w.manager)).code).toBe('role.missing')
  const own = await w.ask('GET', '/esp/subscription-counts?months=2', w.manager)
  expect(own.body.items).toEqual([
    { ...row, month: now, subscriptions: 2, meteringPoints: 1 },
    { ...row, month: before, subscriptions: 0, meteringPoints: 0 },
  ])
})

test('the ESP’s pages have words for exactly the problems that a manager may be answered with', async () => {
  const { paths } = (await w.t.get('/openapi.json', '')).body
  const described = new Set<string>()
  for (const { method, url, right } of w.t.backend.app.servedRoutes) {
    const isManagers = /^\/api\/v1\/esps?(\/(?!permissions|notices)|$)/.test(url)
    if (method === 'HEAD' || !isManagers || !rowOf(right).may.includes('esp-manager')) continue
    const { responses } = paths[url.replace(/:(\w+)/g, '{$1}')][method.toLowerCase()]
    for (const { description = '' } of Object.values<{ description?: string }>(responses)) {
      for (const [, code] of description.matchAll(/`([a-z-]+\.[a-z-]+)`/g)) described.add(code as string)
    }
  }
  // these pages send neither a cursor nor a key against repeats
  for (const code of ['cursor.invalid', 'once.in-progress', 'once.other-request']) described.delete(code)
  // and come with no machine's token
  for (const code of described) if (/^(token|certificate)\./.test(code)) described.delete(code)
  // what no route describes: a forged request, a fault of ours
  expect([...described, 'csrf.missing', 'internal.broken'].sort()).toEqual([...ESP_PROBLEMS].sort())
})

describe('a suspended ESP', () => {
  test('is out of the catalogue and gets no new subscription; what was granted goes on, and it comes back as it was', async () => {
    const decide = async (act: string, remark = 'late with its privacy policy') =>
      (await w.ask('POST', `/esps/${w.espId}/${act}`, w.operator, { remark })).body
    const kept = await w.subscribed(w.service.serviceId)
    const other = await w.published(w.manager, aServiceText())
    expect((await decide('suspend')).state).toBe('suspended')
    expect((await decide('suspend')).code).toBe('esp.wrong-state')
    expect((await w.ask('GET', '/catalogue', w.t.accessKey)).body.items).toEqual([])
    const wish = { meteringPointId: w.t.pointId, serviceId: other.serviceId, language: 'en' }
    expect((await w.own('POST', '/permissions', wish, w.freshKey())).body.code).toBe('service.unknown')
    expect(w.permissions.validAt(kept.permissionId, w.nowMs())).toBe(true)
    expect((await decide('admit', '')).state).toBe('admitted')
    expect((await w.ask('GET', '/catalogue', w.t.accessKey)).body.items.length).toBeGreaterThan(1)
    const { items } = (await w.ask('GET', `/esps/${w.espId}/events`, w.operator)).body
    expect(items.slice(0, 2)).toMatchObject([
      { kind: 'admitted', remark: '' },
      { kind: 'suspended', remark: 'late with its privacy policy', serviceId: null },
    ])
    expect(items[2]).toMatchObject({ kind: 'published', serviceId: other.serviceId, version: 1, remark: null })
    expect((await w.ask('GET', '/esps/esp_none/events', w.operator)).body.code).toBe('esp.unknown')
    await w.own('POST', `/permissions/${kept.permissionId}/revoke`)
    await move(other.serviceId, 'withdraw')
  })
})
