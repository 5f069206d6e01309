// REST of delivery as an ESP's machine asks it, checked against the published description: what is let out, the formats, paging, webhooks' settings, and that a
// permission that is over, foreign or made up is one answer.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTokens } from '../../examples/esp-client/token.ts'
import type { Platform } from '../../scripts/platform.ts'
import { openSandboxWorld, type SandboxWorld } from '../../scripts/sandbox-world.ts'
import { startTestPlatform } from '../support/platform.ts'

let folder: string
let platform: Platform
let world: SandboxWorld
let token: string
let nowS: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nrt-delivery-'))
  platform = await startTestPlatform(folder)
  world = await openSandboxWorld(platform, 2)
  nowS = Math.floor(Date.now() / 1000)
  for (let i = 0; i < 3; i++) await world.send(10)
  const server = `http://127.0.0.1:${platform.httpPort}`
  token = await createTokens({ server, broker: '', key: world.key as never, hookPort: undefined })()
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
