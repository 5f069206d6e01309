// The whole bundle on flash that is not as it should be: sectors that take no erase any more, or no write, wherever its own state lies;
// configurations that nobody in their right mind would make; rubbish. It stays alive, reads its meter, and counts what it could not keep.

import { expect, test } from 'vitest'
import {
  JOURNAL_AT,
  JOURNAL_SECTORS,
  POOL_AT,
  POOL_SECTORS,
  SECTOR_BYTES,
  SYSTEM_AT,
  SYSTEM_SECTORS,
} from '../../../firmware/config.ts'
import { type DongleEvent, openVirtualDongle } from '../../../firmware/host/dongle.ts'
import type { FlashChip } from '../../../firmware/host/flash.ts'
import { createHousehold } from '../../../firmware/host/household.ts'
import { telegramText } from '../../../firmware/host/meter.ts'
import { prepareFlash } from '../../../firmware/host/prepare-flash.ts'
import { seededRandom } from '../../../shared/kernel/random.ts'
import type { DongleConfig } from '../../../shared/session/system-page.ts'
import { builtBefore, endedAfterEach } from '../../support/machines.ts'
import { identityOf } from '../../support/scripted-dongle.ts'
import { openSteppedClock } from '../../support/stepped-clock.ts'

const START_S = 1_790_000_000
const identity = { ...identityOf(5), seedPool: new Uint8Array(64).fill(3) }
const config = {
  host: '127.0.0.1',
  port: 1,
  isTls: false,
  networks: [{ ssid: 'home', password: 'password' }],
  intervalS: 10,
}
const firmware = builtBefore()
const opened = endedAfterEach()

type IsWorn = (sector: number) => boolean
const between =
  (at: number, sectors: number): IsWorn =>
  sector =>
    sector >= at / SECTOR_BYTES && sector < at / SECTOR_BYTES + sectors

/** From now on what `isWorn` says stays as it is; `keepsErases`: erased it can be, and then takes nothing. */
function wear(chip: FlashChip, isWorn: IsWorn, keepsErases: boolean): void {
  const { write, erasePage } = chip
  chip.write = (at, data) => (isWorn(Math.floor(at / SECTOR_BYTES)) ? undefined : write(at, data))
  chip.erasePage = at => (!keepsErases && isWorn(Math.floor(at / SECTOR_BYTES)) ? undefined : erasePage(at))
}

/** What the last line of this form says. */
const lastOf = (said: string, form: RegExp): string | undefined => [...said.matchAll(form)].at(-1)?.[1]
/** Telegrams read since the last start. */
const telegramsOf = (said: string): string | undefined => lastOf(said, /^now: (.*)$/gm)?.split(',')[7]

async function live(prepare: (chip: FlashChip) => void) {
  const clock = openSteppedClock()
  const lines: string[] = []
  let boots = 0
  let feed: (bytes: Uint8Array) => void = () => {}
  const dongle = openVirtualDongle({
    clock,
    bundle: { code: firmware.code, filename: 'nrt.js' },
    prepare,
    openLine: into => {
      feed = into
      return { setNoise: () => {}, stop: () => {} }
    },
    tell: (event: DongleEvent) => {
      if (event.event === 'boot') boots++
      if (event.event === 'print') lines.push(event.line)
    },
  })
  opened.push({ stop: clock.stop }, dongle)
  const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  let n = 0
  const seconds = async (count: number): Promise<void> => {
    for (const end = n + count; n < end; n++) {
      feed(Buffer.from(telegramText('fluvius', household.next(START_S + n)), 'latin1'))
      await new Promise<void>(resolve => clock.after(1000, () => resolve()))
    }
  }
  return { dongle, lines, seconds, boots: () => boots }
}

/** Batches in the ring in the end, of some ten. */
const PLACES: [string, IsWorn, number][] = [
  ['all readings', between(POOL_AT, POOL_SECTORS), 0],
  ['half of the readings', sector => between(POOL_AT, POOL_SECTORS)(sector) && sector % 2 === 0, 9],
  ['the journal', between(JOURNAL_AT, JOURNAL_SECTORS), 9],
  ['identity, configuration and boot counter', between(SYSTEM_AT, SYSTEM_SECTORS), 9],
  ['everything', () => true, 0],
]

test.each(PLACES)('worn out: %s', async (_name, isWorn, keptLeast) => {
  for (const keepsErases of [true, false]) {
    const table = await live(chip => {
      prepareFlash(chip, identity, config)
      wear(chip, isWorn, keepsErases)
    })
    await table.seconds(45)
    table.dongle.reboot()
    await table.seconds(45)
    const said = table.lines.join('\n')
    expect(said).not.toMatch(/Uncaught|error|memory/)
    expect(table.boots()).toBe(2)
    const kept = Number(lastOf(said, /^batch kept: (\d+)/gm) ?? '0')
    expect(kept).toBeGreaterThanOrEqual(keptLeast)
    if (keptLeast === 0) expect(kept).toBe(0)
    // telegrams read in the second life
    expect(telegramsOf(said)).toMatch(/^[34]\d$/)
  }
})

const LONG = 'x'.repeat(64)
const CONFIGS: [string, Partial<DongleConfig>][] = [
  ['a host of dots', { host: '.' }],
  ['a host that is no address', { host: '999.999.999.999' }],
  ['the longest name', { host: LONG, port: 65_535 }],
  ['a host with spaces and signs', { host: 'a b\r\n"%s' }],
  ['no network', { networks: [] }],
  ['networks without names', { networks: Array.from({ length: 4 }, () => ({ ssid: '', password: '' })) }],
  [
    'networks of any bytes',
    { networks: Array.from({ length: 4 }, () => ({ ssid: '\x00\xff'.repeat(16), password: '\x80'.repeat(63) })) },
  ],
  ['TLS, and the plain port is the same', { isTls: true, plainPort: 1 }],
  ['fields that no reading has', { fields: 1 << 29 }],
  ['one field', { fields: 4 }],
  ['the longest interval', { intervalS: 900 }],
  ['the shortest interval', { intervalS: 1 }],
  ['an order without end', { order: 2 ** 53 - 1, outcome: 250 }],
  ['stopped for good', { stopped: 1 }],
]

test.each(CONFIGS)('configured: %s', async (_name, changes) => {
  const table = await live(chip => prepareFlash(chip, identity, { ...config, ...changes }))
  await table.seconds(90)
  const said = table.lines.join('\n')
  expect(said).not.toMatch(/Uncaught|error|memory|identity|config:/)
  expect(table.boots()).toBe(1)
  expect(telegramsOf(said)).toMatch(/^[78]\d$/)
})

test('rubbish wherever readings and journal lie: it starts over it and keeps what it reads', async () => {
  const random = seededRandom(11)
  const table = await live(chip => {
    prepareFlash(chip, identity, config)
    for (const [at, sectors] of [
      [POOL_AT, POOL_SECTORS],
      [JOURNAL_AT, JOURNAL_SECTORS],
    ] as const)
      chip.write(
        at,
        Uint8Array.from({ length: sectors * SECTOR_BYTES }, () => random.uint32() >>> 24),
      )
  })
  await table.seconds(60)
  const said = table.lines.join('\n')
  expect(said).not.toMatch(/Uncaught|error|memory/)
  expect(said).toMatch(/^batch kept: [1-9]/m)
})
