// Every problem code of the registry, provoked for real: wrong requests, wrong keys, other people's ids, a store that was cut short.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { csvOf } from '../../backend/access-register/entries.ts'
import { acceptTerms } from '../../scripts/accept-terms.ts'
import { claimCodeFrom } from '../../shared/kernel/claim-code.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../../shared/schema/problem.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { aBatch, arrived, NOON_S } from '../support/batches.ts'
import { describedBy, fillAnHour, POINT } from '../support/described.ts'
import { hasPostgres, openTestPostgres } from '../support/postgres.ts'
import { anEntry } from '../support/register-contract.ts'
import { aReleaseFile, trustFile } from '../support/releases.ts'

const HAS_POSTGRES = hasPostgres()
/** Provoked in the tests of their own room. */
const ELSEWHERE: { [file: string]: ProblemCode[] } = {
  '../unit/backend/consent/subscribe.test.ts': [
    ...(['permission.unknown', 'permission.wrong-state', 'permission.lapsed', 'permission.exists'] as const),
    ...(['statement.other', 'terms.not-accepted', 'terms.other-version'] as const),
    ...(['once.missing', 'once.other-request', 'once.in-progress', 'notice.unknown'] as const),
  ],
  '../unit/backend/consent/catalogue.test.ts': [
    ...(['service.unknown', 'service.wrong-state', 'service.no-privacy-policy', 'service.other-text'] as const),
    ...(['service.text-invalid', 'esp.unknown', 'esp.exists', 'esp.wrong-state', 'esp.not-admitted'] as const),
  ],
  '../unit/backend/consent/tenure-ends.test.ts': ['tenure.unknown'],
  '../unit/backend/delivery/webhook-test.test.ts': ['webhook.throttled'],
  'delivery.test.ts': [
    ...(['webhook.refused', 'webhook.unknown', 'delivery.unknown', 'certificate.missing'] as const),
    ...([
      'certificate.foreign',
      'esp-certificate.invalid',
      'esp-certificate.known',
      'esp-certificate.unknown',
    ] as const),
  ],
  '../unit/backend/esp-certificates.test.ts': ['certificate.expired', 'esp-certificate.too-many'],
  'people.test.ts': [
    ...(['sign-in.stale', 'sign-in.nowhere', 'sign-in.cancelled', 'sign-in.expired', 'sign-in.failed'] as const),
    ...(['sign-in.unavailable', 'csrf.missing', 'mandate.unknown', 'mandate.own', 'mandate.too-many'] as const),
    ...(['token.invalid', 'token.expired', 'token.foreign', 'grant.unsupported', 'assertion.invalid'] as const),
    ...(['assertion.expired', 'assertion.foreign', 'assertion.replayed', 'esp-key.invalid'] as const),
    ...(['esp-key.known', 'esp-key.too-many', 'esp-key.unknown', 'account.locked', 'account.own'] as const),
  ],
}
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

describe('problems', () => {
  const other = { key: '', pointId: '' }
  beforeAll(async () => {
    const account = await t.backend.openAccount('neighbour')
    await acceptTerms(t.backend, account.accessKey)
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
        const { status, body } = await api.ask(route, `/api/v1/metering-points/${encodeURIComponent(id)}${rest}`)
        expect(status).toBe(404)
        bodies.push({ ...body, instance: '' })
      }
      expect(new Set(bodies.map(body => JSON.stringify(body))).size).toBe(1)
    }
    expect((await api.ask('/api/v1/metering-points', '/api/v1/metering-points', other.key)).body.items).toHaveLength(1)
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
    expect((await api.ask(`${POINT}/readings`, path())).body.code).toBe(code)
  })

  test('without a key, or with a wrong one, there is nothing to see', async () => {
    for (const path of ['/api/v1/metering-points', point('/latest')]) {
      const route = path.endsWith('latest') ? `${POINT}/latest` : path
      for (const key of ['', 'x', 'nrt_000000000000_'.padEnd(60, 'A'), `${t.accessKey.slice(0, -1)}!`]) {
        const { status, body } = await api.ask(route, path, key)
        expect([status, body.code]).toEqual([401, 'access.missing'])
      }
    }
  })

  test('who guesses keys is held up, and let in again later', async () => {
    t.clock.nowS += 3600
    for (let i = 0; i < 20; i++) await t.get('/api/v1/metering-points', 'nrt_000000000000_'.padEnd(60, 'A'))
    expect((await api.ask('/api/v1/metering-points', '/api/v1/metering-points', 'x')).body.code).toBe(
      'access.throttled',
    )
    t.clock.nowS += 60
    expect((await t.get('/api/v1/metering-points')).status).toBe(200)
  })

  test('what installers do, asked wrongly', async () => {
    const { accessKey } = await t.backend.openInstaller('bench')
    const hash = { saltHex: '0'.repeat(32), hashHex: '0'.repeat(64) }
    const body = { deviceKeyHex: '1'.repeat(64), epoch: 1, claim: hash, firmware: '0.1.0', engine: '2v30' }
    const put = async (path: string, payload: object, key = accessKey) => {
      const headers = { authorization: `Bearer ${key}` }
      const answer = await t.backend.app.inject({ method: 'PUT', url: `/api/v1/dongles/${path}`, headers, payload })
      api.checkProblem(answer.json())
      return answer.json().code
    }
    const nobody = dongleIdFrom([31, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(await put(t.dongleId, body)).toBe('dongle.other-key')
    expect(await put(`${nobody}/claim-code`, hash)).toBe('dongle.unknown')
    expect(await put(`${t.dongleId}/claim-code`, hash)).toBe('dongle.wrong-state')
    expect(await put(t.dongleId, body, t.accessKey)).toBe('role.missing')
  })

  test('claims that are mistyped, wrong, too many, and what the access register refuses', async () => {
    const operatorKey = 'operator-key-of-the-contract'
    const operated = await openTestBackend({ config: { operatorKey } })
    const ask = async (method: 'POST' | 'PUT' | 'GET', path: string, key: string, payload?: object | string) => {
      const type = typeof payload === 'string' ? 'text/csv' : 'application/json'
      const headers = { authorization: `Bearer ${key}`, ...(payload && { 'content-type': type }) }
      const url = `/api/v1${path}`
      const answer = await operated.backend.app.inject({ method, url, headers, ...(payload && { payload }) })
      if (answer.statusCode >= 400) api.checkProblem(answer.json())
      return answer.statusCode >= 400 ? answer.json().code : answer.statusCode
    }
    const right = { dongleId: dongleIdFrom([1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), claimCode: claimCodeFrom([1]) }
    const claim = (body: object) => ask('POST', '/own/dongles', operated.accessKey, body)
    expect(await claim({ ...right, claimCode: '1'.repeat(13) })).toBe('claim.malformed')
    for (let i = 0; i < 5; i++) expect(await claim(right)).toBe('claim.refused')
    expect(await claim(right)).toBe('claim.throttled')
    const register = (payload: object | string) => ask('PUT', '/access-register/entries', operatorKey, payload)
    expect(await register({ items: [{ ean: '1' }] })).toBe('register.import-invalid')
    expect(await register('ean;holderId')).toBe('register.import-invalid')
    expect(await register({ points: [] })).toBe('request.invalid')
    expect(await register(csvOf([anEntry()]))).toBe(200)
    const link = (id: string) => ask('PUT', `/accounts/${id}/holder`, operatorKey, { holderId: 'person-A' })
    expect(await link('acc_x')).toBe('account.unknown')
    expect(await link(operated.accountId)).toBe(200)
    const { accountId } = await operated.backend.openAccount('twin')
    expect(await link(accountId)).toBe('holder.taken')
    expect(await ask('GET', '/access-register/entries', operated.accessKey)).toBe('role.missing')
    await operated.stop()
    const elsewhere = { baseUrl: 'http://127.0.0.1:1', key: operatorKey }
    const following = await openTestBackend({ config: { operatorKey, register: elsewhere } })
    const headers = { authorization: `Bearer ${operatorKey}` }
    const answer = await following.backend.app.inject({ url: '/api/v1/access-register/entries', headers })
    expect(answer.json().code).toBe('register.elsewhere')
    api.checkProblem(answer.json())
    await following.stop()
  })

  test('an address where nothing is', async () => {
    for (const path of ['/nothing/here', '/api/v1/nothing', '/problems/none', '/api/v1/metering-points/']) {
      const { body, type } = await t.get(path)
      expect(type).toContain('application/problem+json')
      expect(body.code).toBe('route.unknown')
      api.checkProblem(body)
    }
    expect((await t.get('/%zz')).body.code).toBe('request.invalid')
  })

  test('a dongle that there is not, and one that is not done with its last rotation; nothing of them with an account’s key', async () => {
    const operatorKey = 'operator-key-of-the-contract'
    const operated = await openTestBackend({ config: { operatorKey } })
    const described = await describedBy(operated)
    const DONGLE = '/api/v1/dongles/{id}'
    const path = (id: string) => `/api/v1/dongles/${id}`
    for (const rest of ['', '/orders']) {
      expect((await described.ask(DONGLE + rest, path(operated.dongleId) + rest)).body.code).toBe('role.missing')
      const { body } = await described.ask(DONGLE + rest, path('0123456789AB9') + rest, operatorKey)
      expect(body.code).toBe('dongle.unknown')
      api.checkProblem(body)
      expect((await described.ask(DONGLE + rest, path(operated.dongleId) + rest, operatorKey)).status).toBe(200)
    }
    const ask = () =>
      operated.backend.app.inject({
        method: 'POST',
        url: `${path(operated.dongleId)}/orders`,
        headers: { authorization: `Bearer ${operatorKey}` },
        payload: { name: 'rotate-key' },
      })
    expect((await ask()).statusCode).toBe(202)
    expect((await described.ask(`${DONGLE}/orders`, `${path(operated.dongleId)}/orders`, operatorKey)).status).toBe(200)
    const { code } = (await ask()).json()
    expect(code).toBe('dongle.busy')
    api.checkProblem((await ask()).json())
    await operated.stop()
    const closed = await t.get(path(t.dongleId), operatorKey)
    expect([closed.status, closed.body.code]).toEqual([401, 'access.missing'])
  })

  test('releases and rollouts, asked wrongly', async () => {
    const operated = await openTestBackend({ config: { releaseKeysFile: trustFile() } })
    const keys = [await operated.backend.openOperator('anne'), await operated.backend.openOperator('bert')]
    const post = async (path: string, payload: object, by = 0) => {
      const headers = { authorization: `Bearer ${keys[by]?.accessKey}` }
      const answer = await operated.backend.app.inject({ method: 'POST', url: `/api/v1${path}`, headers, payload })
      const body = answer.json()
      if (answer.statusCode >= 400) api.checkProblem(body)
      return body
    }
    expect((await post('/rollouts', { version: 5 })).code).toBe('release.unknown')
    expect((await post('/releases', aReleaseFile({ version: 5, signedBy: [1] }))).code).toBe('release.untrusted')
    expect((await post('/releases', aReleaseFile({ version: 5 }))).version).toBe(5)
    expect((await post('/releases', aReleaseFile({ version: 5, floor: 2 }))).code).toBe('release.known')
    expect((await post('/rollouts/ro_none/pause', {})).code).toBe('rollout.unknown')
    const { rolloutId } = await post('/rollouts', { version: 5 })
    expect((await post('/rollouts', { version: 5 })).code).toBe('rollout.busy')
    expect((await post(`/rollouts/${rolloutId}/approve`, {})).code).toBe('rollout.same-person')
    expect((await post(`/rollouts/${rolloutId}/pause`, {})).code).toBe('rollout.wrong-state')
    await post(`/rollouts/${rolloutId}/approve`, {}, 1)
    const { token } = await post(`/dongles/${operated.dongleId}/target-token`, {})
    const controller = `/default/controller/v1/${operated.dongleId}`
    const headers = { authorization: `TargetToken ${token}` }
    const feedback = async (action: string) => {
      const payload = { status: { execution: 'closed', result: { finished: 'success' } } }
      const url = `${controller}/deploymentBase/${action}/feedback`
      return (await operated.backend.app.inject({ method: 'POST', url, headers, payload })).json()
    }
    const { _links } = (await operated.backend.app.inject({ url: controller, headers })).json()
    const action = _links.deploymentBase.href.split('/').at(-1)
    for (const [which, code] of [
      ['99', 'action.unknown'],
      [action, 'action.closed'],
    ]) {
      expect((await post(`/rollouts/${rolloutId}/cancel`, {})).code ?? 'cancelled').toMatch(/cancelled|wrong-state/)
      const body = await feedback(which)
      expect(body.code).toBe(code)
      api.checkProblem(body)
    }
    await operated.backend.retireDongle(operated.dongleId, 'lost')
    expect((await post('/rollouts', { version: 5 })).code).toBe('rollout.empty')
    await operated.stop()
  })

  test('dead letters that do not wait, and backups that have no place', async () => {
    const operatorKey = 'operator-key-of-a-test-0123456789'
    const nowhere = await openTestBackend({ config: { operatorKey } })
    const somewhere = await openTestBackend({ config: { operatorKey, backupDir: nowhere.dir } })
    const post = async ({ backend }: TestBackend, path: string, payload: object) => {
      const headers = { authorization: `Bearer ${operatorKey}` }
      const answer = await backend.app.inject({ method: 'POST', url: `/api/v1${path}`, headers, payload })
      api.checkProblem(answer.json())
      return answer.json().code
    }
    expect(await post(nowhere, '/dead-letters/7/drop', {})).toBe('letter.unknown')
    expect(await post(nowhere, '/dead-letters/replay', { no: 7 })).toBe('letter.unknown')
    expect(await post(nowhere, '/backups', { folder: 'monday' })).toBe('backup.nowhere')
    const listed = await nowhere.get('/api/v1/backups', operatorKey)
    expect([listed.status, listed.body.code]).toEqual([409, 'backup.nowhere'])
    expect(await post(somewhere, '/backups', { folder: 'kek.key' })).toBe('backup.exists')
    for (const folder of ['../monday', '/etc', 'a/b', '.hidden', '']) {
      expect(await post(somewhere, '/backups', { folder })).toBe('request.invalid')
    }
    await somewhere.stop()
    await nowhere.stop()
  })

  test.runIf(HAS_POSTGRES)('a backup of a server on PostgreSQL, which says nothing of files either', async () => {
    const operatorKey = 'operator-key-of-a-test-0123456789'
    const postgres = await openTestPostgres()
    const dir = mkdtempSync(join(tmpdir(), 'nrt-backups-'))
    const config = { operatorKey, databaseUrl: await postgres.empty(), backupDir: dir }
    const on = await openTestBackend({ config })
    const headers = { authorization: `Bearer ${operatorKey}` }
    const url = '/api/v1/backups'
    const answer = await on.backend.app.inject({ method: 'POST', url, headers, payload: { folder: 'monday' } })
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'backup.elsewhere'])
    api.checkProblem(answer.json())
    expect(readdirSync(dir)).toEqual([])
    const listed = await on.get(url, operatorKey)
    expect([listed.status, listed.body.code]).toEqual([409, 'backup.elsewhere'])

    const { status, body } = await on.get('/api/v1/platform', operatorKey)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      store: { isReady: true, fileBytes: null, freeBytes: null, limitBytes: null },
      fleet: { dongles: { bound: 1 }, silent: 1, deadLetters: 0 },
      backup: null,
      troubles: ['dongles-silent'],
    })
    const metrics = await on.registry.metrics()
    expect(metrics).toMatch(/^nrt_backup_newest_timestamp_seconds nan$/im)
    expect(metrics).toContain('nrt_store_trouble{reason="unreachable"} 0')
    expect(metrics).not.toMatch(/nrt_store_(file|free|limit)_bytes/)
    await on.stop()
    await postgres.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  test('too many live streams', async () => {
    const full = await openTestBackend({ config: { liveStreamsMax: 0 } })
    const { status, body } = await full.get(`/api/v1/metering-points/${full.pointId}/live`)
    expect([status, body.code]).toEqual([503, 'live.full'])
    api.checkProblem(body)
    await full.stop()
  })

  test('what should be impossible is said without its insides, and the log has them under the same name', async () => {
    const hurt = await openTestBackend()
    await hurt.backend.ingest.store([arrived(hurt.dongleId, aBatch())])
    expect(await hurt.get(`/api/v1/metering-points/${hurt.pointId}/latest`)).toMatchObject({ status: 200 })
    const file = new DatabaseSync(join(hurt.dir, 'nrt.sqlite'))
    const { sealed } = file.prepare('SELECT sealed FROM batch').get() as { sealed: Uint8Array }
    file.prepare('UPDATE batch SET sealed = ?').run(sealed.map(byte => byte ^ 1))
    const broken = await hurt.get(`/api/v1/metering-points/${hurt.pointId}/latest`)
    expect(broken.body).toMatchObject({ code: 'internal.broken', status: 500 })
    expect(broken.body.detail).toBeUndefined()
    api.checkProblem(broken.body)
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
    api.checkProblem(body)
    file.close()
    await hurt.stop()
  })

  test('each has been provoked above, has a page in docs, and the server serves it', async () => {
    const elsewhere = Object.entries(ELSEWHERE).flatMap(([file, provoked]) => {
      const text = readFileSync(join(import.meta.dirname, file), 'utf8')
      for (const code of provoked) expect(text, `${file} provokes ${code}`).toContain(`'${code}'`)
      return provoked
    })
    const codes = PROBLEM_CODES.filter(code => HAS_POSTGRES || code !== 'backup.elsewhere').filter(
      code => !elsewhere.includes(code),
    )
    expect([...api.seen].sort()).toEqual([...codes].sort())
    for (const { slug } of Object.values(PROBLEMS)) {
      const file = join(import.meta.dirname, '../../docs/problems', `${slug}.md`)
      expect(existsSync(file), slug).toBe(true)
      const { status, body } = await t.get(`/problems/${slug}`, '')
      expect([status, body]).toEqual([200, readFileSync(file, 'utf8')])
    }
  })
})
