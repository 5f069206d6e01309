// REST of delivery as an ESP's machine asks it, checked against the published description: what is let out, the formats, paging, webhooks' settings, and that a
// permission that is over, foreign or made up is one answer.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as askPlain, type IncomingMessage } from 'node:http'
import { request as askTls, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPull } from '../../examples/esp-client/pull.ts'
import { readStream } from '../../examples/esp-client/stream.ts'
import { assertionBody } from '../../examples/esp-client/token.ts'
import type { Platform } from '../../scripts/platform.ts'
import { openSandboxWorld, type SandboxWorld } from '../../scripts/sandbox-world.ts'
import { startTestPlatform } from '../support/platform.ts'
import { selfSignedCertificate } from '../support/self-signed-certificate.ts'
import { HERE, visitorOf } from '../support/visitor.ts'

let folder: string
let platform: Platform
let world: SandboxWorld
let token: string
let nowS: number
const server = selfSignedCertificate('localhost')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nrt-delivery-'))
  const files = { NRT_ESP_TLS_CERT_FILE: join(folder, 'cert.pem'), NRT_ESP_TLS_KEY_FILE: join(folder, 'key.pem') }
  writeFileSync(files.NRT_ESP_TLS_CERT_FILE, server.cert)
  writeFileSync(files.NRT_ESP_TLS_KEY_FILE, server.key)
  platform = await startTestPlatform(folder, {
    ...files,
    ...{ NRT_MQTT_TLS_CERT_FILE: files.NRT_ESP_TLS_CERT_FILE, NRT_MQTT_TLS_KEY_FILE: files.NRT_ESP_TLS_KEY_FILE },
    NRT_PUBLIC_URL: HERE,
    ...{ NRT_ESP_TLS_PORT: '0', NRT_STREAM_TLS_PORT: '0', NRT_TRUSTED_PROXIES: '127.0.0.2, 10.0.0.0/8' },
  })
  world = await openSandboxWorld(platform, 2)
  nowS = Math.floor(Date.now() / 1000)
  for (let i = 0; i < 3; i++) await world.send(10)
  const body = await assertionBody(HERE, world.key as never)
  const answer = await fetch(`http://127.0.0.1:${platform.httpPort}/oauth/token`, { method: 'POST', body })
  token = ((await answer.json()) as { access_token: string }).access_token
})
afterAll(async () => {
  world.stop()
  await platform.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(path: string, method: 'GET' | 'PUT' | 'POST' | 'DELETE' = 'GET', payload?: object) {
  const headers = { authorization: `Bearer ${token}`, host: `127.0.0.1:${platform.httpPort}` }
  const answer = await platform.backend.app.inject({
    method,
    url: `/api/v1/esp${path}`,
    headers,
    ...(payload && { payload }),
  })
  const isJson = String(answer.headers['content-type']).includes('json')
  return { status: answer.statusCode, body: isJson ? answer.json() : answer.body, headers: answer.headers }
}
const range = (id: string, more = '') => `/permissions/${id}/readings?fromS=${nowS - 600}&toS=${nowS + 600}${more}`

describe('what an ESP fetches', () => {
  test('comes page by page without a doubled or missing second, flagged and cut to the data need', async () => {
    const [id] = world.permissionIds
    const times: number[] = []
    let next: string | null = null
    do {
      const { status, body, headers } = await ask(range(id!, `&limit=7${next === null ? '' : `&cursor=${next}`}`))
      expect([status, headers['nrt-flag'], body.flag]).toEqual([
        200,
        'informative, not validated',
        'informative, not validated',
      ])
      for (const row of body.readings) expect(Object.keys(row)).not.toContain('tariff')
      times.push(...body.readings.map((row: { timeS: number }) => row.timeS))
      if (body.next !== null) expect(headers.link).toContain('rel="next"')
      next = body.next
    } while (next !== null)
    expect(times).toHaveLength(30)
    expect(times).toEqual(Array.from({ length: 30 }, (_, i) => times[0]! + i))
    const latest = await ask(`/permissions/${id}/latest`)
    expect(latest.body.readings.map((row: { timeS: number }) => row.timeS)).toEqual([times[29]])
  })

  test('comes as RTD and as TimeSeries where that is asked for', async () => {
    const [id] = world.permissionIds
    const rtd = await ask(range(id!, '&format=rtd'))
    expect(rtd.body.MarketDocument.TimeSeries).toHaveLength(30)
    const series = (await ask(range(id!, '&format=timeseries'))).body
    expect(series).toHaveLength(30)
    // the EAN is what the market's documents name a point by; our own words for the point and its holder stay inside
    const said = JSON.stringify([rtd.body, series, (await ask(range(id!))).body])
    expect(said).not.toMatch(/mp_|acc_|person/)
    expect((await ask(range(id!, '&format=xml'))).body.code).toBe('request.invalid')
  })

  test('says what is missing, within the agreed time', async () => {
    const { status, body } = await ask(`/permissions/${world.permissionIds[0]}/gaps?fromS=0&toS=${nowS + 600}`)
    expect(status).toBe(200)
    for (const gap of body.gaps) expect(gap.fromS).toBeGreaterThanOrEqual(nowS - 3700)
  })

  test('is nothing for a range, a cursor or a permission that cannot be; over, foreign and made up are one answer', async () => {
    const [id, other] = world.permissionIds
    expect((await ask(`/permissions/${id}/readings?fromS=9&toS=9`)).body.code).toBe('range.invalid')
    expect((await ask(range(id!, '&cursor=abc'))).body.code).toBe('cursor.invalid')
    await world.revoke(other!)
    const answers = await Promise.all([
      ask(range(other!)),
      ask(range('perm_none')),
      ask(`/permissions/${other}/latest`),
    ])
    for (const { status, body } of answers)
      expect([status, body.code, body.detail]).toEqual([404, 'permission.unknown', undefined])
  })

  test('is written down for the customer before it is given', async () => {
    const before = Date.now()
    await ask(range(world.permissionIds[0]!))
    const { rows } = await rowsOfAccess()
    expect(rows.at(-1)).toMatchObject({ channel: 'rest', readings: 30 })
    expect(rows.at(-1)!.atMs).toBeGreaterThanOrEqual(before - 1000)
  })
})

async function rowsOfAccess() {
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(join(folder, 'nrt.sqlite'), { readOnly: true })
  const rows = db.prepare('SELECT channel, readings, atMs FROM dataAccess ORDER BY no').all() as {
    channel: string
    readings: number
    atMs: number
  }[]
  db.close()
  return { rows }
}

describe('webhooks', () => {
  test('go to public https addresses only, and their secret is shown once', async () => {
    expect((await ask('/webhook')).body.code).toBe('webhook.unknown')
    expect((await ask('/webhook/test', 'POST')).body.code).toBe('webhook.unknown')
    for (const url of ['http://esp.example/', 'https://127.0.0.1/', 'https://localhost/', 'nonsense'])
      expect((await ask('/webhook', 'PUT', { url })).body).toMatchObject({ code: 'webhook.refused', status: 422 })
    const set = await ask('/webhook', 'PUT', { url: 'https://esp.example/hook' })
    expect(set.body).toMatchObject({
      url: 'https://esp.example/hook',
      format: 'json',
      secret: expect.stringMatching(/^whsec_/),
    })
    const kept = await ask('/webhook')
    expect([kept.body.url, kept.body.secret]).toEqual(['https://esp.example/hook', undefined])
    expect((await ask('/webhook', 'DELETE')).status).toBe(204)
    expect((await ask('/webhook')).body.code).toBe('webhook.unknown')
  })

  test('that were given up are listed, and only one’s own can be replayed', async () => {
    expect((await ask('/dead-deliveries')).body).toEqual({ items: [], next: null })
    expect((await ask('/dead-deliveries/7/replay', 'POST')).body.code).toBe('delivery.unknown')
  })
})

describe('an ESP that has registered a certificate', () => {
  const ours = selfSignedCertificate('machine')
  const other = selfSignedCertificate('somebody else')
  const thumbprints: string[] = []

  /** Over a real socket, with a certificate or without; `from`: of the loopback's addresses. */
  function send(path: string, options: RequestOptions & { isPlain?: boolean; body?: string } = {}) {
    const { isPlain = false, body, ...rest } = options
    const port = isPlain ? platform.httpPort : platform.espTlsPort
    const wish = { ...rest, ...{ host: '127.0.0.1', path, port, rejectUnauthorized: false, agent: false as const } }
    return new Promise<{ status: number; code: string; error: string; access_token: string }>((resolve, reject) => {
      const answered = async (answer: IncomingMessage): Promise<void> => {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk)
        resolve({ status: answer.statusCode, ...JSON.parse(Buffer.concat(chunks).toString()) })
      }
      const request = (isPlain ? askPlain : askTls)(wish, answer => void answered(answer).catch(reject))
      request.on('error', reject).end(body)
    })
  }
  const tokenOver = async (options: Parameters<typeof send>[1] = {}) => {
    const body = (await assertionBody(HERE, world.key as never)).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...options.headers }
    return send('/oauth/token', { ...options, method: 'POST', headers, body })
  }
  const selfOver = (text: string, options: Parameters<typeof send>[1] = {}) =>
    send('/api/v1/esp/self', { ...options, headers: { authorization: `Bearer ${text}`, ...options.headers } })
  const refusal = ({ status, code, error }: Awaited<ReturnType<typeof send>>) => [status, code, error]
  const missing = [401, 'certificate.missing', 'invalid_client']
  const foreign = [401, 'certificate.foreign', 'invalid_client']
  const path = () => `/api/v1/esps/${world.espId}/certificates`
  let manager: ReturnType<typeof visitorOf>
  let unbound: string

  beforeAll(async () => {
    unbound = token
    manager = visitorOf(platform.backend)
    await manager.signIn({ login: '', password: world.managerKey, isFresh: true })
    expect(refusal(await tokenOver())[0], 'before it has one, none is wanted').toBe(200)
    for (const pem of [ours.cert + ours.key, 'nonsense', selfSignedCertificate('old', new Date(2021, 1)).cert]) {
      expect((await manager.ask('POST', path(), { pem })).json().code).toBe('esp-certificate.invalid')
    }
    const added = await manager.ask('POST', path(), { pem: ours.cert })
    expect([added.statusCode, added.json().revokedAtS]).toEqual([201, null])
    thumbprints.push(added.json().thumbprint)
    expect((await manager.ask('POST', path(), { pem: ours.cert })).json().code).toBe('esp-certificate.known')
    const elsewhere = await manager.ask('POST', '/api/v1/esps/esp_none/certificates', { pem: ours.cert })
    expect(elsewhere.json().code).toBe('esp-certificate.unknown')
  })
  afterAll(async () => {
    for (const one of thumbprints) await manager.ask('POST', `${path()}/${one}/revoke`)
  })

  test('gets a token with it only, and the token says which', async () => {
    expect(refusal(await tokenOver())).toEqual(missing)
    expect(refusal(await tokenOver(other))).toEqual(foreign)
    const { access_token } = await tokenOver(ours)
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1]!, 'base64url').toString())
    expect(claims.cnf).toEqual({ 'x5t#S256': thumbprints[0] })
    expect((await selfOver(access_token, ours)).status).toBe(200)
  })

  test('has its token refused without the certificate, with another one, and one from before', async () => {
    const { access_token } = await tokenOver(ours)
    expect(refusal(await selfOver(access_token))).toEqual(missing)
    expect(refusal(await selfOver(access_token, { isPlain: true }))).toEqual(missing)
    expect(refusal(await selfOver(access_token, other))).toEqual(foreign)
    expect(refusal(await selfOver(unbound, ours))).toEqual(foreign)
    expect(refusal(await selfOver(unbound))).toEqual(missing)
  })

  test('may come through a proxy that is trusted, in each of three spellings; anybody else’s header is air', async () => {
    const der = ours.cert.replace(/-----.*-----|\s/g, '')
    const { access_token } = await tokenOver(ours)
    const proxied = (value: string, localAddress: string) =>
      selfOver(access_token, { isPlain: true, localAddress, headers: { 'client-cert': value } })
    for (const value of [`:${der}:`, der, encodeURIComponent(ours.cert)]) {
      expect((await proxied(value, '127.0.0.2')).status).toBe(200)
      expect(refusal(await proxied(value, '127.0.0.1'))).toEqual(missing)
    }
    expect(refusal(await proxied(encodeURIComponent(other.cert), '127.0.0.2'))).toEqual(foreign)
    // who guesses behind the proxy is held up, and nobody else who comes through it
    const guess = (from: string) =>
      send('/api/v1/esp/self', {
        ...{ isPlain: true, localAddress: '127.0.0.2' },
        headers: { authorization: 'Bearer ey.wrong.token', 'x-forwarded-for': from },
      })
    let code = ''
    for (let i = 0; i < 60 && code !== 'access.throttled'; i++) code = (await guess('192.0.2.1')).code
    expect([code, (await guess('192.0.2.2')).code]).toEqual(['access.throttled', 'token.invalid'])
    for (const value of ['', '::', ':AAAA:', 'nonsense', `${der}, ${der}`, '%']) {
      expect(refusal(await proxied(value, '127.0.0.2'))).toEqual(missing)
    }
  })

  test('pulls and streams with it by the example client', async () => {
    const { access_token } = await tokenOver(ours)
    const settings = {
      ...{
        server: `https://localhost:${platform.espTlsPort}`,
        broker: `mqtts://localhost:${platform.gateway.streamTlsPort}`,
      },
      ...{ key: world.key as never, hookPort: undefined },
    }
    const pullWith = (tls: object) =>
      createPull({ ...settings, tls: { ca: server.cert, ...tls } }, async () => access_token)
    const [permissionId] = world.permissionIds
    expect((await pullWith(ours).latest(permissionId!)).readings).toHaveLength(1)
    await expect(pullWith({}).latest(permissionId!)).rejects.toThrow('certificate.missing')
    const came: string[] = []
    const tls = { ca: server.cert, ...ours }
    const stop = readStream(
      { ...settings, tls },
      async () => access_token,
      document => came.push(document.permissionId),
    )
    await expect.poll(() => came).toContain(permissionId)
    await stop()
  })

  test('reads its stream with it at the listener that asks for it, and nowhere else', async () => {
    const { access_token: password } = await tokenOver(ours)
    const { port: plainPort, streamTlsPort } = platform.gateway
    const wish = {
      username: world.espId,
      password,
      rejectUnauthorized: false,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
    }
    const at = (url: string, more = {}) => connectAsync(url, { ...wish, ...more }, false)
    await expect(at(`mqtt://127.0.0.1:${plainPort}`)).rejects.toThrow()
    await expect(at(`mqtts://127.0.0.1:${streamTlsPort}`)).rejects.toThrow()
    await expect(at(`mqtts://127.0.0.1:${streamTlsPort}`, other)).rejects.toThrow()
    const client = await at(`mqtts://127.0.0.1:${streamTlsPort}`, ours)
    let ended = false
    client.on('close', () => {
      ended = true
    })
    const granted = await client.subscribeAsync(`esp/1/${world.espId}/+/json`, { qos: 1 })
    expect(granted[0]?.qos).toBe(1)
    expect(ended).toBe(false)
    const { thumbprint } = (await manager.ask('POST', path(), { pem: other.cert })).json()
    thumbprints.push(thumbprint)
    // what a stream has shown when it came may not be good any more: it comes again
    await expect.poll(() => ended).toBe(true)
    await manager.ask('POST', `${path()}/${thumbprint}/revoke`)
  })

  test('brings a new one in beside the old one; a revoked one takes its tokens along, and after the last none is wanted', async () => {
    const { access_token: old } = await tokenOver(ours)
    const next = selfSignedCertificate('next')
    thumbprints.push((await manager.ask('POST', path(), { pem: next.cert })).json().thumbprint)
    const { access_token: fresh } = await tokenOver(next)
    expect(refusal(await selfOver(fresh, ours))).toEqual(foreign)
    const revoke = (thumbprint: string | undefined) => manager.ask('POST', `${path()}/${thumbprint}/revoke`)
    expect((await revoke(thumbprints[0])).json().revokedAtS).not.toBeNull()
    expect(refusal(await selfOver(old, ours))).toEqual(foreign)
    expect((await selfOver(fresh, next)).status).toBe(200)
    await revoke(thumbprints.at(-1))
    expect((await selfOver(fresh, next)).code).toBe('token.invalid')
    expect((await selfOver((await tokenOver()).access_token)).status).toBe(200)
    const { items } = (await manager.ask('GET', path())).json()
    expect(items.map(({ revokedAtS }: { revokedAtS: number | null }) => revokedAtS === null)).toEqual([
      false,
      false,
      false,
    ])
  })
})
