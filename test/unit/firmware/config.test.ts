// flash.config.json says where things lie, firmware/config.ts carries the numbers in the bundle: they must not part.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as built from '../../../firmware/config.ts'
import { SYSTEM_SECTORS } from '../../../shared/session/system-page.ts'
import { PROGRAM_BYTES_MAX } from '../../../shared/update/manifest.ts'
import { SLOT_SECTORS } from '../../../shared/update/slots.ts'

const project = new URL('../../../', import.meta.url)
const config = JSON.parse(readFileSync(new URL('flash.config.json', project), 'utf8'))
const region = (name: string) => {
  const { at, kB } = config.flash.regions[name] as { at: string; kB: number }
  return { at: Number(at), bytes: kB * 1024 }
}

test('the bundle uses the regions of flash.config.json', () => {
  expect(config.flash.sectorBytes).toBe(built.SECTOR_BYTES)
  expect(config.flash.map).toBe(built.FLASH_MAP)
  expect(region('readings')).toEqual({ at: built.POOL_AT, bytes: built.POOL_SECTORS * built.SECTOR_BYTES })
  expect(region('system')).toEqual({ at: built.SYSTEM_AT, bytes: built.SYSTEM_SECTORS * built.SECTOR_BYTES })
  expect(region('journal')).toEqual({ at: built.JOURNAL_AT, bytes: built.JOURNAL_SECTORS * built.SECTOR_BYTES })
  expect(built.SYSTEM_SECTORS).toBe(SYSTEM_SECTORS.count)
})

test('docs/hardware.md shows the regions and slots of flash.config.json, each once, with its sectors', () => {
  const hardware = readFileSync(new URL('docs/hardware.md', project), 'utf8')
  const rows = [...hardware.matchAll(/^\| 0x(\w+) \| (\d+) \| (\d+) \| (?:`(\w+)`|\((slot \d)\)) \|/gm)]
  const shown = rows.map(([, at, kB, sectors, area, slot]) => {
    expect([area ?? slot, Number(sectors)]).toEqual([area ?? slot, (Number(kB) * 1024) / built.SECTOR_BYTES])
    return [area ?? slot, Number.parseInt(at as string, 16), Number(kB) * 1024]
  })
  const slotBytes = SLOT_SECTORS * built.SECTOR_BYTES
  expect(shown).toEqual([
    ...Object.keys(config.flash.regions).map(name => [name, region(name).at, region(name).bytes]),
    ...config.flash.slots.map((at: string, i: number) => [`slot ${i}`, Number(at), slotBytes]),
  ])
})

test('regions lie apart, on sectors, and inside what the engine leaves free', () => {
  const free = [
    { at: 0x190000, end: 0x310000 }, // partition ota_0
    { at: 0x310000, end: 0x320000 }, // partition "flash data"
    { at: 0x320000, end: 0x400000 }, // Storage
  ]
  const regions = Object.keys(config.flash.regions).map(region)
  for (const { at, bytes } of regions) {
    expect([at % 4096, bytes % 4096]).toEqual([0, 0])
    expect(free.some(area => at >= area.at && at + bytes <= area.end)).toBe(true)
    expect(regions.filter(other => other.at < at + bytes && at < other.at + other.bytes)).toHaveLength(1)
  }
})

test('the slots lie inside the partition that the engine can run code from, and hold the longest program', () => {
  const slots = config.flash.slots.map(Number)
  const storage = region('storage')
  expect(slots).toEqual(built.SLOTS_AT)
  expect(slots[1] - slots[0]).toBe(SLOT_SECTORS * built.SECTOR_BYTES)
  expect(PROGRAM_BYTES_MAX).toBe((SLOT_SECTORS - 1) * built.SECTOR_BYTES)
  expect(slots[0]).toBeGreaterThan(storage.at)
  expect(slots[1] + SLOT_SECTORS * built.SECTOR_BYTES).toBeLessThanOrEqual(storage.at + storage.bytes)
  expect(built.BOARD).toBe(config.board)
})

test('the bundle listens at the pins and the speed of flash.config.json', () => {
  const main = readFileSync(new URL('firmware/main.ts', project), 'utf8')
  expect(main).toContain(`openP1Port(${config.p1.port}, ${config.p1.rx}, ${config.p1.tx},`)
  expect(main).toContain(`digitalWrite(${config.p1.request}, 1)`)
  expect(built.P1_BAUD).toBe(config.p1.baud)
})

test('the version in the bundle is the one of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('package.json', project), 'utf8'))
  expect(built.FIRMWARE_VERSION).toBe(version)
})
