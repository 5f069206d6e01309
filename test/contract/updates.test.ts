// Updates over REST: who may do what, each answer as the API describes itself, and the whole way from a signed file to the end of a rollout.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHUNK_BYTES } from '../../shared/update/messages.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { describedBy } from '../support/described.ts'
import { aReleaseFile, trustFile } from '../support/releases.ts'

const OPERATOR_KEY = 'operator-key-of-the-contract'
let t: TestBackend
let api: Awaited<ReturnType<typeof describedBy>>
let anne: { accountId: string; accessKey: string }
let bert: { accountId: string; accessKey: string }

beforeAll(async () => {
  t = await openTestBackend({ config: { operatorKey: OPERATOR_KEY, releaseKeysFile: trustFile() } })
  api = await describedBy(t)
  anne = await t.backend.openOperator('anne')
  bert = await t.backend.openOperator('bert')
})
afterAll(() => t.stop())

async function post(path: string, body: object | undefined, key: string) {
  const answer = await t.backend.app.inject({
    method: 'POST',
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { payload: body }),
  })
  return api.checkPost(`/api/v1${path}`.replace(/ro_[0-9a-z]+/, '{id}'), answer)
}

const get = (route: string, path: string, key: string) => api.ask(`/api/v1${route}`, `/api/v1${path}`, key)

describe('releases', () => {
  test('are taken from an operator with an own key, once, and shown', async () => {
    const file = aReleaseFile({ version: 5 })
    expect((await post('/releases', file, anne.accessKey)).status).toBe(201)
    const again = await post('/releases', file, bert.accessKey)
    expect(again).toMatchObject({ status: 201, body: { version: 5, addedBy: `operator ${anne.accountId}` } })
    const { body } = await get('/releases/{version}', '/releases/5', OPERATOR_KEY)
    expect(body).toMatchObject({ name: '0.5.0', board: 'ESP32', engine: '2v29.277', map: 1, floor: 1 })
    expect(body.signers).toHaveLength(2)
    expect((await get('/releases', '/releases', anne.accessKey)).body.items).toEqual([body])
    expect((await get('/releases/{version}', '/releases/6', anne.accessKey)).body.code).toBe('release.unknown')
  })

  test.each([
    ['one signature', { signedBy: [0] }, 422, 'release.untrusted'],
    ['a stranger’s signature beside one of ours', { signedBy: [0, 3] }, 422, 'release.untrusted'],
    ['another program of a known version', { program: new Uint8Array(9), version: 5 }, 409, 'release.known'],
  ])('with %s are refused', async (_what, wish, status, code) => {
    const { body } = await post('/releases', aReleaseFile({ version: 9, ...wish }), anne.accessKey)
    expect([body.status, body.code]).toEqual([status, code])
    expect((await get('/releases', '/releases', anne.accessKey)).body.items).toHaveLength(1)
  })

  test('whose program was swapped, or that are none, are refused', async () => {
    const file = aReleaseFile({ version: 9 })
    const swapped = { ...file, program: Buffer.from('// another').toString('base64') }
    expect((await post('/releases', swapped, anne.accessKey)).body.code).toBe('release.untrusted')
    for (const wrong of [{}, { ...file, format: 'nrt-release-2' }]) {
      expect((await post('/releases', wrong, anne.accessKey)).body.code).toBe('request.invalid')
    }
  })
})

describe('roles', () => {
  test('grid users and installers see nothing of it; the server’s key looks and stops, and starts nothing', async () => {
    const { accessKey: installer } = await t.backend.openInstaller('bench')
    for (const key of [t.accessKey, installer]) {
      expect((await get('/rollouts', '/rollouts', key)).body.code).toBe('role.missing')
      expect((await post('/rollouts', { version: 5 }, key)).body.code).toBe('role.missing')
    }
    expect((await get('/rollouts', '/rollouts', 'wrong')).body.code).toBe('access.missing')
    expect((await get('/rollouts', '/rollouts', OPERATOR_KEY)).status).toBe(200)
    for (const path of ['/rollouts', '/releases']) {
      expect(
        (await post(path, path === '/rollouts' ? { version: 5 } : aReleaseFile({ version: 7 }), OPERATOR_KEY)).body
          .code,
      ).toBe('role.missing')
    }
  })
})

describe('a rollout', () => {
  test('goes from one person’s proposal over another’s yes to its end', async () => {
    const plan = { soakS: 60, window: null, waves: [{ dongles: 1 }, { permille: 1000 }] }
    const proposed = await post('/rollouts', { version: 5, plan, pilots: [t.dongleId] }, anne.accessKey)
    expect(proposed).toMatchObject({ status: 201, body: { state: 'proposed', dongles: 1, approver: null } })
    const id = proposed.body.rolloutId
    expect(proposed.body.plan).toMatchObject({ errorPermille: 10, soakS: 60 })
    expect(await t.backend.updates.next(t.dongleId, 1)).toBeUndefined()
    expect((await post('/rollouts', { version: 5 }, bert.accessKey)).body.code).toBe('rollout.busy')
    for (const key of [anne.accessKey, OPERATOR_KEY]) {
      const { body } = await post(`/rollouts/${id}/approve`, undefined, key)
      expect(body.code).toBe(key === OPERATOR_KEY ? 'role.missing' : 'rollout.same-person')
    }
    expect((await post(`/rollouts/${id}/approve`, undefined, bert.accessKey)).body.state).toBe('running')
    expect((await post(`/rollouts/${id}/approve`, undefined, bert.accessKey)).body.code).toBe('rollout.wrong-state')

    const order = await t.backend.updates.next(t.dongleId, 1)
    expect(order).toBeDefined()
    expect((await post(`/rollouts/${id}/pause`, undefined, OPERATOR_KEY)).body).toMatchObject({
      state: 'paused',
      reason: 'asked',
    })
    expect(await t.backend.updates.readChunk(t.dongleId, order?.number as number, 0, CHUNK_BYTES)).toBe('later')
    expect((await post(`/rollouts/${id}/resume`, undefined, anne.accessKey)).body.state).toBe('running')
    const report = { number: order?.number as number, running: 5, loaded: 0, floor: 1, code: 'none' as const }
    await t.backend.updates.note(t.dongleId, { ...report, state: 'good' })
    const { body } = await get('/rollouts/{id}', `/rollouts/${id}`, anne.accessKey)
    expect(body).toMatchObject({ counts: { healthy: 1 }, waves: [{ given: 1, healthy: 1, failed: 0 }, {}] })

    const dongles = await get('/rollouts/{id}/dongles', `/rollouts/${id}/dongles?state=healthy`, anne.accessKey)
    expect(dongles.body.items).toMatchObject([{ dongleId: t.dongleId, state: 'healthy', wave: 1 }])
    const events = await get('/rollouts/{id}/events', `/rollouts/${id}/events`, anne.accessKey)
    const told = events.body.items.map((event: { kind: string; actor: string }) => `${event.kind} by ${event.actor}`)
    expect(told.reverse()).toEqual([
      `proposed by operator ${anne.accountId}`,
      `approval-refused by operator ${anne.accountId}`,
      `approved by operator ${bert.accountId}`,
      'given by platform',
      'paused by operator key',
      `resumed by operator ${anne.accountId}`,
      'healthy by dongle',
    ])
    const acts = await get('/update-events', '/update-events?acts=true', OPERATOR_KEY)
    expect(acts.body.items.map(({ kind }: { kind: string }) => kind)).toEqual([
      'resumed',
      'paused',
      'approved',
      'approval-refused',
      'proposed',
      'release',
    ])
    const all = await get('/update-events', '/update-events', OPERATOR_KEY)
    expect(all.body.items.map(({ kind, who }: { kind: string; who: string | null }) => `${kind}: ${who}`)).toEqual([
      'healthy: null',
      'resumed: anne',
      'paused: null',
      'given: null',
      'approved: bert',
      'approval-refused: anne',
      'proposed: anne',
      'release: anne',
    ])
    expect((await post(`/rollouts/${id}/cancel`, undefined, OPERATOR_KEY)).body.state).toBe('cancelled')
    expect((await post('/rollouts', { version: 5 }, bert.accessKey)).body.code).toBe('rollout.empty')
  })

  test.each([
    ['waves that fall', { plan: { waves: [{ permille: 1000 }, { permille: 10 }] } }],
    ['waves that do not reach all', { plan: { waves: [{ dongles: 5 }] } }],
    ['no such time zone', { plan: { window: { fromMinute: 1, toMinute: 2, timeZone: 'Mars/Olympus' } } }],
    ['a threshold above all', { plan: { errorPermille: 1001 } }],
    ['no version', { version: undefined }],
  ])('with %s is refused', async (_what, wish) => {
    expect((await post('/rollouts', { version: 5, ...wish }, anne.accessKey)).body.code).toBe('request.invalid')
  })

  test('of a release or with a pilot that there is not, or that there is not itself', async () => {
    expect((await post('/rollouts', { version: 77 }, anne.accessKey)).body.code).toBe('release.unknown')
    await post('/releases', aReleaseFile({ version: 6 }), anne.accessKey)
    const pilots = ['0123456789AB9']
    expect((await post('/rollouts', { version: 6, pilots }, anne.accessKey)).body.code).toBe('dongle.unknown')
    for (const rest of ['', '/dongles', '/events']) {
      expect((await get(`/rollouts/{id}${rest}`, `/rollouts/ro_none${rest}`, anne.accessKey)).body.code).toBe(
        'rollout.unknown',
      )
    }
    expect((await post('/rollouts/ro_none/cancel', undefined, anne.accessKey)).body.code).toBe('rollout.unknown')
  })
})

test('a server without keys takes nothing, and one with a bad list of keys does not start', async () => {
  const bare = await openTestBackend()
  const { accessKey } = await bare.backend.openOperator('x')
  const payload = aReleaseFile({ version: 5 })
  const headers = { authorization: `Bearer ${accessKey}` }
  const answer = await bare.backend.app.inject({ method: 'POST', url: '/api/v1/releases', headers, payload })
  expect(answer.json()).toMatchObject({ code: 'release.untrusted' })
  await bare.stop()
  const wrong = { releaseKeysFile: trustFile('no key at all') }
  await expect(openTestBackend({ config: wrong })).rejects.toThrow(/line 1/)
  await expect(openTestBackend({ config: { releaseKeysFile: trustFile(), releaseThreshold: 4 } })).rejects.toThrow(
    /fewer keys/,
  )
})

test('metrics count rollouts by state and ends of updates', async () => {
  const { body } = await t.get('/metrics', '')
  expect(body).toMatch(/nrt_update_ends_total\{state="healthy"\} 1/)
})
