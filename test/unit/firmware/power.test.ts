// The bundle on a weak supply and on a bench: when its radio starts, what its LED says, and what it does with a flash that is not its own.
// Time is the test's; nobody answers at the gateway's address.

import { createHash } from 'node:crypto'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { FLASH_MAP } from '../../../firmware/config.ts'
import { type DongleEvent, openVirtualDongle } from '../../../firmware/host/dongle.ts'
import type { FlashChip } from '../../../firmware/host/flash.ts'
import { prepareFlash } from '../../../firmware/host/prepare-flash.ts'
import { NO_GATEWAY, NO_IDENTITY, NO_P1 } from '../../../firmware/led.ts'
import { bundleFirmware } from '../../../scripts/build-firmware.ts'
import { identityOf } from '../../support/scripted-dongle.ts'
import { openSteppedClock } from '../../support/stepped-clock.ts'

const LED_PIN = 2
/** Longer than between two blinks that belong together. */
const DARK_MS = 1500
const identity = { ...identityOf(5), seedPool: new Uint8Array(createHash('sha512').update('power').digest()) }
const config = {
  host: '127.0.0.1',
  port: 1,
  isTls: false,
  networks: [{ ssid: 'home', password: 'password' }],
  intervalS: 10,
}

let bundle = ''
beforeAll(async () => {
  bundle = (await bundleFirmware(new URL('../../../firmware/main.ts', import.meta.url).pathname)).code
})

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** Seconds from each start to the first network after it. */
function firstOf(said: { atS: number; line: string }[]): number[] {
  return said
    .filter((one, i) => one.line === 'network: up' && said[i - 1]?.line.startsWith('boot '))
    .map(one => one.atS)
}

function onTheTable(prepare: (chip: FlashChip) => void) {
  const clock = openSteppedClock()
  const said: { atS: number; line: string }[] = []
  const groups: number[] = []
  let litMs = Number.NEGATIVE_INFINITY
  let bootMs = 0
  const dongle = openVirtualDongle({
    clock,
    bundle: { code: bundle, filename: 'nrt.js' },
    prepare,
    pin: (pin, level) => {
      if (pin !== LED_PIN || level !== 1) return
      if (clock.nowMs() - litMs > DARK_MS) groups.push(0)
      groups[groups.length - 1]!++
      litMs = clock.nowMs()
    },
    tell: (event: DongleEvent) => {
      if (event.event === 'boot') bootMs = clock.nowMs()
      if (event.event === 'print') said.push({ atS: (clock.nowMs() - bootMs) / 1000, line: event.line })
    },
  })
  stops.push(() => dongle.stop(), clock.stop)
  /** Runs until the clock says so. */
  const until = (s: number): Promise<void> => new Promise(resolve => clock.after(s * 1000, resolve))
  const radioAt = (): number[] =>
    firstOf(said.filter(one => one.line === 'network: up' || one.line.startsWith('boot ')))
  /** How often it blinked in a row, each time but the last, which may not be over. */
  const blinks = (): number[] => groups.slice(0, -1)
  return { dongle, said, blinks, until, radioAt }
}

test('the radio waits after a power cut, twice as long after each quick one, and not at the first start', async () => {
  const table = onTheTable(chip => prepareFlash(chip, identity, config))
  const cutAfter = async (s: number): Promise<void> => {
    await table.until(s)
    table.dongle.powerCut('now')
  }
  await cutAfter(20)
  await cutAfter(30)
  await cutAfter(120)
  await table.until(30)
  const [first, afterOne, afterTwo, afterSteady, ...more] = table.radioAt()
  // looking around, a rest and joining take 5 to 7 s from the radio's start on, and the program looks once a second
  expect(first).toBeLessThan(8)
  expect(afterOne).toBeGreaterThan(10)
  expect(afterOne).toBeLessThan(27)
  expect(afterTwo).toBeGreaterThan(20)
  expect(afterTwo).toBeLessThan(47)
  expect(afterSteady).toBeGreaterThan(5)
  expect(afterSteady).toBeLessThan(17)
  expect(more).toEqual([])
})

test('the LED says the most important thing that is missing', async () => {
  const table = onTheTable(chip => prepareFlash(chip, identity, config))
  await table.until(25)
  // joined, and no gateway
  expect(table.blinks().at(-1)).toBe(NO_GATEWAY + 2)
  await table.until(20)
  expect(table.blinks().at(-1)).toBe(NO_P1 + 2)
})

test('without an identity it blinks, says so again and again, and writes nothing', async () => {
  let chip: FlashChip | undefined
  const table = onTheTable(opened => {
    chip = opened
  })
  await table.until(130)
  expect(new Set(table.blinks())).toEqual(new Set([NO_IDENTITY + 2]))
  expect(table.said.map(one => one.line)).toEqual([
    expect.stringMatching(/^nrt /),
    'identity: page.missing',
    'no identity: flash and enrol this dongle',
    'no identity: flash and enrol this dongle',
  ])
  expect(chip?.operations).toBe(0)
})

test('with an identity for another map of the flash it names it, and touches nothing', async () => {
  let chip: FlashChip | undefined
  const table = onTheTable(opened => {
    chip = opened
    prepareFlash(opened, { ...identity, map: FLASH_MAP + 1 }, config)
  })
  const before = chip?.operations
  await table.until(70)
  expect(table.said.map(one => one.line)).toContain(`wrong flash map: made for ${FLASH_MAP + 1}`)
  expect(new Set(table.blinks())).toEqual(new Set([NO_IDENTITY + 2]))
  expect(chip?.operations).toBe(before)
})
