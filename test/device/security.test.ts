// What a dongle must not give away or let in: no secret in anything it prints or sends, nothing evaluated that is typed at its console unless
// an order opened it, and no socket that listens. On the virtual dongle always, on the engine when one is at hand (ESPRUINO=…).

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import type { DongleConfig } from '../../shared/session/system-page.ts'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { builtBefore, endedAfterEach, fitEngine, type Machine, machinesWith } from '../support/machines.ts'
import { MemoryBook } from '../support/memory-book.ts'
import { networkArgument } from '../support/order-flows.ts'
import { type RealEngine, startRealEngine } from '../support/real-engine.ts'
import { startRecordingProxy } from '../support/recording-proxy.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const START_S = 1_790_000_000
const PLAIN_MODULE_VARS = 6800
/** Too few: the program does not even start. And about as many as it needs. */
const SCARCE_VARS = [2000, 4000, 4500]
const POLL = { interval: 25 }
const PASSWORD = 'canary of the cellar'
const NEW_PASSWORD = 'canary of the attic'
const METER_SERIAL = '1TST0000000217'

const engine = fitEngine()

const identity = { ...identityOf(78), seedPool: new Uint8Array(createHash('sha512').update('canary').digest()) }
const keys = deriveKeys(nodeCrypto, identity.deviceKey, identity.epoch)
const SECRETS: { [name: string]: Uint8Array } = {
  'device key': identity.deviceKey,
  'seed pool': identity.seedPool,
  auth: keys.auth,
  enc: keys.enc,
  mac: keys.mac,
  ota: keys.ota,
  cmd: keys.cmd,
  'Wi-Fi password': Buffer.from(PASSWORD),
  'new Wi-Fi password': Buffer.from(NEW_PASSWORD),
  'meter serial': Buffer.from(METER_SERIAL),
}

/** The names of secrets that are in `bytes` in any form; half of one is one too. */
function secretsIn(bytes: Buffer): string[] {
  const text = bytes.toString('latin1')
  const shortest = text.toLowerCase().replaceAll(/[^0-9a-f]/g, '')
  return Object.entries(SECRETS).flatMap(([name, secret]) => {
    const half = Buffer.from(secret).subarray(0, Math.max(12, secret.length >> 1))
    const isIn =
      bytes.includes(half) ||
      shortest.includes(half.toString('hex')) ||
      text.includes(half.toString('base64').slice(0, 16)) ||
      text.includes([...half].join(',')) ||
      text.includes([...half].join(', '))
    return isIn ? [name] : []
  })
}

const machines = machinesWith(engine, PLAIN_MODULE_VARS)
const firmware = builtBefore()

const opened = endedAfterEach()

const configFor = (port: number): DongleConfig => ({
  host: '127.0.0.1',
  port,
  isTls: false,
  networks: [{ ssid: 'home', password: PASSWORD }],
  intervalS: 2,
})

async function aGateway() {
  const book = new MemoryBook()
  const under = await startGatewayUnderTest({ intervalS: 2 }, [identity], { book })
  under.time.wallS = START_S
  opened.push({ stop: () => under.gateway.stop() })
  const order = async (asked: Parameters<MemoryBook['ask']>[0]) => {
    const before = book.results.length
    book.ask(asked)
    under.gateway.commands.wake(identity.dongleId)
    await expect.poll(() => book.results.length, POLL).toBeGreaterThan(before)
    return book.results.at(-1)
  }
  return { ...under, order }
}

/** A dongle whose gateway is behind a proxy that hears everything. */
async function overheard(machine: Machine) {
  const under = await aGateway()
  const proxy = await startRecordingProxy(under.port)
  opened.push(proxy)
  const dongle = await machine.start({ bundle: firmware.code, identity, config: configFor(proxy.port) })
  opened.push(dongle)
  return { under, proxy, dongle }
}

const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
let second = 0
const telegram = (): string => telegramText('fluvius', household.next(START_S + second++))
const attic = networkArgument('attic', NEW_PASSWORD)

test('the search finds a secret in every form', () => {
  const key = Buffer.from(identity.deviceKey)
  const forms = [key.toString('hex'), key.toString('hex').toUpperCase(), key.toString('base64'), key.toString('latin1')]
  for (const text of [...forms, [...key].join(','), JSON.stringify([...key])]) {
    expect(secretsIn(Buffer.from(`xx${text}yy`, 'latin1'))).toContain('device key')
  }
  expect(secretsIn(Buffer.from('nothing of the kind'))).toEqual([])
})

describe.each(machines)('on $name', machine => {
  test('no secret is in anything it prints or sends, through orders, a restart and a failing gateway', async () => {
    const { under, proxy, dongle } = await overheard(machine)
    const printed = (pattern: RegExp, times = 1) =>
      expect.poll(() => dongle.lines.filter(line => pattern.test(line)).length, POLL).toBeGreaterThanOrEqual(times)
    await printed(/^session: open/)
    for (let i = 0; i < 3; i++) dongle.send(telegram())
    await printed(/^acked: 0 in the ring/)
    await under.ingest.until(() => under.ingest.statuses.length > 0)
    const { report } = (await under.order({ name: 'diagnose' })) ?? {}
    expect(report?.length).toBeGreaterThan(20)
    const rotation = new Uint8Array([2, ...new Uint8Array(32).fill(3)])
    expect(await under.order({ name: 'rotate', argument: rotation })).toMatchObject({ outcome: 'begun' })
    // this gateway does not know the new key: the dongle is refused, and goes on trying
    await printed(/^link: down/, 1)
    expect(secretsIn(Buffer.from(report ?? []))).toEqual([])
    expect(secretsIn(Buffer.from(dongle.lines.join('\n'), 'latin1'))).toEqual([])
    expect(secretsIn(proxy.heard())).toEqual([])
    expect(proxy.heard().includes(identity.dongleId)).toBe(true)
  })

  test('a new Wi-Fi password goes through the air sealed, and nowhere else', async () => {
    const { under, proxy, dongle } = await overheard(machine)
    const isOpen = (times: number) =>
      expect
        .poll(() => dongle.lines.filter(line => line === 'session: open').length, POLL)
        .toBeGreaterThanOrEqual(times)
    await isOpen(1)
    expect(await under.order({ name: 'configure', argument: attic })).toMatchObject({ outcome: 'begun' })
    await isOpen(2)
    expect(secretsIn(Buffer.from(dongle.lines.join('\n'), 'latin1'))).toEqual([])
    expect(secretsIn(proxy.heard())).toEqual([])
  })
})

describe.skipIf(!engine)('on the engine', () => {
  async function anEngine(port: number, vars = PLAIN_MODULE_VARS, isEnrolled = true): Promise<RealEngine> {
    const real = await startRealEngine({
      engine: engine!.path,
      bundle: firmware.code,
      prepare: chip => (isEnrolled ? prepareFlash(chip, identity, configFor(port)) : undefined),
      hasP1: true,
      restarts: true,
      env: { ESPRUINO_VARS: String(vars) },
    })
    opened.push(real)
    return real
  }
  const count = (real: RealEngine, pattern: RegExp): number => real.lines.filter(line => pattern.test(line)).length

  test('what is typed is not evaluated, until an order opens the console for a while', async () => {
    const under = await aGateway()
    const real = await anEngine(under.port)
    await real.waitFor(/^session: open/)
    real.type('print("typed",6*7)\n')
    real.type('\x03\x10print("typed",6*7)\r\n')
    await real.waitFor(/password|Invalid/)
    expect(count(real, /typed 42/)).toBe(0)
    expect(await under.order({ name: 'console', seconds: 3 })).toMatchObject({ outcome: 'done' })
    await real.waitFor(/console: type open/)
    real.type('open\n')
    await real.waitFor(/Logged in/)
    real.type('print("typed",6*7)\n')
    await real.waitFor(/typed 42/)
    const before = count(real, /typed 42/)
    // a restart in between would lock it too; here the time does
    await real.waitFor(/console: locked/)
    real.type('print("typed",6*7)\n')
    await expect.poll(() => count(real, /Invalid password/), POLL).toBeGreaterThanOrEqual(2)
    expect(count(real, /typed 42/)).toBe(before)
  })

  test('nothing listens: no TCP socket in LISTEN, no UDP socket at all', async () => {
    const under = await aGateway()
    const real = await anEngine(under.port)
    await real.waitFor(/^session: open/)
    // the probe's socket goes when the connection is dialled, with the engine's next turn
    await expect.poll(() => socketsOf(real.pid()), POLL).toEqual({ tcp: ['ESTABLISHED'], udp: [] })
  })

  test.each(SCARCE_VARS)(
    'with %i variables the engine says what went wrong, and no secret in saying it',
    async vars => {
      const under = await aGateway()
      const real = await anEngine(under.port, vars)
      await expect.poll(() => count(real, /MEMORY|memory|session: open/), POLL).toBeGreaterThan(0)
      for (let i = 0; i < 4; i++) real.sendP1(telegram())
      await expect.poll(() => count(real, /MEMORY|memory|^acked: 0/), POLL).toBeGreaterThan(0)
      expect(secretsIn(Buffer.from(real.lines.join('\n'), 'latin1'))).toEqual([])
    },
  )
})

/** States of a process's own sockets (proc(5)). */
function socketsOf(pid: number): { tcp: string[]; udp: string[] } {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
      try {
        const found = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))
        return found ? [found[1] as string] : []
      } catch {
        return []
      }
    }),
  )
  const rows = (name: string): string[] =>
    ['', '6'].flatMap(kind =>
      readFileSync(`/proc/${pid}/net/${name}${kind}`, 'utf8')
        .split('\n')
        .slice(1)
        .map(line => line.trim().split(/\s+/))
        .filter(columns => inodes.has(columns[9] ?? ''))
        .map(columns => STATES[columns[3] as string] ?? (columns[3] as string)),
    )
  return { tcp: rows('tcp'), udp: rows('udp') }
}

const STATES: { [hex: string]: string } = { '01': 'ESTABLISHED', '0A': 'LISTEN', '07': 'UNCONNECTED' }
