// hawkBit's interface as its clients see it: the JSON that rauc-hawkbit-updater, SWUpdate and Zephyr look into, by the names they look for, over the whole
// life of an action. The client here is a small one of our own, which follows links and knows nothing else.

import { createHash } from 'node:crypto'
import Type from 'typebox'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { rangeOf } from '../../backend/updates/ddi.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { PROBLEM_CODES } from '../../shared/schema/problem.ts'
import { readReleaseFile } from '../../shared/schema/release.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { checkBody } from '../support/described.ts'
import { valueOrThrow } from '../support/facts.ts'
import { aRelease, aReleaseFile, trustFile } from '../support/releases.ts'

const GATEWAY_TOKEN = 'gateway-token-of-this-contract'
const Link = Type.Object({
  href: Type.String({ pattern: '^http://localhost(:[0-9]+)?/default/controller/v1/[0-9A-Z]{13}(/|$)' }),
})
const PollShape = Type.Object(
  {
    config: Type.Object({
      polling: Type.Object({ sleep: Type.String({ pattern: '^[0-9]{2}:[0-5][0-9]:[0-5][0-9]$' }) }),
    }),
    _links: Type.Partial(
      Type.Object(
        { deploymentBase: Link, cancelAction: Link, configData: Link, installedBase: Link },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
const DeploymentShape = Type.Object({
  id: Type.String({ pattern: '^[1-9][0-9]*$' }),
  deployment: Type.Object({
    download: Type.Literal('forced'),
    update: Type.Literal('forced'),
    chunks: Type.Array(
      Type.Object({
        part: Type.Literal('bApp'),
        version: Type.String(),
        name: Type.String(),
        artifacts: Type.Array(
          Type.Object({
            filename: Type.String(),
            size: Type.Integer({ minimum: 1 }),
            hashes: Type.Object({
              sha1: Type.String({ pattern: '^[0-9a-f]{40}$' }),
              md5: Type.String({ pattern: '^[0-9a-f]{32}$' }),
              sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
            }),
            _links: Type.Object({ 'download-http': Link, 'md5sum-http': Link }, { additionalProperties: false }),
          }),
        ),
      }),
      { minItems: 1, maxItems: 1 },
    ),
  }),
})

let t: TestBackend
let anne: string
let bert: string
let token: string
let version = 20
let rolloutId = ''

beforeEach(async () => {
  if (t === undefined) {
    t = await openTestBackend({ config: { releaseKeysFile: trustFile(), ddiGatewayToken: GATEWAY_TOKEN } })
    anne = (await t.backend.openOperator('anne')).accessKey
    bert = (await t.backend.openOperator('bert')).accessKey
    token = (await rest(`/dongles/${t.dongleId}/target-token`, {})).token
  } else {
    await rest(`/rollouts/${rolloutId}/cancel`, {})
    const { cancelAction } = await poll()
    if (cancelAction !== undefined) await say(cancelAction.href, 'closed', 'success')
  }
  version++
  await rest('/releases', aReleaseFile({ version }))
  rolloutId = (await rest('/rollouts', { version, plan: { waves: [{ permille: 1000 }] } })).rolloutId
  await rest(`/rollouts/${rolloutId}/approve`, {}, bert)
})
afterAll(() => t.stop())

async function rest(path: string, payload: object, key = anne) {
  const headers = { authorization: `Bearer ${key}` }
  const answer = await t.backend.app.inject({ method: 'POST', url: `/api/v1${path}`, headers, payload })
  return answer.json()
}

interface Wish {
  method?: 'GET' | 'POST' | 'PUT'
  body?: object
  authorization?: string
  range?: string
}

/** Follows a link or a path of this controller. */
async function client(path: string, wish: Wish = {}) {
  const { method = 'GET', body, authorization = `TargetToken ${token}`, range } = wish
  const url = path.startsWith('http') ? new URL(path).pathname : `/default/controller/v1/${t.dongleId}${path}`
  const headers = {
    host: 'localhost',
    accept: 'application/hal+json',
    ...(authorization === '' ? {} : { authorization }),
    ...(range === undefined ? {} : { range }),
  }
  const answer = await t.backend.app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) })
  const isJson = String(answer.headers['content-type']).includes('json')
  return {
    status: answer.statusCode,
    body: isJson ? answer.json() : undefined,
    bytes: answer.rawPayload,
    headers: answer.headers,
  }
}

async function poll() {
  const { status, body } = await client('')
  expect(status).toBe(200)
  checkBody(PollShape, body, 'poll')
  return body._links as { [name: string]: { href: string } }
}

function said(execution: string, finished: string, details: string[] = []) {
  return { id: '1', time: '20261125T210000', status: { execution, result: { finished }, details } }
}

async function say(href: string, execution: string, finished: string, details: string[] = []) {
  return client(`${href}/feedback`, { method: 'POST', body: said(execution, finished, details) })
}

async function member() {
  const answer = await t.backend.app.inject({
    url: `/api/v1/rollouts/${rolloutId}/dongles`,
    headers: { authorization: `Bearer ${anne}` },
  })
  return answer.json().items[0]
}

async function deployment(): Promise<string> {
  return (await poll()).deploymentBase?.href as string
}

describe('an action', () => {
  test('goes from the poll over download and feedback to the proof that the new version runs', async () => {
    const first = await poll()
    expect(Object.keys(first).sort()).toEqual(['configData', 'deploymentBase'])
    const href = first.deploymentBase?.href as string
    expect(await deployment()).toBe(href)
    const { body } = await client(href)
    checkBody(DeploymentShape, body, 'deploymentBase')
    expect(href.endsWith(`/${body.id}`)).toBe(true)
    const [chunk] = body.deployment.chunks
    expect(chunk.version).toBe(`0.${version}.0`)

    const release = aRelease({ version })
    for (const { filename, size, hashes, _links } of chunk.artifacts) {
      const { bytes, headers } = await client(_links['download-http'].href)
      expect(bytes.length).toBe(size)
      expect(headers.etag).toBe(`"${hashes.sha1}"`)
      for (const name of ['sha1', 'md5', 'sha256'] as const)
        expect(createHash(name).update(bytes).digest('hex')).toBe(hashes[name])
      const md5sum = await client(_links['md5sum-http'].href)
      expect(md5sum.bytes.toString()).toBe(`${hashes.md5}  ${filename}`)
      if (filename.endsWith('.js')) expect(new Uint8Array(bytes)).toEqual(release.program)
      else expect(readReleaseFile(bytes.toString()).ok).toBe(true)
    }

    expect((await say(href, 'download', 'none', ['half of it'])).status).toBe(200)
    expect((await say(href, 'proceeding', 'none', ['installing'])).status).toBe(200)
    const withHistory = await client(`${href}`)
    expect(withHistory.body.actionHistory).toBeUndefined()
    expect((await say(href, 'closed', 'success', ['done'])).status).toBe(200)
    expect((await member()).state).toBe('begun')
    expect((await say(href, 'closed', 'success')).status).toBe(410)

    const then = await poll()
    expect(Object.keys(then)).toEqual(['configData'])
    const config = then.configData?.href as string
    const attributes = (data: object) => client(config, { method: 'PUT', body: { mode: 'merge', data } })
    expect((await attributes({ hwRevision: '2' })).status).toBe(200)
    expect((await member()).state).toBe('begun')
    expect((await attributes({ 'nrt.version': String(version) })).status).toBe(200)
    expect((await member()).state).toBe('healthy')
    const last = await poll()
    expect(Object.keys(last)).toEqual(['installedBase'])
    checkBody(DeploymentShape, (await client(last.installedBase?.href as string)).body, 'installedBase')
    expect((await client(href)).status).toBe(404)
  })

  test('is proved by the dongle’s own session as well', async () => {
    await say(await deployment(), 'closed', 'success')
    const report = { number: 0, code: 'none' as const, loaded: 0, floor: 1 }
    await t.backend.updates.note(t.dongleId, { ...report, state: 'good', running: version })
    expect((await member()).state).toBe('healthy')
  })

  test('that says it is done and then runs the old version has come back', async () => {
    await say(await deployment(), 'closed', 'success')
    await client('/configData', { method: 'PUT', body: { data: { 'nrt.version': String(version - 1) } } })
    expect((await member()).state).toBe('returned')
  })

  test('that fails stops the rollout', async () => {
    await say(await deployment(), 'closed', 'failure', ['no room'])
    expect(await member()).toMatchObject({ state: 'failed', code: 'ddi' })
    expect(Object.keys(await poll())).toEqual([])
  })

  test('is not offered in the dongle’s session at the same time, and the other way round', async () => {
    await deployment()
    expect(await t.backend.updates.next(t.dongleId, 1)).toBeUndefined()
  })

  test('that is cancelled says so until the client has taken it', async () => {
    const href = await deployment()
    await rest(`/rollouts/${rolloutId}/cancel`, {})
    const cancel = (await poll()).cancelAction?.href as string
    const { body } = await client(cancel)
    expect(body).toEqual({ id: href.split('/').at(-1), cancelAction: { stopId: href.split('/').at(-1) } })
    expect((await client(href)).status).toBe(404)
    expect((await say(href, 'proceeding', 'none')).status).toBe(410)
    await say(cancel, 'proceeding', 'none')
    expect((await poll()).cancelAction).toBeDefined()
    expect((await say(cancel, 'closed', 'success')).status).toBe(200)
    expect(Object.keys(await poll())).toEqual([])
    expect((await say(cancel, 'closed', 'success')).status).toBe(410)
  })

  test('that is too far to be cancelled goes on', async () => {
    await deployment()
    await rest(`/rollouts/${rolloutId}/cancel`, {})
    const cancel = (await poll()).cancelAction?.href as string
    await say(cancel, 'rejected', 'none')
    expect((await member()).state).toBe('begun')
    // silent about it for longer than a rollout waits: the next one is not for ever behind it
    t.clock.nowS += 3 * 86_400
  })

  test('tells its history when it is asked for, and keeps a hundred words of a talkative client', async () => {
    const href = await deployment()
    for (let i = 0; i < 110; i++) expect((await say(href, 'proceeding', 'none', [`step ${i}`])).status).toBe(200)
    const url = new URL(href)
    const asked = async (count: number) => {
      const answer = await t.backend.app.inject({
        url: `${url.pathname}?actionHistory=${count}`,
        headers: { authorization: `TargetToken ${token}` },
      })
      return answer.json().actionHistory?.messages
    }
    expect(await asked(2)).toEqual(['step 99', 'step 98'])
    expect(await asked(-1)).toHaveLength(100)
    expect(await asked(0)).toBeUndefined()
  })
})

test('of a client that says very much the last and shortest is kept, and nothing is refused', async () => {
  const href = await deployment()
  const log = Array.from({ length: 80 }, (_, i) => `line ${i} ${'x'.repeat(2000)}`)
  expect((await say(href, 'proceeding', 'none', log)).status).toBe(200)
  const url = `${new URL(href).pathname}?actionHistory=-1`
  const answer = await t.backend.app.inject({ url, headers: { authorization: `TargetToken ${token}` } })
  const { messages } = answer.json().actionHistory
  expect(messages).toHaveLength(50)
  expect(messages.at(-1)).toMatch(/^line 79 x{504}$/)
})

describe('a file', () => {
  test('comes in ranges, so that a download goes on where it was', async () => {
    const { body } = await client(await deployment())
    const { _links, size, filename } = body.deployment.chunks[0].artifacts[0]
    const href = _links['download-http'].href
    const whole = (await client(href)).bytes
    const part = await client(href, { range: 'bytes=10-19' })
    expect([part.status, part.headers['content-range'], part.bytes]).toEqual([
      206,
      `bytes 10-19/${size}`,
      whole.subarray(10, 20),
    ])
    expect((await client(href, { range: `bytes=${size - 5}-` })).bytes).toEqual(whole.subarray(-5))
    expect((await client(href, { range: `bytes=${size}-` })).status).toBe(416)
    expect((await client(href.replace(filename, 'other.js'))).status).toBe(404)
  })

  test.each([
    [undefined, 'all'],
    ['bytes=0-0', { from: 0, to: 0 }],
    ['bytes=5-', { from: 5, to: 9 }],
    ['bytes=-3', { from: 7, to: 9 }],
    ['bytes=-30', { from: 0, to: 9 }],
    ['bytes=5-99', { from: 5, to: 9 }],
    ['bytes=10-', 'none'],
    ['bytes=-0', 'none'],
    ['bytes=7-3', 'all'],
    ['bytes=0-1,3-4', 'all'],
    ['lines=1-2', 'all'],
    ['bytes=-', 'all'],
  ] as const)('asked for %s of ten bytes: %j', (header, range) => {
    expect(rangeOf(header, 10)).toEqual(range)
  })
})

describe('who may ask', () => {
  test.each([
    ['nobody', ''],
    ['a wrong token', `TargetToken ${'x'.repeat(43)}`],
    ['an access key', 'Bearer nrt_x'],
    ['a wrong gateway', 'GatewayToken gateway-token-of-another-place'],
  ])('not %s', async (_who, authorization) => {
    const { status, body } = await client('', { authorization })
    expect([status, body.code]).toEqual([401, 'access.missing'])
  })

  test('a gateway for every dongle, a dongle for itself, and only with its newest token', async () => {
    const authorization = `GatewayToken ${GATEWAY_TOKEN}`
    expect((await client('', { authorization })).status).toBe(200)
    const other = dongleIdFrom([9, 9, 9, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const base = `http://localhost/default/controller/v1/${other}`
    expect((await client(base, { authorization })).body.code).toBe('dongle.unknown')
    valueOrThrow(await t.backend.registerDongle({ dongleId: other, deviceKey: new Uint8Array(32), epoch: 1 }))
    expect((await client(base)).status).toBe(401)
    const former = token
    token = (await rest(`/dongles/${t.dongleId}/target-token`, {})).token
    expect((await client('', { authorization: `TargetToken ${former}` })).status).toBe(401)
    expect((await client('')).status).toBe(200)
    expect((await client(`http://localhost/other/controller/v1/${t.dongleId}`)).status).toBe(400)
    await t.backend.retireDongle(other, 'lost')
    expect((await client(base, { authorization })).status).toBe(404)
  })

  test('another dongle’s action is nobody’s', async () => {
    const href = await deployment()
    const { body } = await client(href.replace(/[0-9]+$/, '999999'))
    expect(body.code).toBe('action.unknown')
    expect(PROBLEM_CODES).toContain('action.unknown')
  })

  test.each([
    ['no status', {}],
    ['an execution nobody knows', said('exploded', 'none')],
    ['a result nobody knows', said('closed', 'perhaps')],
  ])('feedback with %s is refused', async (_what, body) => {
    const href = await deployment()
    expect((await client(`${href}/feedback`, { method: 'POST', body })).status).toBe(400)
  })
})

test('no token stands in the database or in a log', async () => {
  expect(JSON.stringify(t.logged)).not.toContain(token)
  expect(JSON.stringify(t.logged)).not.toContain(GATEWAY_TOKEN)
})
