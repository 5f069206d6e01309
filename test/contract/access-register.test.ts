// Every access register behind the contract: the embedded one, and the adapter over HTTP with a real server at the other end of a real socket,
// well and unwell. A register in trouble is said to be unreachable; nothing is guessed and nothing is thrown.

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { openEmbeddedRegister } from '../../backend/access-register/embedded.ts'
import { openHttpRegister } from '../../backend/access-register/http.ts'
import { openTestBackend } from '../support/backend.ts'
import { manualClock, valueOrThrow } from '../support/facts.ts'
import { anEntry, describeRegister } from '../support/register-contract.ts'
import { openTestStore } from '../support/store.ts'

const KEY = 'key-of-the-market-s-register'
const READER_KEY = 'key-that-only-reads-the-register'

describeRegister('the embedded one', async () => {
  const { store, close } = await openTestStore()
  const register = openEmbeddedRegister(store, manualClock())
  return {
    register,
    market: async entries => void valueOrThrow(await register.put(entries, 'test')),
    end: close,
  }
})

describeRegister('another server’s, over HTTP', async () => {
  const market = await openTestBackend({ config: { operatorKey: KEY, registerReaderKey: READER_KEY } })
  const baseUrl = `${await market.listen()}/api/v1/access-register`
  return {
    register: openHttpRegister({ baseUrl, key: READER_KEY }),
    async market(items) {
      const response = await fetch(`${baseUrl}/entries`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ items }),
      })
      expect(response.status).toBe(200)
    },
    end: () => market.stop(),
  }
})

test('the key of who follows a register reads what the adapter asks, and opens nothing else', async () => {
  const t = await openTestBackend({ config: { operatorKey: KEY, registerReaderKey: READER_KEY } })
  const ask = async (key: string, method: 'GET' | 'PUT' | 'POST', url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${key}` }
    const answer = await t.backend.app.inject({ method, url: `/api/v1${url}`, headers, ...(payload && { payload }) })
    return `${answer.statusCode} ${answer.statusCode === 200 ? '' : answer.json().code}`
  }
  const register = '/access-register'
  expect(await ask(READER_KEY, 'GET', `${register}/changes`)).toBe('200 ')
  expect(await ask(READER_KEY, 'POST', `${register}/points-of`, { holderId: 'person-A' })).toBe('200 ')
  const closed: ['GET' | 'PUT' | 'POST', string, object?][] = [
    ['PUT', `${register}/entries`, { items: [anEntry()] }],
    ['GET', `${register}/entries`],
    ['PUT', `/accounts/${t.accountId}/holder`, { holderId: 'person-A' }],
    ['GET', `/dongles/${t.dongleId}`],
    ['POST', `/dongles/${t.dongleId}/acts`, { act: 'retire' }],
    ['GET', '/audit/verdict'],
    ['GET', '/account-events'],
  ]
  for (const [method, url, payload] of closed)
    expect(await ask(READER_KEY, method, url, payload)).toBe('403 role.missing')
  expect(await ask('another-key-of-some-length', 'GET', `${register}/changes`)).toBe('401 access.missing')
  expect(await ask(KEY, 'GET', `${register}/changes`)).toBe('200 ')
  expect(await ask(KEY, 'GET', `${register}/entries`)).toBe('200 ')
  expect(await ask(KEY, 'GET', '/account-events')).toBe('200 ')
  await t.stop()
})

describe('a register over HTTP in trouble', () => {
  const ends: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  async function registerAt(answer: RequestListener, timeoutMs = 2000) {
    const server = createServer(answer)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    ends.push(async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    })
    const { port } = server.address() as AddressInfo
    return openHttpRegister({ baseUrl: `http://127.0.0.1:${port}`, key: KEY, timeoutMs })
  }
  const json =
    (body: unknown): RequestListener =>
    (_request, response) =>
      void response.setHeader('content-type', 'application/json').end(JSON.stringify(body))

  test.each<[string, RequestListener]>([
    ['refuses', (_request, response) => void response.writeHead(403).end()],
    ['breaks', (_request, response) => void response.writeHead(500).end('{"items":[]}')],
    ['hangs up', request => void request.socket.destroy()],
    ['stops in the middle', (_request, response) => void response.write('{"items":[', () => response.destroy())],
    ['sends somebody elsewhere', (_request, response) => void response.writeHead(302, { location: '/' }).end()],
    ['answers in another form', json({ points: [] })],
    ['answers with a page', (_request, response) => void response.end('<html>')],
    ['has an entry without a point', json({ items: [{ ...anEntry(), ean: '' }], next: '1' })],
    ['answers for somebody else', json({ items: [anEntry({ holderId: 'person-B' })] })],
    ['answers without an end', (_request, response) => void pour(response)],
  ])('that %s is unreachable', async (_name, answer) => {
    const register = await registerAt(answer)
    expect(await register.pointsOf('person-A')).toMatchObject({ ok: false, fault: { code: 'register.unreachable' } })
  })

  test('that says nothing at all is unreachable too, and so is one that is not there', async () => {
    const silent = await registerAt(() => {}, 50)
    expect(await silent.pointsOf('person-A')).toMatchObject({ ok: false, fault: { why: 'TimeoutError' } })
    const gone = openHttpRegister({ baseUrl: 'http://127.0.0.1:1', key: KEY })
    expect(await gone.changes('', 10)).toMatchObject({ ok: false, fault: { code: 'register.unreachable' } })
  })

  test('is asked with the person in the body, never in the address', async () => {
    const asked: string[] = []
    const register = await registerAt((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
      json({ items: [] })(request, response)
    })
    await register.pointsOf('person-A')
    expect(asked).toEqual([`POST /points-of Bearer ${KEY}`])
  })
})

/** Writes until nobody listens. */
function pour(response: { write(text: string, done: () => void): unknown; destroyed: boolean }): void {
  response.write(' '.repeat(1_000_000), () => {
    if (!response.destroyed) pour(response)
  })
}
