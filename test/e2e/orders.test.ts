// An operator's orders over REST, through gateway and sealed session, into the very bundle that a dongle runs, and the answer back: what is
// asked is done once, lasts over restarts, and cannot cut the dongle off. The dongle's time runs fast, so that ten minutes are seconds.

import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { JOURNAL_AT, SECTOR_BYTES } from '../../firmware/config.ts'
import { openVirtualDongle, type VirtualDongle } from '../../firmware/host/dongle.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { freePort } from '../../scripts/free-port.ts'
import { type Platform, systemClock } from '../../scripts/platform.ts'
import type { Order } from '../../shared/schema/dongle.ts'
import { openFairClock } from '../support/fair-clock.ts'
import { nrt } from '../support/nrt-command.ts'
import { giveOwner, startTestPlatform } from '../support/platform.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const SPEED = 60
/** Partition ota_0. */
const READINGS_AT = 0x190000
const READINGS_END = 0x310000
const OPERATOR_KEY = 'the operator of this test, nobody else'.replaceAll(' ', '-')
const PASSWORD = 'canary-of-the-cellar'
const NEW_PASSWORD = 'canary-of-the-attic'
const EAN = '541448900000000017'
const identity = { ...identityOf(90), seedPool: new Uint8Array(createHash('sha512').update('orders').digest()) }
const startS = systemClock.wallS() - 3600
const WAIT = { timeout: 120_000, interval: 40 }

let folder = ''
let flashPath = ''
let bundle = ''
let mqttPort = 0
let platform: Platform
let dongle: VirtualDongle
const lines: string[] = []
const logged: string[] = []
/** Its line to the gateway fails as soon as it says this. */
let cutAt: string | undefined
let feed: (bytes: Uint8Array) => void = () => {}
const household = createHousehold({ seed: 3, startS, hasPhases: true })
let seconds = 0
let readerKey = ''

async function startAll(): Promise<void> {
  platform = await startTestPlatform(
    folder,
    {
      NRT_MQTT_PORT: `${mqttPort}`,
      NRT_OPERATOR_KEY: OPERATOR_KEY,
    },
    pino({ level: 'trace' }, { write: line => void logged.push(line) }),
  )
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nrt-orders-'))
  flashPath = join(folder, 'dongle.flash')
  mqttPort = await freePort()
  await startAll()
  readerKey = (await giveOwner(platform, identity, { ean: EAN, sinceS: startS - 60 })).accessKey
  bundle = (await bundleFirmware(new URL('../../firmware/main.ts', import.meta.url).pathname)).code
  dongle = openVirtualDongle({
    clock: openFairClock(SPEED),
    bundle: { code: bundle, filename: 'nrt.js' },
    flashPath,
    prepare: chip => {
      const networks = [{ ssid: 'cellar', password: PASSWORD }]
      prepareFlash(chip, identity, { host: '127.0.0.1', port: mqttPort, isTls: false, networks, intervalS: 10 })
    },
    openLine: into => {
      feed = into
      return { setNoise: () => {}, stop: () => {} }
    },
    tell: event => {
      if (event.event !== 'print') return
      lines.push(event.line)
      if (event.line !== cutAt) return
      cutAt = undefined
      dongle.cut()
    },
  })
  await vi.waitUntil(() => lines.includes('session: open'), WAIT)
})

afterAll(async () => {
  await dongle?.stop()
  await platform?.stop()
  rmSync(folder, { recursive: true, force: true })
})

// What a busy machine made of it cannot be asked again.
beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => {
    const { items } = (await rest('GET', '/orders')).body
    console.log(
      lines
        .filter(line => !line.startsWith('now:'))
        .slice(-60)
        .join('\n'),
      JSON.stringify(items.slice(-3), undefined, 1),
    )
  })
})

async function rest(method: 'GET' | 'POST', path: string, body?: object, key = OPERATOR_KEY) {
  const response = await fetch(`http://127.0.0.1:${platform.httpPort}/api/v1/dongles/${identity.dongleId}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes, checked field by field below
  return { status: response.status, body: (await response.json()) as any }
}

async function ask(wish: object): Promise<Order> {
  const { status, body } = await rest('POST', '/orders', wish)
  expect([status, body.code]).toEqual([202, undefined])
  return body
}

async function orderOf(orderId: string): Promise<Order> {
  return (await rest('GET', '/orders')).body.items.find((order: Order) => order.orderId === orderId)
}

/** Asks, and waits until it is settled. */
async function settled(wish: object): Promise<Order> {
  const { orderId } = await ask(wish)
  return vi.waitUntil(async () => {
    const order = await orderOf(orderId)
    return ['queued', 'sent', 'begun'].includes(order.state) ? undefined : order
  }, WAIT)
}

/** One after the other; what was sent and not answered before the session ended is sent again. */
const states = (order: Order): string[] =>
  order.events.map(event => `${event.state} by ${event.actor}`).filter((one, i, all) => one !== all[i - 1])
const isClosed = (): boolean => lines.lastIndexOf('session: closed') > lines.lastIndexOf('session: open')
const count = (line: string): number => lines.filter(one => one === line).length

/** So many telegrams of the meter, at once. */
function telegrams(times: number): void {
  for (let i = 0; i < times; i++) {
    feed(Buffer.from(telegramText('fluvius', household.next(startS + seconds++)), 'latin1'))
  }
}

async function readings(): Promise<{ timeS: number[]; columns: Record<string, (number | null)[]> }> {
  const base = `http://127.0.0.1:${platform.httpPort}/api/v1/metering-points`
  const headers = { authorization: `Bearer ${readerKey}` }
  const { items } = (await (await fetch(base, { headers })).json()) as { items: { id: string }[] }
  const range = `resolution=raw&fromS=${startS}&toS=${startS + 100}`
  return (await (await fetch(`${base}/${items[0]?.id}/readings?${range}`, { headers })).json()) as Awaited<
    ReturnType<typeof readings>
  >
}

async function storedReadings(): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${platform.httpPort}/metrics`)).text()
  return Number(/^nrt_store_readings_total (\d+)/m.exec(metrics)?.[1] ?? 0)
}

describe('an order', () => {
  test('for the interval is done at once, and the next session keeps it', async () => {
    const order = await settled({ name: 'interval', seconds: 30 })
    expect(states(order)).toEqual(['queued by operator', 'sent by gateway', 'done by dongle'])
    expect(lines).toContain('interval: 30 s')
    const before = count('session: open')
    expect((await settled({ name: 'restart' })).state).toBe('done')
    await vi.waitUntil(() => count('session: open') > before, WAIT)
    expect(count('interval: 10 s')).toBe(0)
    expect(lines.filter(line => /^boot \d+, after: asked/.test(line))).toHaveLength(1)
  })

  test('for some fields makes the dongle keep no others', async () => {
    expect((await settled({ name: 'fields', fields: ['offtakeT1Wh', 'offtakeW'] })).state).toBe('done')
    telegrams(2)
    await vi.waitUntil(async () => (await storedReadings()) >= 2, WAIT)
    const { columns, timeS } = await readings()
    expect(timeS.length).toBe(2)
    const given = Object.keys(columns).filter(name => columns[name]?.some(value => value !== null))
    expect(given.sort()).toEqual(['offtakeT1Wh', 'offtakeW'])
    expect((await settled({ name: 'fields', fields: [] })).state).toBe('done')
  })

  test('to stop keeps readings at home, over a restart too, until it is told to go on', async () => {
    expect((await settled({ name: 'stop' })).state).toBe('done')
    const before = await storedReadings()
    // one by one: what is not in the ring yet would be lost with the power
    for (const line of ['batch kept: 1 in the ring', 'batch kept: 2 in the ring']) {
      const kept = count(line)
      telegrams(1)
      await vi.waitUntil(() => count(line) > kept, WAIT)
    }
    const sessions = count('session: open')
    dongle.powerCut('now')
    await vi.waitUntil(() => count('session: open') > sessions, WAIT)
    expect((await settled({ name: 'diagnose' })).state).toBe('done')
    expect(await storedReadings()).toBe(before)
    expect((await settled({ name: 'resume' })).state).toBe('done')
    await vi.waitUntil(async () => (await storedReadings()) === before + 2, WAIT)
  })

  test('to diagnose brings the last lines', async () => {
    const { report } = await settled({ name: 'diagnose' })
    expect(report).toMatch(/session: open/)
    expect(report).toMatch(/order 7: 0/)
  })

  test('for another network that does not answer is taken back by the dongle itself', async () => {
    const { orderId } = await ask({
      name: 'network',
      networks: [{ ssid: 'attic', password: NEW_PASSWORD }],
      port: await freePort(),
    })
    await vi.waitUntil(() => lines.includes('trial: no session, back to what was'), WAIT)
    const order = await vi.waitUntil(async () => {
      const found = await orderOf(orderId)
      return found.state === 'begun' || found.state === 'sent' ? undefined : found
    }, WAIT)
    expect(states(order)).toEqual(['queued by operator', 'sent by gateway', 'begun by dongle', 'returned by dongle'])
    expect(flashText()).toContain(PASSWORD)
  })

  test('for another network that answers holds', async () => {
    const order = await settled({ name: 'network', networks: [{ ssid: 'attic', password: NEW_PASSWORD }] })
    expect(states(order).at(-1)).toBe('done by dongle')
    expect(flashText()).toContain(NEW_PASSWORD)
    expect(flashText()).not.toContain(PASSWORD)
  })

  test('for another key ends with both on it; the one before is taken for seven days', async () => {
    const { orderId } = await ask({ name: 'rotate-key' })
    expect(await rest('POST', '/orders', { name: 'rotate-key' })).toMatchObject({
      status: 409,
      body: { code: 'dongle.busy' },
    })
    const order = await vi.waitUntil(async () => {
      const found = await orderOf(orderId)
      return found.state === 'done' ? found : undefined
    }, WAIT)
    // that it had begun is said once, and heard where its connection did not end first
    expect(states(order).at(-1)).toBe('done by dongle')
    expect((await rest('GET', '')).body).toMatchObject({ epoch: 2, suspicions: [] })
    const credentials = await platform.backend.directory.credentials(identity.dongleId)
    expect(credentials?.others).toEqual([{ epoch: 1, deviceKey: Buffer.from(identity.deviceKey) }])
    expect((await settled({ name: 'diagnose' })).state).toBe('done')
    expect(readFileSync(flashPath).includes(Buffer.from(identity.deviceKey))).toBe(false)
  })

  test('asked while the dongle is away is done when it comes', async () => {
    dongle.cut()
    await vi.waitUntil(isClosed, WAIT)
    const { orderId } = await ask({ name: 'interval', seconds: 20 })
    dongle.heal()
    await vi.waitUntil(async () => (await orderOf(orderId)).state === 'done', WAIT)
    expect(lines).toContain('interval: 20 s')
  })

  test('over the command line', async () => {
    const run = async (args: string[], key = OPERATOR_KEY) => {
      const env = { NRT_OPERATOR_KEY: key, NRT_URL: `http://127.0.0.1:${platform.httpPort}` }
      const { code, out, err } = await nrt(['dongle', ...args], { env })
      return { code, out: out + err }
    }
    const id = identity.dongleId
    const done = await run(['command', id, 'interval', '--seconds', '25', '--wait', '20'])
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/^interval: done\n {2}queued .*operator/) })
    expect(lines).toContain('interval: 25 s')
    expect(await run(['orders', id, '--json'])).toMatchObject({ code: 0, out: expect.stringContaining('"interval"') })
    expect(await run(['show', id])).toMatchObject({ code: 0, out: expect.stringContaining('"epoch": 2') })
    expect(await run(['command', id, 'interval', '--seconds', 'soon'])).toMatchObject({ code: 1 })
    expect(await run(['show', id], 'x'.repeat(30))).toMatchObject({
      code: 1,
      out: expect.stringContaining('access.missing'),
    })
  })

  test('without the operator key, or for an unknown dongle, is not taken', async () => {
    expect((await rest('POST', '/orders', { name: 'restart' }, 'another-key')).body.code).toBe('access.missing')
    const other = await fetch(`http://127.0.0.1:${platform.httpPort}/api/v1/dongles/0123456789AB9`, {
      headers: { authorization: `Bearer ${OPERATOR_KEY}` },
    })
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([404, 'dongle.unknown'])
    for (const nonsense of [{ name: 'interval', seconds: 901 }, { name: 'network' }, { name: 'explode' }, {}]) {
      expect((await rest('POST', '/orders', nonsense)).body.code).toBe('request.invalid')
    }
  })

  test('to wipe is answered though the line fails under the answer, and leaves no reading and no Wi-Fi in the flash', async () => {
    dongle.cut()
    await vi.waitUntil(isClosed, WAIT)
    const before = lines.filter(line => line.startsWith('batch kept')).length
    telegrams(3)
    await vi.waitUntil(() => lines.filter(line => line.startsWith('batch kept')).length > before, WAIT)
    dongle.heal()
    const told = lines.length
    cutAt = 'order 10: 0'
    const { orderId } = await ask({ name: 'wipe' })
    await vi.waitUntil(() => cutAt === undefined && isClosed(), WAIT)
    dongle.heal()
    await vi.waitUntil(async () => (await orderOf(orderId)).state === 'done', WAIT)
    await vi.waitUntil(() => lines.slice(told).some(line => line.startsWith('ring: 0 records')), WAIT)
    const flash = readFileSync(flashPath)
    const ring = flash.subarray(READINGS_AT, READINGS_END)
    expect(ring.findIndex(byte => byte !== 0xff)).toBe(-1)
    expect(flash.subarray(JOURNAL_AT + 64, JOURNAL_AT + 2 * SECTOR_BYTES).findIndex(byte => byte !== 0xff)).toBe(-1)
    expect(flashText()).not.toContain('attic')
    expect(flashText()).not.toContain(NEW_PASSWORD)
    expect(flashText()).toContain(identity.dongleId)
  })

  test('leaves no secret in any line of the dongle or of the platform', () => {
    const database = readFileSync(join(folder, 'nrt.sqlite')).toString('latin1')
    const told = [...lines, ...logged].join('\n')
    for (const secret of [PASSWORD, NEW_PASSWORD, OPERATOR_KEY]) {
      for (const text of [told, database]) expect(text).not.toContain(secret)
    }
    for (const encoding of ['hex', 'base64', 'latin1'] as const) {
      expect(told).not.toContain(Buffer.from(identity.deviceKey).toString(encoding))
    }
  })
})

function flashText(): string {
  return readFileSync(flashPath).toString('latin1')
}
