// The REST API against its own published description: every answer here is checked with the schema that /openapi.json gives for its route
// and status, and every problem code of the registry is provoked for real.

import { existsSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Compile } from 'typebox/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../../shared/schema/problem.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { aBatch, aDay, arrived, NOON_S } from '../support/batches.ts'

let t: TestBackend
let description: OpenApi
const seen = new Set<ProblemCode>()

interface OpenApi {
  openapi: string
  paths: {
    [path: string]: { get: { responses: { [status: string]: { content?: { [type: string]: { schema: object } } } } } }
  }
}

beforeAll(async () => {
  t = await openTestBackend()
  description = (await t.get('/openapi.json', '')).body as OpenApi
  const batches = aDay(3600, 60)
  const withLoss = aBatch({
    firstSeq: 4000,
    startS: NOON_S + 4000,
    count: 10,
    losses: [{ fromSeq: 4003, count: 7, reason: 'crc' }],
  })
  await t.backend.ingest.store(
    [...batches.filter((_, i) => i !== 30), withLoss].map(batch => arrived(t.dongleId, batch)),
  )
  await t.backend.ingest.note({
    dongleId: t.dongleId,
    boot: 1,
    receivedAtMs: (NOON_S + 4010) * 1000,
    firmware: '0.1.0',
    rssiDbm: -61,
    uptimeS: 4000,
    ringRecords: 3,
    intervalS: 10,
  })
  t.clock.nowS = NOON_S + 4012
})
afterAll(async () => {
  await t.stop()
})

/** Asks, checks the answer against the description, and hands out the body. */
async function ask(route: string, path: string, accessKey?: string) {
  const answer = await t.get(path, accessKey)
  const described = description.paths[route]?.get.responses[String(answer.status)]
  expect(described, `${route} describes status ${answer.status}`).toBeDefined()
  const type = answer.type.split(';')[0] as string
  const schema = described?.content?.[type]?.schema
  expect(schema, `${route} describes ${type} for status ${answer.status}`).toBeDefined()
  const [isValid, errors] = Compile(schema as object).Errors(answer.body)
  expect(errors, path).toEqual([])
  expect(isValid).toBe(true)
  if (type === 'application/problem+json') checkProblem(answer.body)
  return answer
}

function checkProblem(body: { code: ProblemCode; status: number; type: string; instance: string }): void {
  seen.add(body.code)
  expect(body).toMatchObject({ status: PROBLEMS[body.code].status, type: `/problems/${PROBLEMS[body.code].slug}` })
  expect(JSON.stringify(body)).not.toMatch(/[0-9]{18}|nrt_[0-9a-f]{12}_/)
}

const POINT = '/api/v1/metering-points/{id}'
const point = (rest: string) => `/api/v1/metering-points/${t.pointId}${rest}`
const range = (query: string) => point(`/readings?fromS=${NOON_S}&toS=${NOON_S + 4012}&${query}`)

describe('answers', () => {
  test('the description is OpenAPI 3.1 and names every route of a grid user', () => {
    expect(description.openapi).toBe('3.1.0')
    expect(Object.keys(description.paths).sort()).toEqual([
      '/api/v1/metering-points',
      `${POINT}/latest`,
      `${POINT}/live`,
      `${POINT}/readings`,
      `${POINT}/today`,
      '/healthz',
      '/metrics',
      '/readyz',
    ])
  })

  test('the account’s metering points, the EAN in the body only', async () => {
    const { body } = await ask('/api/v1/metering-points', '/api/v1/metering-points')
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
    const { body } = await ask(`${POINT}/latest`, point('/latest'))
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
    const { body } = await ask(`${POINT}/today`, point('/today'))
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
      const { body } = await ask(
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
    const { body } = await ask(`${POINT}/readings`, range(`resolution=${resolution}`))
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
    const whole = (await ask(`${POINT}/readings`, range('resolution=1m'))).body
    const first = (await ask(`${POINT}/readings`, range('resolution=1m&limit=40'))).body
    const second = (await ask(`${POINT}/readings`, range(`resolution=1m&limit=40&cursor=${first.next}`))).body
    expect([...first.timeS, ...second.timeS]).toEqual(whole.timeS)
    for (const name of Object.keys(whole.columns)) {
      expect([...first.columns[name], ...second.columns[name]], name).toEqual(whole.columns[name])
    }
  })

  test('a range from before the tenure is fenced, one in the future is empty and has no gaps', async () => {
    const early = await ask(`${POINT}/readings`, point(`/readings?resolution=day&fromS=0&toS=${NOON_S - 31 * 86_400}`))
    expect(early.body).toMatchObject({ timeS: [], gaps: [], next: null })
    const late = await ask(
      `${POINT}/readings`,
      point(`/readings?resolution=raw&fromS=${NOON_S + 5000}&toS=${NOON_S + 6000}`),
    )
    expect(late.body).toMatchObject({ timeS: [], gaps: [], next: null })
  })

  test('probes', async () => {
    expect((await ask('/healthz', '/healthz', '')).body).toEqual({ isAlive: true })
    expect((await ask('/readyz', '/readyz', '')).body).toEqual({ isReady: true })
    const { body, type } = await t.get('/metrics', '')
    expect(type).toContain('text/plain')
    expect(body).toContain('nrt_store_readings_total 3550')
    expect(body).toContain('nrt_store_batches_total{outcome="stored",reason=""} 60')
    expect(body).not.toMatch(new RegExp(`${t.pointId}|${t.ean}|${t.dongleId}`))
  })
})

describe('problems', () => {
  const other = { key: '', pointId: '' }
  beforeAll(async () => {
    const account = await t.backend.openAccount('neighbour')
    const added = await t.backend.addMeteringPoint({
      ean: '999999990000000029',
      accountId: account.accountId,
      sinceS: 0,
    })
    if (added.ok) Object.assign(other, { key: account.accessKey, pointId: added.value.id })
  })

  test('somebody else’s metering point and one that does not exist get the same answer', async () => {
    const rests = ['/latest', '/today', '/live', `/readings?resolution=raw&fromS=1&toS=2`]
    for (const rest of rests) {
      const route = POINT + (rest.split('?')[0] as string)
      const bodies = []
      for (const id of [other.pointId, 'mp_0000000000000000', 'x', t.ean]) {
        const { status, body } = await ask(route, `/api/v1/metering-points/${encodeURIComponent(id)}${rest}`)
        expect(status).toBe(404)
        bodies.push({ ...body, instance: '' })
      }
      expect(new Set(bodies.map(body => JSON.stringify(body))).size).toBe(1)
    }
    expect((await ask('/api/v1/metering-points', '/api/v1/metering-points', other.key)).body.items).toHaveLength(1)
  })

  test.each([
    ['no resolution', () => point('/readings?fromS=1&toS=2'), 'request.invalid'],
    ['a resolution that we do not have', () => range('resolution=5m'), 'request.invalid'],
    [
      'times in milliseconds',
      () => point('/readings?resolution=raw&fromS=1772366400000&toS=1772366401000'),
      'request.invalid',
    ],
    ['a limit beyond the bound', () => range('resolution=raw&limit=1000000'), 'request.invalid'],
    ['a range that runs backwards', () => point('/readings?resolution=raw&fromS=5&toS=5'), 'range.invalid'],
    ['a column that is none', () => range('resolution=raw&fields=offtakeW,password'), 'column.unknown'],
    ['a rollup’s column asked of raw readings', () => range('resolution=raw&fields=count'), 'column.unknown'],
    ['a field that rollups do not keep', () => range('resolution=1m&fields=voltageL1dV'), 'column.unknown'],
    ['a cursor that is none', () => range('resolution=raw&cursor=AAAA'), 'cursor.invalid'],
    [
      'a cursor of another resolution',
      () => range(`resolution=raw&cursor=${Buffer.from(`1.day.${NOON_S}`).toString('base64url')}`),
      'cursor.invalid',
    ],
    [
      'a cursor outside the range',
      () => range(`resolution=raw&cursor=${Buffer.from(`1.raw.${NOON_S - 1}`).toString('base64url')}`),
      'cursor.invalid',
    ],
  ])('%s', async (_name, path, code) => {
    expect((await ask(`${POINT}/readings`, path())).body.code).toBe(code)
  })

  test('without a key, or with a wrong one, there is nothing to see', async () => {
    for (const path of ['/api/v1/metering-points', point('/latest')]) {
      const route = path.endsWith('latest') ? `${POINT}/latest` : path
      for (const key of ['', 'x', 'nrt_000000000000_'.padEnd(60, 'A'), `${t.accessKey.slice(0, -1)}!`]) {
        const { status, body } = await ask(route, path, key)
        expect([status, body.code]).toEqual([401, 'access.missing'])
      }
    }
  })

  test('who guesses keys is held up, and let in again later', async () => {
    t.clock.nowS += 3600
    for (let i = 0; i < 20; i++) await t.get('/api/v1/metering-points', 'nrt_000000000000_'.padEnd(60, 'A'))
    expect((await ask('/api/v1/metering-points', '/api/v1/metering-points', 'x')).body.code).toBe('access.throttled')
    t.clock.nowS += 60
    expect((await t.get('/api/v1/metering-points')).status).toBe(200)
  })

  test('an address where nothing is', async () => {
    for (const path of ['/nothing/here', '/api/v1/nothing', '/problems/none', '/api/v1/metering-points/']) {
      const { body, type } = await t.get(path)
      expect(type).toContain('application/problem+json')
      expect(body.code).toBe('route.unknown')
      checkProblem(body)
    }
    expect((await t.get('/%zz')).body.code).toBe('request.invalid')
  })

  test('too many live streams', async () => {
    const full = await openTestBackend({ config: { liveStreamsMax: 0 } })
    const { status, body } = await full.get(`/api/v1/metering-points/${full.pointId}/live`)
    expect([status, body.code]).toEqual([503, 'live.full'])
    checkProblem(body)
    await full.stop()
  })

  test('what should be impossible is said without its insides, and the log has them under the same name', async () => {
    const hurt = await openTestBackend()
    await hurt.backend.ingest.store([arrived(hurt.dongleId, aBatch())])
    const file = new DatabaseSync(join(hurt.dir, 'nrt.sqlite'))
    const { sealed } = file.prepare('SELECT sealed FROM batch').get() as { sealed: Uint8Array }
    file.prepare('UPDATE batch SET sealed = ?').run(sealed.map(byte => byte ^ 1))
    const broken = await hurt.get(`/api/v1/metering-points/${hurt.pointId}/latest`)
    expect(broken.body).toMatchObject({ code: 'internal.broken', status: 500 })
    expect(broken.body.detail).toBeUndefined()
    checkProblem(broken.body)
    const { instance } = broken.body
    expect(hurt.logged.some(line => line.level === 50 && instance.endsWith(String(line.reqId)))).toBe(true)

    file.close()
    await hurt.stop()
  })

  test('a store whose file was cut short says that it cannot answer', async () => {
    const hurt = await openTestBackend()
    const path = join(hurt.dir, 'nrt.sqlite')
    const file = new DatabaseSync(path)
    file.exec("INSERT INTO meta (name, value) VALUES ('test', x'00'); PRAGMA wal_checkpoint(TRUNCATE)")
    truncateSync(path, 8192)
    const { body } = await hurt.get('/api/v1/metering-points')
    expect(body).toMatchObject({ code: 'store.unavailable', status: 503, detail: 'broken' })
    checkProblem(body)
    file.close()
    await hurt.stop()
  })

  test('each has been provoked above, has a page in docs, and the server serves it', async () => {
    expect([...seen].sort()).toEqual([...PROBLEM_CODES].sort())
    for (const { slug } of Object.values(PROBLEMS)) {
      const file = join(import.meta.dirname, '../../docs/problems', `${slug}.md`)
      expect(existsSync(file), slug).toBe(true)
      const { status, body } = await t.get(`/problems/${slug}`, '')
      expect([status, body]).toEqual([200, readFileSync(file, 'utf8')])
    }
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
