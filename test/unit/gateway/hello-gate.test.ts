// A TLS client's first bytes, as they come: whole, in pieces, in crumbs, or none of the kind. Lines of node's own streams give the pieces exactly.

import type { Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { expect, test } from 'vitest'
import { helloState } from '../../../gateway/broker/client-hello.ts'
import { CRUMBS_MAX } from '../../../gateway/broker/crumbs.ts'
import { awaitHello } from '../../../gateway/broker/hello-gate.ts'
import { createTurnstile } from '../../../gateway/turnstile.ts'
import { clientHello } from '../../support/client-hello.ts'
import fc from '../../support/given-cases.ts'

const HELLO = await clientHello()
const TLS12_HELLO = await clientHello({ maxVersion: 'TLSv1.2' })

interface Waiting {
  client: Duplex
  server: Duplex
  seen: string[]
}

function atGate(turnstile = createTurnstile(1, () => {})): Waiting {
  const [client, server] = duplexPair()
  const seen: string[] = []
  awaitHello(
    server as unknown as Socket,
    turnstile,
    () => seen.push('shake'),
    reason => seen.push(reason),
  )
  return { client, server, seen }
}

/** Each piece is there before the next is written. */
async function say(client: Duplex, pieces: Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise(resolve => client.write(piece, resolve))
    await new Promise(resolve => setImmediate(resolve))
  }
}

test('a hello is whole with its last byte and not before, wherever it is cut', () => {
  for (const hello of [HELLO, TLS12_HELLO]) {
    for (let end = 0; end < hello.length; end++) expect(helloState(hello.subarray(0, end))).toBe('partial')
    expect(helloState(hello)).toBe('whole')
    expect(helloState(Buffer.concat([hello, Buffer.from([20, 3, 3, 0, 1, 1])]))).toBe('whole')
  }
})

test('other bytes, another handshake message, a hello in two records: foreign, as soon as it can be told', () => {
  expect(helloState(Buffer.from([0x10]))).toBe('foreign')
  expect(helloState(Buffer.from([22, 2]))).toBe('foreign')
  expect(helloState(Buffer.from([22, 3, 1, 0, 200, 2]))).toBe('foreign')
  expect(helloState(Buffer.from([22, 3, 1, 0x40, 1, 1, 0, 0, 1]))).toBe('foreign')
  expect(helloState(Buffer.from([22, 3, 1, 0, 20, 1, 0, 0, 17]))).toBe('foreign')
})

test('whatever bytes come: once foreign or whole, it stays so with more of them', () => {
  const begun = fc.tuple(fc.constantFrom([], [22], [22, 3, 1, 0]), fc.uint8Array({ maxLength: 40 }))
  fc.assert(
    fc.property(begun, fc.uint8Array({ maxLength: 20 }), ([head, tail], more) => {
      const bytes = Uint8Array.from([...head, ...tail])
      const state = helloState(bytes)
      if (state !== 'partial') expect(helloState(Uint8Array.from([...bytes, ...more]))).toBe(state)
    }),
  )
})

test('a hello in pieces of a slow way is handed on whole', async () => {
  const { client, server, seen } = atGate()
  await say(client, [HELLO.subarray(0, 40), HELLO.subarray(40, 100), HELLO.subarray(100)])
  expect(seen).toEqual(['shake'])
  expect(server.read()).toEqual(Buffer.from(HELLO))
})

test('a hello in crumbs is refused', async () => {
  const { client, seen } = atGate()
  const crumbs = Array.from({ length: CRUMBS_MAX + 1 }, (_, i) => HELLO.subarray(i, i + 1))
  await say(client, crumbs.slice(0, CRUMBS_MAX))
  expect(seen).toEqual([])
  await say(client, crumbs.slice(CRUMBS_MAX))
  expect(seen).toEqual(['connect-in-crumbs'])
})

test('what is no hello is refused', async () => {
  const { client, seen } = atGate()
  await say(client, [Buffer.from('GET / HTTP/1.1\r\n\r\n')])
  expect(seen).toEqual(['tls-handshake'])
})

test('of hellos that come at once each waits for its turn, and who has gone meanwhile has none', async () => {
  const turns: (() => void)[] = []
  const turnstile = createTurnstile(1, step => turns.push(step))
  const all = [0, 1, 2, 3].map(() => atGate(turnstile))
  const shaken = (): number[] => all.map(({ seen }) => seen.length)
  for (const { client } of all) await say(client, [HELLO])
  expect(shaken()).toEqual([1, 0, 0, 0])
  all[1]?.server.destroy()
  turns.shift()?.()
  expect(shaken()).toEqual([1, 0, 1, 0])
  turns.shift()?.()
  expect(shaken()).toEqual([1, 0, 1, 1])
})
