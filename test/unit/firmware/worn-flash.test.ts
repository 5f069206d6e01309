// The whole bundle on flash that is worn out: sectors that take no erase any more, or no write, wherever its own state lies. It stays alive,
// reads its meter, and counts what it could not keep.

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
    const kept = parseInt(
      said
        .match(/^batch kept: \d+/gm)
        ?.at(-1)
        ?.slice(12) ?? '0',
      10,
    )
    expect(kept).toBeGreaterThanOrEqual(keptLeast)
    if (keptLeast === 0) expect(kept).toBe(0)
    // telegrams read in the second life
    expect(
      said
        .match(/^now: .*$/gm)
        ?.at(-1)
        ?.split(',')[7],
    ).toMatch(/^[34]\d$/)
  }
})
