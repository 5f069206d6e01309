// Claim and bind with the very bundle that a dongle runs: plugged in first, claimed over REST with the code on its label, bound by the serial in
// its own telegrams; another meter, another holder, a loss. Its time runs fast, so that the five minutes between two statuses are seconds.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openVirtualDongle, type VirtualDongle } from '../../firmware/host/dongle.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { lineFromMeter } from '../../firmware/host/p1-line.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { hashOfClaimCode, newClaimCode, newIdentity } from '../../installer/flash/identity.ts'
import { acceptTerms } from '../../scripts/accept-terms.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { freePort } from '../../scripts/free-port.ts'
import { type Platform, systemClock } from '../../scripts/platform.ts'
import type { RegisterEntry } from '../../shared/schema/access-register.ts'
import type { OwnDongles } from '../../shared/schema/custody.ts'
import { valueOrThrow } from '../support/facts.ts'
import { openFairClock } from '../support/fair-clock.ts'
import { nrt } from '../support/nrt-command.ts'
import { startTestPlatform } from '../support/platform.ts'

const SPEED = 60
const EAN = '541448900000000017'
const OPERATOR_KEY = 'operator-key-of-this-claim'
const WAIT = { timeout: 120_000, interval: 50 }
const identity = newIdentity()
const claimCode = newClaimCode()
const startS = systemClock.wallS() - 7200

let folder = ''
let platform: Platform
let dongle: VirtualDongle
let serial = '1TST0000000217'
let accessKey = ''
const lines: string[] = []

async function rest<T>(method: string, path: string, key: string, body?: object): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${platform.httpPort}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as T
  expect([response.status, answer]).toEqual([200, answer])
  return answer
}

async function market(change: Partial<RegisterEntry> = {}): Promise<void> {
  const entry = {
    ean: EAN,
    holderId: 'person-A',
    sinceS: startS - 60,
    meterSerial: serial,
    country: 'BE',
    timeZone: 'Europe/Brussels',
  }
  await rest('PUT', '/access-register/entries', OPERATOR_KEY, { items: [{ ...entry, ...change }] })
}

async function standing(): Promise<string> {
  const { items } = await rest<OwnDongles>('GET', '/own/dongles', accessKey)
  return items.map(({ state, reason }) => (reason === null ? state : `${state} ${reason}`)).join()
}

const becomes = (wanted: string) => vi.waitUntil(async () => (await standing()) === wanted, WAIT)

async function newestS(): Promise<number> {
  const { items } = await rest<{ items: { id: string }[] }>('GET', '/metering-points', accessKey)
  const id = items[0]?.id
  if (id === undefined) return 0
  const { reading } = await rest<{ reading: { timeS: number } | null }>(
    'GET',
    `/metering-points/${id}/latest`,
    accessKey,
  )
  return reading?.timeS ?? 0
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${platform.httpPort}/metrics`)).text()
  const line = text.split('\n').find(one => one.startsWith(name))
  return Number(line?.split(' ').at(-1) ?? 0)
}

/** The lines that the command prints. */
async function operator(...args: string[]): Promise<string[]> {
  const env = { NRT_URL: `http://127.0.0.1:${platform.httpPort}`, NRT_OPERATOR_KEY: OPERATOR_KEY }
  const { code, out, err } = await nrt(args, { env })
  expect([code, err]).toEqual([0, ''])
  return out.trim().split('\n')
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nrt-claim-'))
  const mqttPort = await freePort()
  platform = await startTestPlatform(folder, {
    NRT_MQTT_PORT: `${mqttPort}`,
    NRT_OPERATOR_KEY: OPERATOR_KEY,
    NRT_TEND_EVERY_S: '1',
  })
  const { backend } = platform
  const account = await backend.openAccount('anna')
  accessKey = account.accessKey
  await acceptTerms(backend, accessKey)
  await rest('PUT', `/accounts/${account.accountId}/holder`, OPERATOR_KEY, { holderId: 'person-A' })
  valueOrThrow(await backend.registerDongle(identity))
  valueOrThrow(await backend.setClaimCode(identity.dongleId, hashOfClaimCode(claimCode)))
  const { code } = await bundleFirmware(new URL('../../firmware/main.ts', import.meta.url).pathname)
  const clock = openFairClock(SPEED)
  const household = createHousehold({ seed: 5, startS })
  dongle = openVirtualDongle({
    clock,
    bundle: { code, filename: 'nrt.js' },
    prepare: chip => {
      const networks = [{ ssid: 'virtual', password: 'virtual-password' }]
      prepareFlash(chip, identity, { host: '127.0.0.1', port: mqttPort, isTls: false, networks, intervalS: 10 })
    },
    openLine: feed =>
      lineFromMeter(
        { telegramAt: timeS => telegramText('fluvius', household.next(timeS), { serial }) },
        { clock, startS, feed },
      ),
    tell: event => {
      if (event.event === 'print') lines.push(event.line)
    },
  })
})

afterAll(async () => {
  if (process.env.NRT_LINES) console.log(lines.join('\n'))
  await dongle?.stop()
  await platform?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('a dongle that was plugged in before anybody claimed it', () => {
  test('is nobody’s, then its owner’s: bound by its own telegram, and all it measured is there', async () => {
    await market()
    await vi.waitUntil(() => metric('nrt_store_readings_total'), WAIT)
    expect(await newestS()).toBe(0)
    await rest('POST', '/own/dongles', accessKey, { dongleId: identity.dongleId, claimCode })
    await becomes('bound')
    await vi.waitUntil(async () => (await newestS()) > startS, WAIT)
  })

  test('is held behind another meter until the register has that meter', async () => {
    serial = '1TST0000000999'
    await becomes('suspended other-meter')
    const before = await newestS()
    await market({ meterSerial: serial })
    await becomes('bound')
    await vi.waitUntil(async () => (await newestS()) > before, WAIT)
  })

  test('is told to stop when its owner holds the point no more, and does; and goes on when they do again', async () => {
    await market({ holderId: 'person-B', sinceS: systemClock.wallS() - 1 })
    await becomes('suspended tenure-ended')
    const orders = () =>
      rest<{ items: { name: string; state: string }[] }>('GET', `/dongles/${identity.dongleId}/orders`, OPERATOR_KEY)
    await vi.waitUntil(
      async () => (await orders()).items.some(({ name, state }) => name === 'stop' && state === 'done'),
      WAIT,
    )
    await market({ sinceS: systemClock.wallS() })
    await becomes('bound')
    await vi.waitUntil(
      async () => (await orders()).items.some(({ name, state }) => name === 'resume' && state === 'done'),
      WAIT,
    )
  })

  test('that its owner reports lost is cut, comes again, and is refused each time', async () => {
    const down = lines.filter(line => line.startsWith('link: down')).length
    await rest('POST', `/own/dongles/${identity.dongleId}/acts`, accessKey, { act: 'report-lost' })
    await vi.waitUntil(() => lines.filter(line => line.startsWith('link: down')).length > down, WAIT)
    await vi.waitUntil(() => metric('nrt_gateway_refused_total{reason="dongle-disabled"}'), WAIT)
    await vi.waitUntil(async () => (await metric('nrt_gateway_connections')) === 0, WAIT)
    expect(await standing()).toBe('lost')
  })

  test('and its whole life is what an operator reads', async () => {
    const life = (await operator('dongle', 'events', identity.dongleId)).map(line => line.split('  ')[1]).reverse()
    expect(life.slice(0, 3)).toEqual(['registered', 'code-replaced', 'claimed (no-telegram)'])
    const later = ['bound', 'waiting (other-meter)', 'meter-swapped', 'tenure-ended (tenure-ended)', 'lost']
    expect(life.filter(event => later.includes(event ?? ''))).toEqual(expect.arrayContaining(later))
    expect((await operator('dongle', 'act', identity.dongleId, 'retire')).join('')).toContain('"state": "retired"')
    const [verdict, newest] = await operator('audit', 'verify')
    expect(verdict).toMatch(/^ok: \d+ events, each as it was written$/)
    const link = (newest as string).split(' ')[1] as string
    expect((await operator('audit', 'verify', '--expect', link))[0]).toBe(verdict)
  })
})
