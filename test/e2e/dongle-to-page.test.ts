// A reading's whole way with nothing in between replaced: the simulated meter's telegrams into the very bundle that a dongle runs,
// over real sockets into gateway and backend, out over REST and the live stream; and across a stop of the platform.

import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openVirtualDongle, type VirtualDongle } from '../../firmware/host/dongle.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { lineFromMeter } from '../../firmware/host/p1-line.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { freePort } from '../../scripts/free-port.ts'
import { type Platform, systemClock } from '../../scripts/platform.ts'
import type { Reading } from '../../shared/reading/reading.ts'
import { openFairClock } from '../support/fair-clock.ts'
import { giveOwner, startTestPlatform } from '../support/platform.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const SPEED = 4
const EAN = '541448900000000017'
const identity = { ...identityOf(4711), seedPool: new Uint8Array(createHash('sha512').update('e2e').digest()) }
const startS = systemClock.wallS() - 3600

let folder = ''
let platform: Platform
let dongle: VirtualDongle
let base = ''
let headers: Record<string, string> = {}
const lines: string[] = []
/** What the meter said, by second. */
const said = new Map<number, Reading>()

async function start(mqttPort: number): Promise<void> {
  platform = await startTestPlatform(folder, { NRT_MQTT_PORT: `${mqttPort}` })
  base = `http://127.0.0.1:${platform.httpPort}/api/v1/metering-points`
}

// biome-ignore lint/suspicious/noExplicitAny: answers of several shapes, checked field by field below
async function get(path: string): Promise<any> {
  const response = await fetch(base + path, { headers })
  expect(response.status).toBe(200)
  return response.json()
}

let mqttPort = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nrt-e2e-'))
  mqttPort = await freePort()
  await start(mqttPort)
  const { accessKey } = await giveOwner(platform, identity, { ean: EAN, sinceS: startS - 60 })
  headers = { authorization: `Bearer ${accessKey}` }
  const { code } = await bundleFirmware(new URL('../../firmware/main.ts', import.meta.url).pathname)
  const clock = openFairClock(SPEED)
  const household = createHousehold({ seed: randomBytes(4).readUInt32BE(), startS })
  const telegramAt = (timeS: number): string => {
    const reading = household.next(timeS)
    said.set(timeS, reading)
    return telegramText('fluvius', reading)
  }
  dongle = openVirtualDongle({
    clock,
    bundle: { code, filename: 'nrt.js' },
    prepare: chip => {
      const networks = [{ ssid: 'virtual', password: 'virtual-password' }]
      prepareFlash(chip, identity, { host: '127.0.0.1', port: mqttPort, isTls: false, networks, intervalS: 10 })
    },
    openLine: feed => lineFromMeter({ telegramAt }, { clock, startS, feed }),
    tell: event => {
      if (event.event === 'print') lines.push(event.line)
    },
  })
})

afterAll(async () => {
  await dongle?.stop()
  await platform?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function pointId(): Promise<string> {
  return (await get('')).items[0].id
}

test('a telegram becomes the newest reading of its metering point, number by number', async () => {
  const id = await pointId()
  const reading = await vi.waitUntil(async () => (await get(`/${id}/latest`)).reading, {
    timeout: 120_000,
    interval: 100,
  })
  const truth = said.get(reading.timeS)
  for (const field of [
    'offtakeT1Wh',
    'injectionT2Wh',
    'offtakeW',
    'injectionW',
    'tariff',
    'voltageL1dV',
    'currentL3cA',
  ]) {
    expect([field, reading[field]]).toEqual([field, truth?.[field as keyof Reading]])
  }
})

test('an open page makes the dongle deliver every second, and hears it', async () => {
  const id = await pointId()
  const abort = new AbortController()
  const response = await fetch(`${base}/${id}/live`, { headers, signal: abort.signal })
  let heard = ''
  const reading = (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      heard += Buffer.from(chunk).toString()
  })().catch(() => {})
  await vi.waitUntil(() => lines.includes('interval: 1 s'), { timeout: 120_000, interval: 50 })
  await vi.waitUntil(() => heard.split('event: reading').length > 5, { timeout: 120_000, interval: 50 })
  abort.abort()
  await reading
})

test('a stop of the platform costs nothing: what was measured meanwhile arrives, and no second is missing', async () => {
  await platform.stop()
  const stoppedS = Math.max(...said.keys())
  await vi.waitUntil(() => said.has(stoppedS + 40), { timeout: 120_000, interval: 50 })
  await start(mqttPort)
  const id = await pointId()
  const toS = Math.max(...said.keys())
  const page = await vi.waitUntil(
    async () => {
      const answer = await get(
        `/${id}/readings?resolution=raw&fromS=${startS}&toS=${toS + 1}&fields=offtakeW,injectionW&limit=10000`,
      )
      return answer.timeS.at(-1) === toS && answer.gaps.length === 0 ? answer : undefined
    },
    { timeout: 120_000, interval: 200 },
  )
  // the telegram on the wire when the dongle booted may have been cut in half
  const expected = [...said.keys()].filter(timeS => timeS >= page.timeS[0] && timeS <= toS).sort((a, b) => a - b)
  expect(expected.length).toBeGreaterThan(40)
  expect(page.timeS).toEqual(expected)
  expect(page.columns.offtakeW).toEqual(expected.map(timeS => said.get(timeS)?.offtakeW))
  expect(page.columns.injectionW).toEqual(expected.map(timeS => said.get(timeS)?.injectionW))
})
