// Scripts of somebody who holds the wire: every one of them against the real cores of session, envelope and orders, and none accepted. Each
// table begins with the genuine message, which is: a judge who refuses everything would be no judge.

import { afterAll, expect, test } from 'vitest'
import { createAuthenticator } from '../../gateway/authenticate.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { unsealMessage } from '../../gateway/unseal.ts'
import { connectPassword } from '../../shared/session/connect.ts'
import { DEVICE_KEY, DONGLE_ID, KEYS, NOW_S } from '../support/conversation.ts'
import { MemoryDirectory } from '../support/gateway-under-test.ts'
import { spliced } from './envelope-parts.ts'
import { dongleState, gatewayState, type Scene, sceneAtGreeting, sceneInSession } from './scene.ts'
import { DOWN, GREETING, PASSWORDS, type Script, UP } from './scripts.ts'

let messages = 0

function expectDongleRefuses(scene: Scene, bytes: Uint8Array): void {
  const before = dongleState(scene)
  const refused = scene.dongle.sender.messagesRefused
  expect(scene.dongle.tell({ kind: 'message-came', bytes })).toEqual([])
  expect(scene.dongle.sender.messagesRefused).toBe(refused + 1)
  expect(dongleState(scene)).toEqual(before)
  messages++
}

function expectGatewayRefuses(scene: Scene, bytes: Uint8Array, laterS: number): void {
  const before = gatewayState(scene)
  expect(unsealMessage(scene.gateway, bytes, NOW_S + laterS).ok).toBe(false)
  expect(gatewayState(scene)).toEqual(before)
  messages++
}

const play = (script: Script, scene: Scene): Uint8Array[] => {
  const played = script[1](scene)
  expect(played.length).toBeGreaterThan(0)
  return played
}

test('the genuine messages are accepted, each side, and taken apart and put together again they are the same', () => {
  for (const { genuineUp, genuineDown } of [sceneAtGreeting(), sceneInSession()]) {
    for (const bytes of [genuineUp, genuineDown]) expect(spliced(bytes, {})).toEqual(Buffer.from(bytes))
  }
  expect(unsealMessage(sceneInSession().gateway, sceneInSession().genuineUp, NOW_S).ok).toBe(true)
  for (const { dongle, genuineDown } of [sceneAtGreeting(), sceneInSession()]) {
    expect(dongle.tell({ kind: 'message-came', bytes: genuineDown }).length).toBeGreaterThan(0)
  }
})

test.each(UP)('to the gateway: %s', (...script) => {
  const scene = sceneInSession()
  for (const bytes of play(script, scene)) expectGatewayRefuses(scene, bytes, script[2] ?? 0)
  expect(unsealMessage(scene.gateway, scene.genuineUp, NOW_S).ok).toBe(true)
})

test.each(GREETING)('to a dongle that waits for the challenge: %s', (...script) => {
  const scene = sceneAtGreeting()
  for (const bytes of play(script, scene)) expectDongleRefuses(scene, bytes)
  expect(scene.dongle.tell({ kind: 'message-came', bytes: scene.genuineDown }).length).toBeGreaterThan(0)
})

test.each(DOWN)('to a dongle in its session: %s', (...script) => {
  const scene = sceneInSession()
  for (const bytes of play(script, scene)) expectDongleRefuses(scene, bytes)
  expect(scene.dongle.tell({ kind: 'message-came', bytes: scene.genuineDown }).length).toBeGreaterThan(0)
})

test.each(PASSWORDS)('at the door: %s', async (_name, password) => {
  const directory = new MemoryDirectory()
  directory.register({ dongleId: DONGLE_ID, deviceKey: DEVICE_KEY, epoch: 1 })
  const { byPassword } = createAuthenticator(directory, nodeCrypto)
  const passwordOf = (session: number) => connectPassword(nodeCrypto, KEYS, DONGLE_ID, 7, session)
  for (const session of [1, 2]) expect((await byPassword(DONGLE_ID, passwordOf(session))).ok).toBe(true)
  expect((await byPassword(DONGLE_ID, password)).ok).toBe(false)
  expect(directory.marks.get(DONGLE_ID)).toEqual({ boot: 7, session: 2 })
  expect((await byPassword(DONGLE_ID, passwordOf(3))).ok).toBe(true)
  messages++
})

afterAll(() => {
  const scripts = UP.length + GREETING.length + DOWN.length + PASSWORDS.length
  console.log(`mitm: ${scripts} scripts, ${messages} messages, 0 accepted`)
})
