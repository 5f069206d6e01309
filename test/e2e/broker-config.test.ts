// What `nrt broker-config mosquitto` writes, in front of the real mosquitto and its dynamic security: a gateway does its work behind it, and
// nobody else gets more than their own.

import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { type GatewayUnderTest, startGatewayUnderTest, turn } from '../support/gateway-under-test.ts'
import { end, MOSQUITTO, startMosquitto } from '../support/mosquitto.ts'
import { nrt } from '../support/nrt-command.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

const PLUGIN = [
  '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so',
  '/usr/lib/aarch64-linux-gnu/mosquitto_dynamic_security.so',
  '/usr/lib/mosquitto_dynamic_security.so',
].find(existsSync)
const isInstalled = MOSQUITTO !== undefined && PLUGIN !== undefined
if (!isInstalled) console.warn('skipped: generated broker configuration needs mosquitto and its dynamic security')

/** Connected, or the reason why not. */
function open(options: IClientOptions): Promise<MqttClient | string> {
  return new Promise(resolve => {
    const client = connect({ host: '127.0.0.1', reconnectPeriod: 0, ...options })
    client.on('connect', () => resolve(client))
    client.on('error', error => resolve(error.message))
    client.on('close', () => resolve('closed'))
  })
}

describe.skipIf(!isInstalled)('mosquitto as nrt broker-config makes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-broker-config-'))
  const opened: MqttClient[] = []
  let donglePort = 0
  let gatewayPort = 0
  let settings: NodeJS.Dict<string> = {}
  let broker: ChildProcess | undefined
  let under: GatewayUnderTest | undefined

  async function client(options: IClientOptions): Promise<MqttClient> {
    const one = await open(options)
    if (typeof one === 'string') throw new Error(one)
    opened.push(one)
    return one
  }

  beforeAll(async () => {
    donglePort = await freePort()
    gatewayPort = await freePort()
    const files = join(folder, 'files')
    const ports = ['--dongle-port', `${donglePort}`, '--gateway-port', `${gatewayPort}`]
    const user = process.getuid?.() === 0 ? ['--user', 'root'] : []
    const args = ['broker-config', 'mosquitto', '--out', files, '--plugin', PLUGIN as string, ...ports, ...user]
    const made = await nrt(args)
    expect(made).toMatchObject({ code: 0, err: '' })
    settings = parseEnv(readFileSync(join(files, 'gateway.conf'), 'utf8'))
    for (const name of ['gateway.conf', 'dynamic-security.json'])
      expect(statSync(join(files, name)).mode & 0o77).toBe(0)
    for (const name of ['NRT_BROKER_PASSWORD', 'NRT_BROKER_GROUP']) expect(made.out).not.toContain(settings[name])
    expect(made.out).toMatch(/dynamic-security.json .* has to be the user that mosquitto runs as/)
    const again = await nrt(args)
    expect(again.code).toBe(1)
    expect(again.err).toMatch(/not written over: .*\n +Name another folder/)
    broker = await startMosquitto(folder, donglePort, readFileSync(join(files, 'mosquitto.conf'), 'utf8'))
    under = await startGatewayUnderTest(
      {
        brokerUrl: settings.NRT_BROKER_URL,
        brokerUser: settings.NRT_BROKER_USER,
        brokerPassword: settings.NRT_BROKER_PASSWORD,
        brokerGroup: settings.NRT_BROKER_GROUP,
      },
      [identityOf(0), identityOf(1)],
    )
    while (!under.gateway.readiness().isReady) await turn()
  })

  afterAll(async () => {
    for (const one of opened) one.end(true)
    await under?.gateway.stop()
    if (broker !== undefined) await end(broker, 'SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })

  test('a dongle is heard and answered', async () => {
    const dongle = new ScriptedDongle({ identity: identityOf(0), port: donglePort })
    await dongle.connect()
    expect(await dongle.send(batchOf(1, 0))).toBe('final')
    await dongle.end()
  })

  test('somebody among the dongles hears nothing of another and is not heard in its name; nor takes messages from the gateways', async () => {
    const victim = new ScriptedDongle({ identity: identityOf(1), port: donglePort })
    await victim.connect()
    const hostile = await client({ port: donglePort, protocolVersion: 5, clientId: 'hostile' })
    const heard: string[] = []
    hostile.on('message', topic => heard.push(topic))
    for (const filter of ['#', '$share/nrt/nrt/1/+/up', `nrt/1/${victim.dongleId}/down`, '$SYS/#']) {
      await hostile.subscribeAsync(filter).catch(() => {})
    }
    const before = under?.ingest.stored.size as number
    for (const topic of [
      `nrt/1/${victim.dongleId}/up`,
      `nrt/1/${victim.dongleId}/down`,
      '$CONTROL/dynamic-security/v1',
    ]) {
      await hostile.publishAsync(topic, '{}', { qos: 1 }).catch(() => {})
    }
    for (let i = 0; i < 10; i++) expect(await victim.send(batchOf(1, 10 * i))).toBe('final')
    expect(under?.ingest.stored.size).toBe(before + 10)
    expect(heard).toEqual([])
    expect(victim.strangeMessages).toBe(0)
    expect(await under?.refused('envelope.malformed')).toBe(0)
    await victim.end()
  })

  test('at the gateways’ listener nobody is let in without their password, and who has it gets no more than a gateway needs', async () => {
    const port = gatewayPort
    const { NRT_BROKER_USER: username, NRT_BROKER_PASSWORD: password } = settings
    for (const wrong of [
      {},
      { username, password: 'wrong' },
      { clientId: identityOf(0).dongleId, username: identityOf(0).dongleId, password: '1.2.3' },
    ]) {
      expect(await open({ port, protocolVersion: 5, ...wrong })).toMatch(/not authorized/i)
    }
    const gateway = await client({ port, protocolVersion: 5, username, password })
    for (const filter of ['#', 'nrt/1/+/up', 'nrt/1/+/down', '$share/nrt/nrt/1/+/up']) {
      await expect(gateway.subscribeAsync(filter)).rejects.toThrow(/not authorized/i)
    }
    await expect(gateway.publishAsync(`nrt/1/${identityOf(0).dongleId}/up`, 'x', { qos: 1 })).rejects.toThrow(
      /not authorized/i,
    )
  })
})

test('EMQX is told to ask a gateway for each CONNECT and topic, and to deny what nobody allowed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-emqx-'))
  const wish = ['--url', 'mqtt://10.0.0.2:1883', '--hook', 'http://10.0.0.3:9080/']
  expect(await nrt(['broker-config', 'emqx', '--out', folder, ...wish])).toMatchObject({ code: 0, err: '' })
  const text = readFileSync(join(folder, 'emqx-nrt.conf'), 'utf8')
  const settings = parseEnv(readFileSync(join(folder, 'gateway.conf'), 'utf8'))
  expect(text.match(/url = ".*"/g)).toEqual([
    'url = "http://10.0.0.3:9080/broker/authenticate"',
    'url = "http://10.0.0.3:9080/broker/authorize"',
  ])
  expect(text.split(`Bearer ${settings.NRT_BROKER_HOOK_KEY}`).length).toBe(3)
  for (const field of ['clientid', 'username', 'password', 'topic', 'action']) {
    expect(text).toContain(`${field} = "$\{${field}}"`)
  }
  expect(text).toContain('no_match = deny')
  rmSync(folder, { recursive: true })
})
