// The hooks by which a broker asks who may connect, over HTTP as EMQX does it (POST, JSON, 200 with `result`; docs/cluster.md has its
// configuration): a gateway with its own listener for them, and a directory that has come so far.

import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { connectPassword } from '../../../shared/session/connect.ts'
import { type GatewayUnderTest, startGatewayUnderTest } from '../../support/gateway-under-test.ts'
import { identityOf } from '../../support/scripted-dongle.ts'

const KEY = 'a-hook-key-of-thirty-characters'
const dongle = identityOf(0)
const lost = identityOf(1)
let under: GatewayUnderTest

beforeAll(async () => {
  const broker = { brokerUser: 'gateway', brokerPassword: 'secret', brokerGroup: 'g-7', brokerHookKey: KEY }
  under = await startGatewayUnderTest({ httpPort: 0, ...broker }, [dongle])
  under.directory.dongles.set(dongle.dongleId, { ...dongle, state: 'bound', mark: { boot: 3, session: 5 } })
  under.directory.register(lost, 'lost')
})
afterAll(() => under.gateway.stop())

async function ask(path: string, body: object | string, key = KEY): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(`http://127.0.0.1:${under.gateway.httpPort}/broker/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  expect(response.headers.get('content-type')).toBe('application/json')
  return { status: response.status, answer: await response.json() }
}

function connectOf(identity: typeof dongle, boot: number, session: number): object {
  const keys = deriveKeys(nodeCrypto, identity.deviceKey, identity.epoch)
  const password = connectPassword(nodeCrypto, keys, identity.dongleId, boot, session)
  return { clientid: identity.dongleId, username: identity.dongleId, password }
}

const DENIED = { status: 200, answer: { result: 'deny', is_superuser: false } }

test('a dongle is let in by its password, once, for its own two topics', async () => {
  const { dongleId } = dongle
  const { answer } = await ask('authenticate', connectOf(dongle, 3, 6))
  expect(answer).toEqual({
    result: 'allow',
    is_superuser: false,
    acl: [
      { permission: 'allow', action: 'publish', topic: `eq nrt/1/${dongleId}/up` },
      { permission: 'allow', action: 'subscribe', topic: `eq nrt/1/${dongleId}/down` },
      { permission: 'deny', action: 'all', topic: '#' },
    ],
  })
  // The mark is the hello's to move: here it stands where it stood.
  expect(under.directory.marks.size).toBe(0)
  expect(await ask('authenticate', connectOf(dongle, 3, 5))).toEqual(DENIED)
  expect(await under.refused('replayed-connect')).toBe(1)
})

test('whoever is not known, was lost, has another key, another user name or no password is denied', async () => {
  const stranger = identityOf(2)
  const right = connectOf(dongle, 4, 1) as { password: string }
  for (const asked of [
    connectOf(stranger, 1, 1),
    connectOf(lost, 1, 1),
    { ...connectOf(dongle, 4, 1), password: right.password.replace(/.$/, x => (x === '0' ? '1' : '0')) },
    { ...connectOf(dongle, 4, 1), username: 'gateway' },
    { ...connectOf(dongle, 4, 1), clientid: '+' },
    { clientid: dongle.dongleId, username: dongle.dongleId },
    { clientid: 'x', username: 'gateway', password: 'wrong' },
    { clientid: 5, username: null, password: [] },
    [],
  ]) {
    expect(await ask('authenticate', asked)).toEqual(DENIED)
  }
  expect(await ask('authenticate', 'no JSON')).toEqual(DENIED)
  under.directory.isFailing = true
  expect(await ask('authenticate', connectOf(dongle, 4, 1))).toEqual(DENIED)
  under.directory.isFailing = false
  expect((await ask('authenticate', connectOf(dongle, 4, 1))).answer).toMatchObject({ result: 'allow' })
})

test('gateways sign in by their user name, and may share what goes up and send what goes down', async () => {
  const { answer } = await ask('authenticate', { clientid: 'mqttjs_1', username: 'gateway', password: 'secret' })
  expect(answer).toMatchObject({ result: 'allow', is_superuser: false })
  const { dongleId } = dongle
  const verdict = async (username: string, clientid: string, action: string, topic: string): Promise<unknown> =>
    ((await ask('authorize', { username, clientid, action, topic })).answer as { result: string }).result
  for (const [action, topic, result] of [
    ['subscribe', '$share/g-7/nrt/1/+/up', 'allow'],
    ['subscribe', 'nrt/1/+/up', 'allow'],
    ['publish', `nrt/1/${dongleId}/down`, 'allow'],
    ['publish', `nrt/1/${dongleId}/up`, 'deny'],
    ['subscribe', '#', 'deny'],
    ['subscribe', '$share/other/nrt/1/+/up', 'deny'],
  ] as const) {
    expect([topic, await verdict('gateway', 'mqttjs_1', action, topic)]).toEqual([topic, result])
  }
  for (const [action, topic, result] of [
    ['publish', `nrt/1/${dongleId}/up`, 'allow'],
    ['subscribe', `nrt/1/${dongleId}/down`, 'allow'],
    ['subscribe', `nrt/1/${dongleId}/up`, 'deny'],
    ['publish', `nrt/1/${dongleId}/down`, 'deny'],
    ['publish', `nrt/1/${lost.dongleId}/up`, 'deny'],
    ['subscribe', 'nrt/1/+/down', 'deny'],
    ['subscribe', '$share/g-7/nrt/1/+/up', 'deny'],
    ['all', `nrt/1/${dongleId}/up`, 'deny'],
  ] as const) {
    expect([topic, await verdict(dongleId, dongleId, action, topic)]).toEqual([topic, result])
  }
  expect(await verdict(lost.dongleId, dongleId, 'publish', `nrt/1/${dongleId}/up`)).toBe('deny')
})

test('a broker that sends its questions one behind the other on one connection, as EMQX does, has each answered, in their order', async () => {
  const { dongleId } = dongle
  const own = { username: dongleId, clientid: dongleId, action: 'publish' }
  const questions = [
    ['authenticate', connectOf(dongle, 5, 1)],
    ['authorize', { ...own, topic: `nrt/1/${dongleId}/up` }],
    ['authorize', { ...own, topic: `nrt/1/${lost.dongleId}/up` }],
    ['authenticate', { clientid: dongleId, username: '', password: '' }], // what it does not know is an empty text
    ['authorize', { ...own, topic: `$delayed/5/nrt/1/${lost.dongleId}/down` }],
  ] as const
  const bytes = questions.map(([path, body]) => {
    const text = JSON.stringify(body)
    const head = ['accept: application/json', 'keep-alive: timeout=30, max=1000', `authorization: Bearer ${KEY}`]
    return [
      `POST /broker/${path} HTTP/1.1\r\nhost: gateway\r\n${head.join('\r\n')}`,
      `content-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    ].join('\r\n')
  })
  const socket = connect(under.gateway.httpPort as number, '127.0.0.1').setEncoding('latin1')
  socket.write(bytes.join(''))
  let heard = ''
  for await (const part of socket) {
    heard += part
    if (heard.match(/"result":"\w+"[^}]*\}/g)?.length === questions.length) break
  }
  expect([...heard.matchAll(/"result":"(\w+)"/g)].map(([, result]) => result)).toEqual([
    ...['allow', 'allow', 'deny', 'deny', 'deny'],
  ])
})

test('without the hook’s key nobody is answered, which is counted and said once, and nothing long is read', async () => {
  for (let i = 0; i < 2; i++)
    expect((await ask('authenticate', connectOf(dongle, 9, 1), 'another-key')).status).toBe(401)
  expect(await under.refused('hook-key')).toBe(2)
  expect(under.lines.filter(({ sentence }) => sentence.includes('NRT_BROKER_HOOK_KEY'))).toHaveLength(1)
  expect((await ask('authorise', {})).status).toBe(404)
  expect((await ask('authenticate', 'x'.repeat(5000))).status).toBe(413)
})
