// The REST API against its own published description: every answer here is checked with the schema that /openapi.json gives for its route
// and status. Problems are in problems.test.ts.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { NOON_S } from '../support/batches.ts'
import { describedBy, fillAnHour, POINT } from '../support/described.ts'

let t: TestBackend
let api: Awaited<ReturnType<typeof describedBy>>
beforeAll(async () => {
  t = await openTestBackend()
  api = await describedBy(t)
  await fillAnHour(t)
})
afterAll(() => t.stop())

const point = (rest: string) => `/api/v1/metering-points/${t.pointId}${rest}`
const range = (query: string) => point(`/readings?fromS=${NOON_S}&toS=${NOON_S + 4012}&${query}`)

const CONTROLLER = '/{tenant}/controller/v1/{controllerId}'

/** Of the catalogue and of consent. */
const DELIVERY = [
  '/api/v1/esp/permissions/{id}/latest',
  '/api/v1/esp/permissions/{id}/readings',
  '/api/v1/esp/permissions/{id}/gaps',
  '/api/v1/esp/webhook',
  '/api/v1/esp/webhook/test',
  '/api/v1/esp/dead-deliveries',
  '/api/v1/esp/dead-deliveries/{no}/replay',
  '/api/v1/esp/deliveries',
]
const CONSENT = [
  '/api/v1/access-register/market-events',
  '/api/v1/catalogue',
  '/api/v1/catalogue/{id}',
  '/api/v1/consent-export',
  '/api/v1/data-access-log',
  '/api/v1/esp',
  '/api/v1/esp/notices',
  '/api/v1/esp/notices/{id}/acknowledge',
  '/api/v1/esp/permissions',
  '/api/v1/esp/permissions/{id}/terminate',
  '/api/v1/esp/services',
  '/api/v1/esp/services/{id}',
  '/api/v1/esp/services/{id}/publish',
  '/api/v1/esp/services/{id}/submit',
  '/api/v1/esp/services/{id}/withdraw',
  '/api/v1/esp/subscription-counts',
  '/api/v1/esps',
  '/api/v1/esps/{id}/admit',
  '/api/v1/esps/{id}/events',
  '/api/v1/esps/{id}/expel',
  '/api/v1/esps/{id}/refuse',
  '/api/v1/esps/{id}/suspend',
  '/api/v1/notices',
  '/api/v1/notices/{id}/seen',
  '/api/v1/own/tenures',
  '/api/v1/own/tenures/{id}/{fromS}/erase',
  '/api/v1/own/tenures/{id}/{fromS}/readings',
  '/api/v1/permission-provision-log',
  '/api/v1/permissions',
  '/api/v1/permissions/{id}/grant',
  '/api/v1/permissions/{id}/receipt',
  '/api/v1/permissions/{id}/refuse',
  '/api/v1/permissions/{id}/revoke',
  '/api/v1/receipt-keys',
  '/api/v1/services/submitted',
  '/api/v1/services/{id}/review',
  '/api/v1/services/{id}/withdraw',
  '/api/v1/subscription-counts',
  '/api/v1/tenure-ends',
  '/api/v1/terms',
  '/api/v1/terms/acceptance',
  '/api/v1/terms/versions',
]

describe('answers', () => {
  test('the description is OpenAPI 3.1 and names every route', () => {
    expect(api.description.openapi).toBe('3.1.0')
    expect(Object.keys(api.description.paths).sort()).toEqual(
      [
        ...CONSENT,
        ...DELIVERY,
        '/api/v1/access-register/changes',
        '/api/v1/access-register/entries',
        '/api/v1/access-register/points-of',
        '/api/v1/account',
        '/api/v1/account-events',
        '/api/v1/accounts/{id}/holder',
        '/api/v1/audit/events',
        '/api/v1/audit/verdict',
        '/api/v1/backups',
        '/api/v1/dead-letters',
        '/api/v1/dead-letters/replay',
        '/api/v1/dead-letters/{no}',
        '/api/v1/dead-letters/{no}/drop',
        '/api/v1/dongles/{id}',
        '/api/v1/dongles/{id}/acts',
        '/api/v1/dongles/{id}/claim-code',
        '/api/v1/dongles/{id}/diagnosis',
        '/api/v1/dongles/{id}/events',
        '/api/v1/dongles/{id}/messages',
        '/api/v1/dongles/{id}/orders',
        '/api/v1/dongles/{id}/target-token',
        '/api/v1/esp/self',
        '/api/v1/esps/{espId}/certificates',
        '/api/v1/esps/{espId}/certificates/{thumbprint}/revoke',
        '/api/v1/esps/{espId}/keys',
        '/api/v1/esps/{espId}/keys/{kid}/revoke',
        '/api/v1/mandated-access-log',
        '/api/v1/mandates',
        '/api/v1/mandates/take',
        '/api/v1/mandates/{id}/end',
        '/api/v1/metering-points',
        `${POINT}/diagnosis`,
        `${POINT}/latest`,
        `${POINT}/live`,
        `${POINT}/readings`,
        `${POINT}/today`,
        '/api/v1/own/dongles',
        '/api/v1/own/dongles/{id}/acts',
        '/api/v1/people',
        '/api/v1/people/{id}/lock',
        '/api/v1/people/{id}/mandates',
        '/api/v1/people/{id}/roles',
        '/api/v1/platform',
        '/api/v1/releases',
        '/api/v1/releases/{version}',
        '/api/v1/rollouts',
        '/api/v1/rollouts/{id}',
        '/api/v1/rollouts/{id}/approve',
        '/api/v1/rollouts/{id}/cancel',
        '/api/v1/rollouts/{id}/dongles',
        '/api/v1/rollouts/{id}/events',
        '/api/v1/rollouts/{id}/pause',
        '/api/v1/rollouts/{id}/resume',
        '/api/v1/session',
        '/api/v1/session/end',
        '/api/v1/update-events',
        '/healthz',
        '/metrics',
        '/oauth/token',
        '/readyz',
        `${CONTROLLER}`,
        `${CONTROLLER}/cancelAction/{actionId}`,
        `${CONTROLLER}/cancelAction/{actionId}/feedback`,
        `${CONTROLLER}/configData`,
        `${CONTROLLER}/deploymentBase/{actionId}`,
        `${CONTROLLER}/deploymentBase/{actionId}/feedback`,
        `${CONTROLLER}/installedBase/{actionId}`,
        `${CONTROLLER}/softwaremodules/{moduleId}/artifacts`,
        `${CONTROLLER}/softwaremodules/{moduleId}/artifacts/{filename}`,
      ].sort(),
    )
  })

  test('the account’s metering points, the EAN in the body only', async () => {
    const { body } = await api.ask('/api/v1/metering-points', '/api/v1/metering-points')
    expect(body).toEqual({
      items: [
        {
          id: t.pointId,
          ean: t.ean,
          name: 'Home',
          timeZone: 'Europe/Brussels',
          country: 'BE',
          sinceS: NOON_S - 30 * 86_400,
        },
      ],
    })
    expect(t.pointId).not.toContain(t.ean)
  })

  test('the latest reading and the quality of the line', async () => {
    const { body } = await api.ask(`${POINT}/latest`, point('/latest'))
    expect(body.reading).toMatchObject({ timeS: NOON_S + 4009, offtakeT1Wh: 1_004_009, tariff: 1 })
    expect(body.quality).toEqual({
      lastReadingS: NOON_S + 4009,
      delayMs: 2000,
      dongle: {
        state: 'online',
        boot: 1,
        firmware: '0.1.0',
        rssiDbm: -61,
        uptimeS: 4000,
        ringRecords: 3,
        intervalS: 10,
      },
      today: { readings: 3550, lost: 7, gaps: 3 },
    })
  })

  test('energy since local midnight', async () => {
    const { body } = await api.ask(`${POINT}/today`, point('/today'))
    expect(body).toEqual({
      fromS: NOON_S - 13 * 3600,
      offtakeWh: 4009,
      injectionWh: 400,
      offtakeT1Wh: 4009,
      offtakeT2Wh: 0,
      injectionT1Wh: 0,
      injectionT2Wh: 400,
    })
  })

  test('raw readings page by page, each exactly once, with gaps and losses', async () => {
    const timeS: number[] = []
    const gaps: unknown[] = []
    let cursor = ''
    for (let pages = 0; ; pages++) {
      const { body } = await api.ask(
        `${POINT}/readings`,
        range(`resolution=raw&limit=700&fields=offtakeW,offtakeT1Wh${cursor}`),
      )
      expect(Object.keys(body.columns)).toEqual(['offtakeT1Wh', 'offtakeW'])
      expect(body.timeS.length).toBeLessThanOrEqual(700)
      timeS.push(...body.timeS)
      gaps.push(...body.gaps)
      if (body.next === null) {
        expect(pages).toBe(5)
        break
      }
      cursor = `&cursor=${body.next}`
    }
    expect(timeS).toHaveLength(3550)
    expect(new Set(timeS).size).toBe(3550)
    expect(timeS.every((s, i) => i === 0 || s > (timeS[i - 1] as number))).toBe(true)
    expect(gaps).toEqual([
      { fromS: NOON_S + 1799, toS: NOON_S + 1860, kind: 'gap', count: 60 },
      { fromS: NOON_S + 3599, toS: NOON_S + 4000, kind: 'gap', count: 400 },
      { fromS: NOON_S + 4002, toS: NOON_S + 4003, kind: 'loss', count: 7, reason: 'crc' },
    ])
  })

  test.each([
    ['1m', 60, 61],
    ['15m', 5, 5],
    ['day', 1, 1],
  ])('rollups at %s', async (resolution, minutes, most) => {
    const { body } = await api.ask(`${POINT}/readings`, range(`resolution=${resolution}`))
    expect(body.timeS.length).toBeGreaterThanOrEqual(minutes)
    expect(body.timeS.length).toBeLessThanOrEqual(most)
    const sum = (column: number[]) => column.reduce((total, value) => total + value, 0)
    expect(sum(body.columns.count)).toBe(3550)
    expect(body.columns.offtakeT1Wh.at(-1)).toBe(1_004_009)
    expect(Math.max(...body.columns.offtakeMaxW)).toBe(599)
    expect(body.next).toBeNull()
    expect(body.gaps).toHaveLength(3)
  })

  test('rollups page by page give the same as in one page', async () => {
    const whole = (await api.ask(`${POINT}/readings`, range('resolution=1m'))).body
    const first = (await api.ask(`${POINT}/readings`, range('resolution=1m&limit=40'))).body
    const second = (await api.ask(`${POINT}/readings`, range(`resolution=1m&limit=40&cursor=${first.next}`))).body
    expect([...first.timeS, ...second.timeS]).toEqual(whole.timeS)
    for (const name of Object.keys(whole.columns)) {
      expect([...first.columns[name], ...second.columns[name]], name).toEqual(whole.columns[name])
    }
  })

  test('a range from before the tenure is fenced, one in the future is empty and has no gaps', async () => {
    const early = await api.ask(
      `${POINT}/readings`,
      point(`/readings?resolution=day&fromS=0&toS=${NOON_S - 31 * 86_400}`),
    )
    expect(early.body).toMatchObject({ timeS: [], gaps: [], next: null })
    const late = await api.ask(
      `${POINT}/readings`,
      point(`/readings?resolution=raw&fromS=${NOON_S + 5000}&toS=${NOON_S + 6000}`),
    )
    expect(late.body).toMatchObject({ timeS: [], gaps: [], next: null })
  })

  test('probes', async () => {
    expect((await api.ask('/healthz', '/healthz', '')).body).toEqual({ isAlive: true })
    expect((await api.ask('/readyz', '/readyz', '')).body).toEqual({ isReady: true })
    const { body, type } = await t.get('/metrics', '')
    expect(type).toContain('text/plain')
    expect(body).toContain('nrt_store_readings_total 3550')
    expect(body).toContain('nrt_store_batches_total{outcome="stored",reason=""} 60')
    expect(body).not.toMatch(new RegExp(`${t.pointId}|${t.ean}|${t.dongleId}`))
  })
})

describe('what every answer carries', () => {
  test('a strict policy for pages, and no sniffing', async () => {
    const answer = await t.backend.app.inject('/healthz')
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
  })

  test('logs without ids, EANs, keys or readings: routes by their pattern', async () => {
    await t.get(point('/latest'))
    await t.backend.app.inject({ url: `/?key=${t.accessKey}` })
    await t.get(`/nothing/${t.ean}`)
    const lines = t.logged.map(line => JSON.stringify(line)).join('\n')
    expect(lines).toContain('"route":"/api/v1/metering-points/:id/latest"')
    expect(lines).not.toMatch(new RegExp(`${t.pointId}|${t.ean}|${t.dongleId}|${t.accessKey.slice(0, 20)}`))
  })

  test('an id of its own, which its line in the log has too', async () => {
    const answers = [await t.backend.app.inject('/healthz'), await t.backend.app.inject('/nothing')]
    const ids = answers.map(answer => String(answer.headers['x-request-id']))
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(t.logged.some(line => line.msg === 'request' && line.reqId === id)).toBe(true)
    expect(answers[1]?.json().instance).toBe(`/requests/${ids[1]}`)
  })

  test('the key moves from the address into a cookie that scripts cannot read, and the cookie opens the API', async () => {
    const moved = await t.backend.app.inject({ url: `/?key=${t.accessKey}` })
    expect([moved.statusCode, moved.headers.location]).toEqual([303, '/'])
    const cookie = String(moved.headers['set-cookie'])
    expect(cookie).toMatch(/^nrt_key=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
    const headers = { cookie: `a=b; ${cookie.split(';')[0]}; c=d` }
    expect((await t.backend.app.inject({ url: '/api/v1/metering-points', headers })).statusCode).toBe(200)
    const odd = await t.backend.app.inject({ url: `/?key=${encodeURIComponent('x; Domain=evil')}` })
    expect(odd.headers['set-cookie']).toBeUndefined()
  })
})
