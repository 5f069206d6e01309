// People and machines at a whole backend: signing in at the embedded identity service, sessions, mandates, roles, and ESPs' tokens, with every way
// in which they are refused.

import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { type JWTHeaderParameters, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { type Described, describedBy } from '../support/described.ts'
import { startIdentityService } from '../support/identity-service.ts'
import { HERE, type Visitor, visitorOf } from '../support/visitor.ts'

const OPERATOR_KEY = 'operator-key-of-people-0123456789'
let t: TestBackend
let api: Described
const keys = new Map<string, string>()
beforeAll(async () => {
  t = await openTestBackend({ config: { operatorKey: OPERATOR_KEY } })
  api = await describedBy(t)
})
afterAll(() => t.stop())

/** A person with an account of their own, signed in with its key: that costs no password's slow hash. */
async function signedIn(name: string): Promise<Visitor> {
  const { accessKey } = await t.backend.openAccount(name)
  keys.set(name, accessKey)
  const visitor = visitorOf(t.backend)
  await signIn(visitor, name)
  return visitor
}

function signIn(visitor: Visitor, name: string) {
  return visitor.signIn({ login: '', password: keys.get(name) as string, isFresh: true })
}

async function withPassword(login: string): Promise<Visitor> {
  const visitor = visitorOf(t.backend)
  await visitor.signIn({ login, isNew: true })
  return visitor
}

async function personOf(visitor: Visitor) {
  return (await visitor.ask('GET', '/api/v1/session')).json().person
}

function refused(answer: { statusCode: number; json(): unknown }): string {
  const body = answer.json() as Parameters<Described['checkProblem']>[0]
  api.checkProblem(body)
  return body.code
}

describe('signing in', () => {
  test('a first sign-in makes the account, the next ones find it', async () => {
    const anna = await withPassword('anna')
    const first = await personOf(anna)
    expect(first).toMatchObject({ name: 'anna', roles: ['grid-user'], actsFor: [] })
    // by the service's own clock seconds may go by between the proof and the token that tells of it
    const ageS = t.clock.nowS + 300 - first.freshUntilS
    expect([first.isFresh, ageS >= 0 && ageS < 60]).toEqual([true, true])
    const elsewhere = visitorOf(t.backend)
    await elsewhere.signIn({ login: ' Anna ' })
    expect((await personOf(elsewhere)).accountId).toBe(first.accountId)
    const { events } = (await anna.ask('GET', '/api/v1/account')).json()
    expect(events.map((event: { event: string }) => event.event)).toEqual(['signed-in', 'signed-in', 'opened'])
  })

  test('who has an access key signs in as the account that it is for', async () => {
    const visitor = visitorOf(t.backend)
    await visitor.signIn({ login: '', password: t.accessKey })
    expect((await personOf(visitor)).accountId).toBe(t.accountId)
    expect((await visitor.ask('GET', '/api/v1/metering-points')).json().items).toHaveLength(1)
  })

  test('what is wrong is told at the form, with what was typed as text', async () => {
    const visitor = visitorOf(t.backend)
    const say = async (wish: object) => {
      const form = await visitor.signIn(wish)
      expect(form.statusCode).toBe(422)
      return form.body
    }
    expect(await say({ login: 'anna', password: 'not this one at all' })).toContain('passen niet bij elkaar')
    expect(await say({ isNew: true, login: 'carla', password: 'short' })).toContain('ten minste 12 tekens')
    expect(await say({ isNew: true, login: 'ANNA' })).toContain('al in gebruik')
    expect(await say({ isNew: true, login: '<b>' })).toContain('&#60;b&#62;')
  })

  test('left at the identity service, nothing has changed', async () => {
    const visitor = visitorOf(t.backend)
    const form = await visitor.go('/sign-in')
    expect(refused(await visitor.go(`${form.at}/leave`))).toBe('sign-in.cancelled')
    expect(await personOf(visitor)).toBeNull()
    const browser = visitorOf(t.backend, true)
    const left = await browser.go(`${(await browser.go('/sign-in')).at}/leave`)
    expect(left.at).toBe('/?sign-in=sign-in.cancelled')
  })

  test('a callback that this browser did not begin, or that comes twice, is refused', async () => {
    const visitor = visitorOf(t.backend)
    expect(refused(await visitor.go('/sign-in/callback?code=x&state=y'))).toBe('sign-in.expired')
    await visitor.go('/sign-in')
    expect(refused(await visitor.go('/sign-in/callback?code=x&state=y'))).toBe('sign-in.failed')
    const old = visitorOf(t.backend)
    const form = await old.go('/sign-in')
    t.clock.nowS += 901
    const late = await old.post(form.at, { kind: 'old', login: '', password: t.accessKey })
    expect([late.statusCode, late.body]).toEqual([410, expect.stringContaining('verlopen')])
  })

  test('goes back to a place on this server only', async () => {
    const to = async (wish: string) => {
      const visitor = visitorOf(t.backend)
      const form = await visitor.go(`/sign-in?to=${encodeURIComponent(wish)}`)
      return (await visitor.post(form.at, { kind: 'old', login: '', password: t.accessKey })).at
    }
    expect(await to('/openapi.json?x=1')).toBe('/openapi.json?x=1')
    for (const wish of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      expect(await to(wish)).toBe('/')
    }
  })

  test('under a name that nobody has vouched for it is not begun', async () => {
    const answer = await t.backend.app.inject({ url: '/sign-in', headers: { host: 'evil.example' } })
    expect(refused(answer)).toBe('sign-in.nowhere')
  })

  test('with NRT_PUBLIC_URL it goes on there, with cookies that go over TLS only', async () => {
    const open = await openTestBackend({ config: { publicUrl: 'https://nrt.example' } })
    const elsewhere = await open.backend.app.inject({ url: '/sign-in?fresh=1' })
    expect(elsewhere.headers.location).toBe('https://nrt.example/sign-in?fresh=1')
    const here = await open.backend.app.inject({ url: '/sign-in', headers: { host: 'nrt.example' } })
    expect(new URL(String(here.headers.location)).origin).toBe('https://nrt.example')
    expect(here.headers['set-cookie']).toMatch(/^nrt_sign_in=.*; Path=\/sign-in; HttpOnly; SameSite=Lax; .*; Secure$/)
    await open.stop()
  })

  test('an identity service that cannot be reached is said', async () => {
    const oidc = { issuer: 'http://127.0.0.1:1', clientId: 'nrt', clientSecret: 'x', scope: 'openid' }
    const far = await openTestBackend({ config: { oidc } })
    const answer = await visitorOf(far.backend).go('/sign-in')
    expect([answer.statusCode, refused(answer)]).toEqual([503, 'sign-in.unavailable'])
    await far.stop()
  })
})

describe('signing in at somebody else’s identity service', () => {
  test('with the server’s own key, by its word for the person, and linked with the access register by a claim', async () => {
    const issuer = `http://127.0.0.1:${await freePort()}`
    const oidc = { issuer, clientId: 'nrt', scope: 'openid profile', holderClaim: 'register_id' }
    const own = await openTestBackend({ config: { oidc, publicUrl: HERE } })
    const [jwk] = (await own.get('/oauth/jwks', '')).body.keys
    const service = await startIdentityService(issuer, {
      clientId: 'nrt',
      redirectUri: `${HERE}/sign-in/callback`,
      jwk,
    })
    const visitor = visitorOf(own.backend)
    const departed = await visitor.ask('GET', '/sign-in?lang=fr')
    const asked = new URL(String(departed.headers.location))
    expect([asked.origin, asked.searchParams.get('code_challenge_method')]).toEqual([issuer, 'S256'])
    const back = await service.signInAt(asked.href)
    expect((await visitor.go(back)).at).toBe('/')
    const { person } = (await visitor.ask('GET', '/api/v1/session')).json()
    expect(person).toMatchObject({ name: 'Anna A.', roles: ['grid-user'] })
    expect(await own.backend.linkAccount(own.accountId, 'person-A')).toMatchObject({ fault: { code: 'holder.taken' } })
    // the same answer once more, and in another browser
    expect(refused(await visitor.go(back))).toBe('sign-in.expired')
    const thief = visitorOf(own.backend)
    await thief.ask('GET', '/sign-in')
    expect(refused(await thief.go(back))).toBe('sign-in.failed')
    expect((await own.backend.app.inject('/id/page.css')).statusCode).toBe(404)
    await service.stop()
    await own.stop()
  })
})

describe('a session', () => {
  test('its cookie is out of reach for scripts and other sites', async () => {
    const visitor = visitorOf(t.backend)
    const form = await visitor.go('/sign-in')
    const body = new URLSearchParams({ kind: 'old', login: '', password: t.accessKey }).toString()
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      host: 'localhost',
      cookie: [...visitor.cookies].map(pair => pair.join('=')).join('; '),
    }
    const posted = await t.backend.app.inject({ method: 'POST', url: form.at, headers, payload: body })
    for (const { name, value } of posted.cookies) visitor.cookies.set(name, value)
    const back = await visitor.ask('GET', String(posted.headers.location).slice(HERE.length))
    const at = String(back.headers.location).slice(HERE.length)
    const cookies = [(await visitor.ask('GET', at)).headers['set-cookie']].flat()
    const session = cookies.find(cookie => String(cookie).startsWith('nrt_session='))
    expect(session).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
  })

  test('changes nothing without the word of our own page, and nothing in another’s', async () => {
    const dora = await signedIn('dora')
    const wish = { scope: 'look', days: 7 }
    const without = { 'x-nrt-csrf': '' }
    expect(refused(await dora.ask('POST', '/api/v1/mandates', wish, without))).toBe('csrf.missing')
    const others = { 'x-nrt-csrf': await (await signedIn('emil')).csrf() }
    expect(refused(await dora.ask('POST', '/api/v1/mandates', wish, others))).toBe('csrf.missing')
    expect((await dora.ask('POST', '/api/v1/mandates', wish)).statusCode).toBe(201)
  })

  test('ends when its person leaves; the next sign-in asks for the password again', async () => {
    const fred = await signedIn('fred')
    const stolen = new Map(fred.cookies)
    await fred.ask('POST', '/api/v1/session/end', {})
    expect(await personOf(fred)).toBeNull()
    const thief = visitorOf(t.backend)
    for (const [name, value] of stolen) thief.cookies.set(name, value)
    expect(await personOf(thief)).toBeNull()
    expect((await fred.go('/sign-in')).at).toMatch(/^\/id\/in\//)
  })

  test('ends when it is left alone; of an operator after an hour', async () => {
    const [gina, hans] = [await signedIn('gina'), await signedIn('hans')]
    const { accountId } = await personOf(hans)
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` }
    const payload = { role: 'operator', isGiven: true }
    const given = await t.backend.app.inject({
      method: 'POST',
      url: `/api/v1/people/${accountId}/roles`,
      headers,
      payload,
    })
    expect(given.json()).toMatchObject({ accountId, roles: ['grid-user', 'operator'] })
    expect((await personOf(hans)).roles).toEqual(['grid-user', 'operator'])
    t.clock.nowS += 3601
    expect(await personOf(hans)).toBeNull()
    expect((await personOf(gina)).name).toBe('gina')
    t.clock.nowS += 30 * 86_400
    expect((await personOf(gina)).name).toBe('gina')
    t.clock.nowS += 30 * 86_400 + 1
    expect(await personOf(gina)).toBeNull()
  })

  test('is fresh for five minutes, and by a new sign-in of the same person again', async () => {
    const ida = await signedIn('ida')
    t.clock.nowS += 301
    const wish = { scope: 'act', days: 30 }
    expect(refused(await ida.ask('POST', '/api/v1/mandates', wish))).toBe('sign-in.stale')
    expect((await ida.go('/sign-in')).at).toBe('/') // the identity service still knows her: that proves nothing new
    expect((await signIn(ida, 'ida')).at).toBe('/')
    expect((await ida.ask('POST', '/api/v1/mandates', wish)).statusCode).toBe(201)
    const { events } = (await ida.ask('GET', '/api/v1/account')).json()
    expect(events.map((event: { event: string }) => event.event).slice(0, 4)).toEqual([
      ...['mandate-offered', 'proved-again', 'signed-in', 'signed-in'],
    ])
  })

  test('by an access key is never fresh', async () => {
    const headers = { authorization: `Bearer ${t.accessKey}` }
    const payload = { scope: 'look', days: 1 }
    const answer = await t.backend.app.inject({ method: 'POST', url: '/api/v1/mandates', headers, payload })
    expect(refused(answer)).toBe('sign-in.stale')
  })
})

const points = (who: Visitor, mandateId: string) =>
  who.ask('GET', '/api/v1/metering-points', undefined, { 'x-acting-for': mandateId })

describe('a mandate', () => {
  async function householdAnd(login: string) {
    const owner = visitorOf(t.backend)
    await owner.signIn({ login: '', password: t.accessKey, isFresh: true })
    return { owner, other: await signedIn(login) }
  }
  test('opens what its giver has, is seen by both, and ends at once', async () => {
    const { owner, other } = await householdAnd('jan')
    expect((await other.ask('GET', '/api/v1/metering-points')).json().items).toEqual([])
    const { mandateId, code } = (await owner.ask('POST', '/api/v1/mandates', { scope: 'look', days: 30 })).json()
    expect(refused(await points(other, mandateId))).toBe('mandate.unknown')
    const taken = await other.ask('POST', '/api/v1/mandates/take', { code: code.toLowerCase() })
    expect(taken.json()).toMatchObject({ mandateId, state: 'open', giverName: 'test', holderName: 'jan' })
    expect((await personOf(other)).actsFor).toEqual([{ mandateId, giverName: 'test', scope: 'look' }])
    expect((await points(other, mandateId)).json().items).toHaveLength(1)
    const seen = (await owner.ask('GET', '/api/v1/mandates')).json().given
    expect(seen[0]).toMatchObject({ mandateId, state: 'open', holderName: 'jan', usedAtS: t.clock.nowS })
    // looking is not acting, and somebody else's mandates and account are not in it
    const inName = { 'x-acting-for': mandateId }
    const claim = { dongleId: t.dongleId, claimCode: 'X' }
    expect(refused(await other.ask('POST', '/api/v1/own/dongles', claim, inName))).toBe('role.missing')
    expect(refused(await other.ask('GET', '/api/v1/account', undefined, inName))).toBe('role.missing')
    expect((await owner.ask('POST', `/api/v1/mandates/${mandateId}/end`)).statusCode).toBe(200)
    expect(refused(await points(other, mandateId))).toBe('mandate.unknown')
    expect((await other.ask('GET', '/api/v1/mandates')).json().held[0]).toMatchObject({ mandateId, state: 'ended' })
    expect((await owner.ask('POST', `/api/v1/mandates/${mandateId}/end`)).statusCode).toBe(200)
    const { events } = (await owner.ask('GET', '/api/v1/account')).json()
    expect(events.slice(0, 4).map((event: { event: string }) => event.event)).toEqual([
      ...['mandate-ended', 'mandate-used', 'mandate-taken', 'mandate-offered'],
    ])
  })

  test('shows its giver each look at their readings: who, at what, when and how often, on the audit chain', async () => {
    const { owner, other } = await householdAnd('lies')
    const { mandateId, code } = (await owner.ask('POST', '/api/v1/mandates', { scope: 'look', days: 30 })).json()
    await other.ask('POST', '/api/v1/mandates/take', { code })
    const fromS = t.clock.nowS - 600
    const look = (what: string, who = other, headers = { 'x-acting-for': mandateId } as object) =>
      who.ask('GET', `/api/v1/metering-points/${t.pointId}/${what}`, undefined, headers as never)
    const range = (from: number) => `readings?resolution=raw&fromS=${from}&toS=${fromS + 300}`
    const log = async () => (await owner.ask('GET', '/api/v1/mandated-access-log')).json().items
    await look('today', owner, {})
    expect(await log(), 'one looks at one’s own').toEqual([])
    await look(range(fromS))
    await look(range(fromS))
    await look(range(fromS - 300))
    const first = { mandateId, holderName: 'lies', meteringPointId: t.pointId, what: 'readings', reads: 1 }
    expect(await log()).toMatchObject([{ ...first, fromS, toS: fromS + 300, atMs: t.clock.nowS * 1000 }])
    expect((await look('readings')).statusCode, 'what is refused is no look').toBe(400)
    t.clock.nowS += 301
    await look(range(fromS))
    await look('today')
    const looks = await log()
    expect(looks.map(({ what, reads }: { what: string; reads: number }) => [what, reads])).toEqual([
      ...[
        ['today', 1],
        ['readings', 1],
        ['readings', 2],
        ['readings', 1],
      ],
    ])
    expect(looks[2]).toMatchObject({ fromS: fromS - 300, toS: fromS + 300 })
    expect((await other.ask('GET', '/api/v1/mandated-access-log')).json().items).toEqual([])
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` }
    const verdict = await t.backend.app.inject({ url: '/api/v1/audit/verdict', headers })
    expect(verdict.json().isWhole).toBe(true)
  })

  test('to act lets do what the giver may do with dongles', async () => {
    const { owner, other } = await householdAnd('karl')
    const { mandateId, code } = (await owner.ask('POST', '/api/v1/mandates', { scope: 'act', days: 1 })).json()
    await other.ask('POST', '/api/v1/mandates/take', { code })
    const inName = { 'x-acting-for': mandateId }
    const answer = await other.ask(
      'POST',
      '/api/v1/own/dongles',
      { dongleId: t.dongleId, claimCode: 'A'.repeat(13) },
      inName,
    )
    expect(refused(answer)).toBe('claim.malformed')
    t.clock.nowS += 86_400
    expect(refused(await points(other, mandateId))).toBe('mandate.unknown')
  })

  test('is taken once, not by its giver, not after a week, and guessing is held up', async () => {
    const { owner, other } = await householdAnd('lena')
    const third = await signedIn('mia')
    const offer = async () => (await owner.ask('POST', '/api/v1/mandates', { scope: 'look', days: 30 })).json()
    const take = (who: Visitor, code: string) => who.ask('POST', '/api/v1/mandates/take', { code })
    const { code, mandateId } = await offer()
    expect(refused(await take(owner, code))).toBe('mandate.own')
    expect((await take(other, code)).json().mandateId).toBe(mandateId)
    expect((await take(other, code)).json().mandateId).toBe(mandateId) // a double click
    expect(refused(await take(third, code))).toBe('mandate.unknown')
    expect(refused(await third.ask('POST', `/api/v1/mandates/${mandateId}/end`))).toBe('mandate.unknown')
    for (let i = 0; i < 4; i++) expect(refused(await take(third, `${i}`))).toBe('mandate.unknown')
    expect(refused(await take(third, code))).toBe('access.throttled')
    const late = await offer()
    t.clock.nowS += 7 * 86_400
    await signIn(other, 'lena')
    expect(refused(await take(other, late.code))).toBe('mandate.unknown')
  })

  test('not more than twenty at once', async () => {
    const nora = await signedIn('nora')
    const offer = () => nora.ask('POST', '/api/v1/mandates', { scope: 'look', days: 30 })
    for (let i = 0; i < 20; i++) expect((await offer()).statusCode).toBe(201)
    expect(refused(await offer())).toBe('mandate.too-many')
  })
})

describe('a lock', () => {
  const operate = async (accountId: string, path: string, payload: object, by?: Visitor) =>
    by === undefined
      ? t.backend.app.inject({
          method: 'POST',
          url: `/api/v1/people/${accountId}/${path}`,
          headers: { authorization: `Bearer ${OPERATOR_KEY}` },
          payload,
        })
      : by.ask('POST', `/api/v1/people/${accountId}/${path}`, payload)
  const lock = (accountId: string, isLocked: boolean, by?: Visitor) =>
    operate(accountId, 'lock', { isLocked, reason: 'its key was found in the street' }, by)

  test('lets nobody in as the account, by session, key, sign-in or mandate, until it is taken off', async () => {
    const [otto, paul] = [await signedIn('otto'), await signedIn('paul')]
    const { accountId } = await personOf(otto)
    const { mandateId, code } = (await otto.ask('POST', '/api/v1/mandates', { scope: 'look', days: 30 })).json()
    await paul.ask('POST', '/api/v1/mandates/take', { code })
    expect((await lock(accountId, true)).json()).toMatchObject({ accountId, isLocked: true, roles: ['grid-user'] })
    expect((await lock(accountId, true)).json().isLocked).toBe(true) // a double click
    expect(await personOf(otto)).toBeNull()
    const byKey = { url: '/api/v1/metering-points', headers: { authorization: `Bearer ${keys.get('otto')}` } }
    expect(refused(await t.backend.app.inject(byKey))).toBe('account.locked')
    expect(refused(await signIn(visitorOf(t.backend), 'otto'))).toBe('account.locked')
    expect(refused(await points(paul, mandateId))).toBe('mandate.unknown')
    await lock(accountId, false)
    expect((await points(paul, mandateId)).statusCode).toBe(200)
    expect((await t.backend.app.inject(byKey)).statusCode).toBe(200)
    await signIn(otto, 'otto')
    const { events } = (await otto.ask('GET', '/api/v1/account')).json()
    expect(events.slice(0, 4).map((event: { event: string }) => event.event)).toEqual([
      'signed-in',
      'mandate-used',
      'unlocked',
      'locked',
    ])
    expect(events[3].detail).toBe('its key was found in the street')
  })

  test('nobody puts on their own account, and no operator stops being one alone', async () => {
    const ruth = await signedIn('ruth')
    const { accountId } = await personOf(ruth)
    await operate(accountId, 'roles', { role: 'operator', isGiven: true })
    expect(refused(await lock(accountId, true, ruth))).toBe('account.own')
    const taken = { role: 'operator', isGiven: false }
    expect(refused(await operate(accountId, 'roles', taken, ruth))).toBe('account.own')
    expect((await operate(accountId, 'roles', { role: 'support', isGiven: true }, ruth)).json().roles).toContain(
      'support',
    )
    expect(refused(await lock('acc_nobody', true, ruth))).toBe('account.unknown')
    const found = async (q: string) =>
      (await ruth.ask('GET', `/api/v1/people?q=${encodeURIComponent(q)}`))
        .json()
        .items.map((one: { name: string }) => one.name)
    expect([await found('RUT'), await found(accountId), await found('r%h')]).toEqual([['ruth'], ['ruth'], []])
    const mandates = (await ruth.ask('GET', `/api/v1/people/${accountId}/mandates`)).json()
    expect(mandates).toEqual({ given: [], held: [] })
    t.clock.nowS += 301
    expect(refused(await operate(accountId, 'roles', taken, ruth))).toBe('sign-in.stale')
  })
})

describe('an ESP’s machine', () => {
  let manager: Visitor
  let key: { privateKey: KeyObject; publicKey: KeyObject }
  const aKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwkOf = ({ publicKey }: { publicKey: KeyObject }, kid?: string) => ({
    ...publicKey.export({ format: 'jwk' }),
    ...(kid === undefined ? {} : { kid }),
  })
  const add = (who: Visitor, espId: string, jwk: object) => who.ask('POST', `/api/v1/esps/${espId}/keys`, jwk)

  async function manage(visitor: Visitor, espId: string): Promise<void> {
    const { accountId } = await personOf(visitor)
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` }
    const payload = { role: 'esp-manager', espId, isGiven: true }
    const url = `/api/v1/people/${accountId}/roles`
    const given = await t.backend.app.inject({ method: 'POST', url, headers, payload })
    expect(given.json().espIds).toEqual([espId])
  }

  beforeAll(async () => {
    manager = await signedIn('olga')
    await manage(manager, 'esp_sun')
    key = aKey()
    expect((await add(manager, 'esp_sun', jwkOf(key, 'first'))).json()).toMatchObject({
      kid: 'first',
      revokedAtS: null,
    })
  })

  const claims = (wish: JWTPayload = {}): JWTPayload => ({
    ...{ iss: 'esp_sun', sub: 'esp_sun', aud: `${HERE}/oauth/token`, jti: randomUUID(), exp: t.clock.nowS + 60 },
    ...wish,
  })
  const sign = (payload: JWTPayload, by: KeyObject = key.privateKey, header: Partial<JWTHeaderParameters> = {}) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'first', ...header }).sign(by)

  function token(assertion: string, wish: { [name: string]: string } = {}) {
    const fields = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      ...wish,
    }
    const headers = { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' }
    const payload = new URLSearchParams(fields).toString()
    return t.backend.app.inject({ method: 'POST', url: '/oauth/token', headers, payload })
  }
  const self = (text: string, host = 'localhost') =>
    t.backend.app.inject({ url: '/api/v1/esp/self', headers: { host, authorization: `Bearer ${text}` } })

  /** Twenty wrong ones of an address are too many: time heals it. */
  const rest = () => {
    t.clock.nowS += 60
  }

  test('gets a token of five minutes that says which ESP it is and nothing else', async () => {
    const answer = await token(await sign(claims()))
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store'])
    const { access_token, token_type, expires_in } = answer.json()
    expect([token_type, expires_in]).toEqual(['Bearer', 300])
    const body = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url').toString('utf8'))
    expect(Object.keys(body).sort()).toEqual(['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'key', 'sub'])
    expect([body.sub, body.exp - body.iat]).toEqual(['esp_sun', 300])
    expect((await self(access_token)).json()).toEqual({ espId: 'esp_sun' })
    const metadata = (await t.get('/.well-known/oauth-authorization-server', '')).body
    expect(metadata.token_endpoint_auth_signing_alg_values_supported).toEqual(['ES256'])
    // what a machine may not do it may not do with a good token either
    const headers = { authorization: `Bearer ${access_token}`, host: 'localhost' }
    const points = await t.backend.app.inject({ url: '/api/v1/metering-points', headers })
    expect(refused(points)).toBe('role.missing')
  })

  test('uses an assertion once, also when it comes twice at the same moment', async () => {
    const assertion = await sign(claims())
    const both = await Promise.all([token(assertion), token(assertion)])
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401])
    const again = await token(assertion)
    expect([refused(again), again.json().error]).toEqual(['assertion.replayed', 'invalid_client'])
  })

  test('proves itself with its own key, ES256, for this server, now', async () => {
    rest()
    const wrong = async (assertion: string, wish = {}) => refused(await token(assertion, wish))
    const { nowS } = t.clock
    expect(await wrong(await sign(claims({ exp: nowS - 31 })))).toBe('assertion.expired')
    expect(await wrong(await sign(claims({ aud: 'https://other.example' })))).toBe('assertion.foreign')
    for (const [payload, by, header] of [
      [claims(), aKey().privateKey, {}],
      [claims(), key.privateKey, { kid: 'second' }],
      [claims({ iss: 'esp_moon', sub: 'esp_moon' }), key.privateKey, {}],
      [claims({ iss: 'esp_moon' }), key.privateKey, {}],
      [claims({ exp: nowS + 3600 }), key.privateKey, {}],
      [claims({ iat: nowS + 600 }), key.privateKey, {}],
      [claims({ jti: 'short' }), key.privateKey, {}],
    ] as const) {
      expect(await wrong(await sign(payload, by, header))).toBe('assertion.invalid')
    }
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    expect(await wrong(await sign(claims(), rsa, { alg: 'RS256' }))).toBe('assertion.invalid')
    expect(await wrong(new UnsecuredJWT(claims()).encode())).toBe('assertion.invalid')
    const secret = Buffer.from(JSON.stringify(jwkOf(key)))
    const hmac = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(secret)
    expect(await wrong(hmac)).toBe('assertion.invalid')
    for (const text of ['', 'x', 'a.b.c', 'e'.repeat(5000)]) expect(await wrong(text)).toBe('assertion.invalid')
    rest()
    expect(await wrong(await sign(claims()), { client_id: 'esp_moon' })).toBe('assertion.invalid')
    expect(await wrong(await sign(claims()), { client_assertion_type: 'x' })).toBe('assertion.invalid')
    expect(await wrong(await sign(claims()), { grant_type: 'password' })).toBe('grant.unsupported')
  })

  test('a token that is over, another server’s, changed, or of no algorithm opens nothing', async () => {
    rest()
    const { access_token: good } = (await token(await sign(claims()))).json()
    expect(refused(await self(good, '127.0.0.1'))).toBe('token.foreign')
    const [head, body, mark] = good.split('.')
    const bent = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'esp_moon' }),
    )
    expect(refused(await self(`${head}.${bent.toString('base64url')}.${mark}`))).toBe('token.invalid')
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
    expect(refused(await self(`${none}.${body}.`))).toBe('token.invalid')
    // an assertion is no token
    expect(refused(await self(await sign(claims())))).toBe('token.invalid')
    expect((await self(good)).statusCode).toBe(200)
    t.clock.nowS += 301
    const over = await self(good)
    expect([refused(over), over.headers['www-authenticate']]).toEqual(['token.expired', 'Bearer error="invalid_token"'])
  })

  test('brings a new key in beside the old one; a revoked one opens nothing, nor do its tokens', async () => {
    rest()
    await signIn(manager, 'olga')
    const next = aKey()
    const { kid } = (await add(manager, 'esp_sun', jwkOf(next))).json()
    const tokenOf = async (by: KeyObject, of: string) =>
      (await token(await sign(claims(), by, { kid: of }))).json().access_token
    const [old, fresh] = [await tokenOf(key.privateKey, 'first'), await tokenOf(next.privateKey, kid)]
    const revoked = await manager.ask('POST', '/api/v1/esps/esp_sun/keys/first/revoke')
    expect(revoked.json()).toMatchObject({ kid: 'first', revokedAtS: t.clock.nowS })
    expect(refused(await self(old))).toBe('token.invalid')
    expect((await self(fresh)).json()).toEqual({ espId: 'esp_sun' })
    expect(refused(await token(await sign(claims())))).toBe('assertion.invalid')
    expect(refused(await add(manager, 'esp_sun', jwkOf(key)))).toBe('esp-key.known')
    expect((await manager.ask('GET', '/api/v1/esps/esp_sun/keys')).json().items).toHaveLength(2)
  })

  test('its manager looks after their own ESP only, and public keys only', async () => {
    const other = await signedIn('paul')
    expect(refused(await add(other, 'esp_sun', jwkOf(aKey())))).toBe('role.missing')
    await manage(other, 'esp_moon')
    expect(refused(await add(other, 'esp_sun', jwkOf(aKey())))).toBe('esp-key.unknown')
    expect(refused(await other.ask('POST', '/api/v1/esps/esp_moon/keys/none/revoke'))).toBe('esp-key.unknown')
    const { privateKey } = aKey()
    expect(refused(await add(other, 'esp_moon', privateKey.export({ format: 'jwk' })))).toBe('esp-key.invalid')
    const off = { ...jwkOf(aKey()), y: 'A'.repeat(43) }
    expect(refused(await add(other, 'esp_moon', off))).toBe('esp-key.invalid')
    for (let i = 0; i < 10; i++) expect((await add(other, 'esp_moon', jwkOf(aKey()))).statusCode).toBe(201)
    expect(refused(await add(other, 'esp_moon', jwkOf(aKey())))).toBe('esp-key.too-many')
  })
})
