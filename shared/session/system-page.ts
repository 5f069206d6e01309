// What a dongle is (identity) and how it is set up (config), in flash pages of two copies each, with length, generation and
// CRC: one copy is always whole, whatever write is cut. It knows the bytes of the pages, not where the region lies.

import { assert } from '../kernel/assert.ts'
import type { Result } from '../kernel/result.ts'
import type { NorFlash } from './nor-flash.ts'

/** The system region, in sectors: two copies of each page, two sectors of boot counter. */
export const SYSTEM_SECTORS = { identity: 0, config: 2, bootCounter: 4, count: 6 }

/** Written once by the installer's tool. `deviceKey` 32 bytes, `seedPool` 64 bytes, epoch 1 … 255. Never logged. */
export interface Identity {
  dongleId: string
  deviceKey: Uint8Array
  epoch: number
  seedPool: Uint8Array
}

/** At most 4 networks; ASCII texts, ssid <= 32, password <= 63, host <= 64 characters. intervalS 1 … 900. */
export interface DongleConfig {
  host: string
  port: number
  isTls: boolean
  networks: { ssid: string; password: string }[]
  intervalS: number
}

/** missing: both copies blank. damaged: neither copy whole. malformed: whole, but not what this version reads. */
export type PageFault = { code: 'page.missing' } | { code: 'page.damaged' } | { code: 'page.malformed' }

/** The page's bytes as they stand at the start of a sector, generation 1: what the installer's tool flashes, twice. */
export function encodeIdentity(identity: Identity, crc32: (bytes: Uint8Array) => number): Uint8Array {
  assert(false, 'soon')
}

export function encodeConfig(config: DongleConfig, crc32: (bytes: Uint8Array) => number): Uint8Array {
  assert(false, 'soon')
}

export function readIdentity(system: NorFlash): Result<Identity, PageFault> {
  assert(false, 'soon')
}

export function readConfig(system: NorFlash): Result<DongleConfig, PageFault> {
  assert(false, 'soon')
}

/** Writes both copies, the one not in use first: a cut leaves the old config or the new one, never none. Erases two sectors. */
export function writeConfig(system: NorFlash, config: DongleConfig): void {
  assert(false, 'soon')
}

/** A fresh system region: identity and config in both copies, the boot counter blank. SYSTEM_SECTORS.count sectors of 4096 bytes. */
export function systemImage(
  identity: Identity,
  config: DongleConfig,
  crc32: (bytes: Uint8Array) => number,
): Uint8Array {
  assert(false, 'soon')
}
