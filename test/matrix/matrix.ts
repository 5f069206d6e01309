// Every address of the real application, asked as every profile: what the gate lets through must be what the table of rights says, no more and no
// less. Requests are made so that nothing happens behind the gate: ids that are nobody's, bodies that are none.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import type { ServedRoute } from '../../backend/access/gate.ts'
import { acceptTerms } from '../../scripts/accept-terms.ts'
import { PROFILE_NAMES, type Profile, ROLES, type Role, rowOf } from '../../shared/schema/access.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { HERE, visitorOf } from '../support/visitor.ts'

interface Headers {
  [name: string]: string
}

export interface Cell {
  method: string
  url: string
  right: string
  profile: Profile
  isMeant: boolean
  isLetIn: boolean
  /** What it was answered: a status, or the code of the problem. */
  answer: string
}

export interface Matrix {
  routes: ServedRoute[]
  cells: Cell[]
  /** Addresses with a right that wants a fresh sign-in, asked by somebody who may but whose sign-in is old: must all be refused for that. */
  stale: Cell[]
  /** Addresses that need the terms of use, asked by somebody who may but whose grid user does not accept them: the same. */
  unaccepted: Cell[]
}

const OPERATOR_KEY = 'operator-key-of-the-matrix-0123456789'
const READER_KEY = 'reader-key-of-the-matrix-0123456789'
const DDI_TOKEN = 'gateway-token-of-the-matrix-0123456789'
/** The gate's own words; with them nobody got in. */
const GATES = ['access.missing', 'access.throttled', 'role.missing', 'csrf.missing', 'sign-in.stale']

export async function tryAll(): Promise<Matrix> {
  const pages = mkdtempSync(join(tmpdir(), 'nrt-matrix-'))
  writeFileSync(join(pages, 'index.html'), '')
  const t = await openTestBackend({
    config: {
      ...{ operatorKey: OPERATOR_KEY, registerReaderKey: READER_KEY, ddiGatewayToken: DDI_TOKEN },
      ...{ portalDir: pages, flashPageDir: pages },
    },
  })
  try {
    const routes = [...t.backend.app.servedRoutes]
    const shown = await everyone(t)
    const cells: Cell[] = []
    for (const route of routes) {
      // HEAD is fastify's own for every GET, with the same right
      const profiles: readonly Profile[] = route.method === 'HEAD' ? ['anyone'] : PROFILE_NAMES
      for (const profile of profiles) cells.push(await ask(t, route, profile, shown[profile]))
    }
    const stale: Cell[] = []
    const fresh = routes.filter(({ right }) => rowOf(right).isFresh)
    t.clock.nowS += 301
    for (const route of fresh) {
      for (const profile of rowOf(route.right).may.filter(isPerson))
        stale.push(await ask(t, route, profile, shown[profile]))
    }
    const unaccepted: Cell[] = []
    const own = [shown['grid-user'], { authorization: `Bearer ${t.accessKey}` }]
    for (const headers of own) {
      await t.backend.app.inject({ method: 'DELETE', url: '/api/v1/terms/acceptance', headers })
    }
    for (const route of routes.filter(({ method, right }) => method !== 'HEAD' && rowOf(right).needsTerms)) {
      for (const profile of rowOf(route.right).may) unaccepted.push(await ask(t, route, profile, shown[profile]))
    }
    return { routes, cells, stale, unaccepted }
  } finally {
    await t.stop()
    rmSync(pages, { recursive: true })
  }
}

export function isRole(profile: Profile): profile is Role {
  return (ROLES as readonly Profile[]).includes(profile)
}

/** Signed in, for themselves or for somebody else. */
function isPerson(profile: Profile): boolean {
  return isRole(profile) || profile === 'mandated' || profile === 'mandated-look'
}

/** What each profile shows: cookies, tokens, keys. */
async function everyone(t: TestBackend): Promise<{ [profile in Profile]: Headers }> {
  const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` })
  const byRole = {} as { [role in Role]: Headers }
  for (const role of ROLES) {
    const { accessKey } = await t.backend.openAs(role, role)
    if (role === 'grid-user') await acceptTerms(t.backend, accessKey)
    byRole[role] = await signedIn(t, accessKey)
  }
  return {
    ...byRole,
    mandated: await mandated(t, 'act'),
    'mandated-look': await mandated(t, 'look'),
    'esp-machine': bearer(await machineToken(t)),
    'operator-key': bearer(OPERATOR_KEY),
    'register-reader': bearer(READER_KEY),
    dongle: { authorization: `GatewayToken ${DDI_TOKEN}` },
    anyone: {},
  }
}

async function signedIn(t: TestBackend, accessKey: string): Promise<Headers> {
  const visitor = visitorOf(t.backend)
  await visitor.signIn({ login: '', password: accessKey })
  const cookie = [...visitor.cookies].map(pair => pair.join('=')).join('; ')
  return { cookie, 'x-nrt-csrf': await visitor.csrf() }
}

async function mandated(t: TestBackend, scope: 'act' | 'look'): Promise<Headers> {
  const [giver, holder] = [visitorOf(t.backend), visitorOf(t.backend)]
  await giver.signIn({ login: '', password: t.accessKey })
  const { accessKey } = await t.backend.openAccount(`mandated to ${scope}`)
  await holder.signIn({ login: '', password: accessKey })
  const { mandateId, code } = (await giver.ask('POST', '/api/v1/mandates', { scope, days: 1 })).json()
  await holder.ask('POST', '/api/v1/mandates/take', { code })
  return { ...(await signedIn(t, accessKey)), 'x-acting-for': mandateId }
}

async function machineToken(t: TestBackend): Promise<string> {
  const { accountId, accessKey } = await t.backend.openAccount('looks after an ESP')
  const manager = visitorOf(t.backend)
  const headers = { authorization: `Bearer ${OPERATOR_KEY}` }
  const payload = { role: 'esp-manager', espId: 'esp_matrix', isGiven: true }
  await t.backend.app.inject({ method: 'POST', url: `/api/v1/people/${accountId}/roles`, headers, payload })
  await manager.signIn({ login: '', password: accessKey })
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await manager.ask('POST', '/api/v1/esps/esp_matrix/keys', { ...publicKey.export({ format: 'jwk' }), kid: 'k' })
  const assertion = await new SignJWT({ iss: 'esp_matrix', sub: 'esp_matrix', aud: HERE, jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setExpirationTime(t.clock.nowS + 60)
    .sign(privateKey)
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
  const answer = await t.backend.app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
  })
  return answer.json().access_token
}

let asked = 0

async function ask(t: TestBackend, route: ServedRoute, profile: Profile, headers: Headers): Promise<Cell> {
  const { method, url, right } = route
  const { may } = rowOf(right)
  const n = asked++
  const answer = await t.backend.app.inject({
    method: method as 'GET',
    url: addressOf(t, url),
    // nobody is held up for what somebody else has tried
    remoteAddress: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
    headers: {
      host: 'localhost',
      ...headers,
      ...(WITHOUT_BODY.includes(method) ? {} : { 'content-type': 'text/plain' }),
    },
    ...(WITHOUT_BODY.includes(method) ? {} : { payload: 'no body of this address' }),
  })
  const code = codeOf(answer)
  const isMeant = may.includes('anyone') || may.includes(profile)
  const isLetIn = method === 'HEAD' ? ![401, 403].includes(answer.statusCode) : !isGates(code)
  return { method, url, right, profile, isMeant, isLetIn, answer: code ?? String(answer.statusCode) }
}

const WITHOUT_BODY = ['GET', 'HEAD', 'OPTIONS']

function isGates(code: string | undefined): boolean {
  return code !== undefined && (GATES.includes(code) || code.startsWith('token.'))
}

function codeOf(answer: { headers: { [name: string]: unknown }; body: string }): string | undefined {
  if (!String(answer.headers['content-type']).includes('problem+json') || answer.body === '') return undefined
  return (JSON.parse(answer.body) as { code: string }).code
}

/** Nobody's ids; only hawkBit's interface is asked with a dongle that there is, for it is known by its address. */
function addressOf(t: TestBackend, url: string): string {
  return url
    .replace(':tenant', 'default')
    .replace(':controllerId', t.dongleId)
    .replace(/:(no|version|actionId|moduleId)\b/g, '999999')
    .replace(/:\w+/g, 'nobodys')
    .replace('*', 'nothing')
}

/** One line an address; a letter for each profile that gets in. */
export function matrixText({ routes, cells }: Matrix): string {
  const head = PROFILE_NAMES.map((name, i) => `  ${letterOf(i)} ${name}`)
  const lines = routes
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, url, right }) => {
      const row = cells.filter(cell => cell.method === method && cell.url === url)
      const marks = PROFILE_NAMES.map((name, i) =>
        row.find(cell => cell.profile === name)?.isLetIn ? letterOf(i) : '·',
      )
      return `${marks.join('')}  ${method.padEnd(7)} ${url}  (${right})`
    })
  return [...head, '', ...new Set(lines)].join('\n')
}

function letterOf(i: number): string {
  return String.fromCharCode(97 + i)
}
