// What the installer's tool does to a real dongle's flash before it leaves the table: identity and configuration into a blank
// system region. Here it is done on the way to the first boot. An identity that is there already is never replaced.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { PLAIN_PACKING } from '../../shared/kernel/plain-packing.ts'
import type { NorFlash } from '../../shared/session/nor-flash.ts'
import {
  type DongleConfig,
  type Identity,
  readConfig,
  readIdentity,
  SYSTEM_SECTORS,
  systemImage,
  writeConfig,
} from '../../shared/session/system-page.ts'
import { type Programs, programImage } from '../../shared/update/program-image.ts'
import { SLOTS_AT, SYSTEM_AT } from '../config.ts'
import { type FlashChip, PAGE_BYTES } from './flash.ts'
import { STORAGE_AT } from './storage.ts'

/** The system region of a chip as the shared code sees flash. */
function systemRegion(chip: FlashChip): NorFlash {
  return {
    sectorBytes: PAGE_BYTES,
    sectorCount: SYSTEM_SECTORS.count,
    read: (at, length) => chip.read(SYSTEM_AT + at, length),
    write: (at, bytes) => chip.write(SYSTEM_AT + at, bytes),
    erase: sector => chip.erasePage(SYSTEM_AT + sector * PAGE_BYTES),
    crc32: bytes => crc32(bytes),
    packing: PLAIN_PACKING,
  }
}

/** A file as `nrt enrol` leaves it: {dongleId, deviceKeyHex, epoch, seedPoolHex}. Throws what reading and JSON throw. */
export function readIdentityFile(path: string): Identity {
  const file = JSON.parse(readFileSync(path, 'utf8')) as {
    dongleId: string
    deviceKeyHex: string
    epoch: number
    seedPoolHex: string
  }
  return {
    dongleId: file.dongleId,
    deviceKey: new Uint8Array(Buffer.from(file.deviceKeyHex, 'hex')),
    epoch: file.epoch,
    seedPool: new Uint8Array(Buffer.from(file.seedPoolHex, 'hex')),
  }
}

const isSame = (a: DongleConfig, b: DongleConfig): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * Makes the chip ready to boot: writes both pages into a blank region, or only the configuration where it is another one
 * than asked for. Says what it did.
 */
export function prepareFlash(
  chip: FlashChip,
  identity: Identity | undefined,
  config: DongleConfig,
): 'written' | 'configured' | 'kept' | 'no-identity' {
  const system = systemRegion(chip)
  if (!readIdentity(system).ok) {
    if (!identity) return 'no-identity'
    for (let sector = 0; sector < SYSTEM_SECTORS.count; sector++) system.erase(sector)
    const image = systemImage(identity, config, bytes => crc32(bytes))
    for (let at = 0; at < image.length; at += PAGE_BYTES) system.write(at, image.subarray(at, at + PAGE_BYTES))
    return 'written'
  }
  const present = readConfig(system)
  if (present.ok && isSame(present.value, config)) return 'kept'
  writeConfig(system, config)
  return 'configured'
}

/** What the tool does with the programs: loader, rescue program and both slots into a blank Storage. Its `sha256` is made here. Throws when they do not fit. */
export function prepareProgram(chip: FlashChip, programs: Omit<Programs, 'sha256'>): void {
  const sha256 = new Uint8Array(createHash('sha256').update(programs.program).digest())
  const parts = programImage({ ...programs, sha256 }, STORAGE_AT, SLOTS_AT, bytes => crc32(bytes))
  if (parts === undefined) throw new Error('the programs do not fit into their places')
  for (const { at, data } of parts) {
    for (let from = 0; from < data.length; from += PAGE_BYTES) {
      chip.erasePage(at + from)
      chip.write(at + from, data.subarray(from, from + PAGE_BYTES))
    }
  }
}
