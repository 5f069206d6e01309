// What a dongle is (identity) and how it is set up (config), in flash pages of two copies each, with length, generation and
// CRC: one copy is always whole, whatever write is cut. It knows the bytes of the pages, not where the region lies.

import {
  type CborReader,
  type CborWriter,
  createReader,
  createWriter,
  finishReading,
  readArrayHead,
  readBytes,
  readText,
  readUint,
  skipItem,
  writeArrayHead,
  writeBytes,
  writeMapHead,
  writeText,
  writeUint,
  writtenBytes,
} from '../batch/cbor.ts'
import { asciiBytes } from '../envelope/crypto.ts'
import { assert } from '../kernel/assert.ts'
import { DONGLE_ID_LENGTH, isDongleId } from '../kernel/ids.ts'
import { failed, ok, type Result } from '../kernel/result.ts'
import { readBody } from './messages.ts'
import type { NorFlash } from './nor-flash.ts'

/*  page, at the start of its sector, numbers big-endian
 *    0  magic: "nrI1" identity, "nrC1" config      4  generation, u32; of two whole copies the higher one counts
 *    8  length of the content, u32                12  CRC-32 of 0 … 11 and the content
 *   16  content: a CBOR map, filled up with FF to a multiple of 4
 */
const PAGE_HEAD_BYTES = 16
const IDENTITY_MAGIC = 0x6e724931
const CONFIG_MAGIC = 0x6e724331
const CONTENT_BYTES_MAX = 1024
const NETWORKS_MAX = 4
const KEY_BYTES = 32
const SEED_POOL_BYTES = 64
const SETUP_PASSWORD_LENGTH_MAX = 63

type Crc32 = (bytes: Uint8Array) => number

/** The system region, in sectors: two copies of each page, two sectors of boot counter. */
export const SYSTEM_SECTORS = { identity: 0, config: 2, bootCounter: 4, count: 6 }

/**
 * Written once by the installer's tool. `deviceKey` 32 bytes, `seedPool` 64 bytes, epoch 1 … 255; `setupPassword` is that of the
 * dongle's own setup network (14 characters), absent on dongles flashed before there was one. Never logged.
 */
export interface Identity {
  dongleId: string
  deviceKey: Uint8Array
  epoch: number
  seedPool: Uint8Array
  setupPassword?: string
}

/**
 * At most 4 networks. host is ASCII, 1 … 64 characters; ssid (1 … 32) and password (0 … 63) are bytes, one per character, as the
 * radio wants them. port 1 … 65535, intervalS 1 … 900 seconds between batches.
 */
export interface DongleConfig {
  host: string
  port: number
  isTls: boolean
  networks: { ssid: string; password: string }[]
  intervalS: number
}

/** missing: both copies blank. damaged: neither copy whole. malformed: whole, but not what this version reads. */
export type PageFault = { code: 'page.missing' } | { code: 'page.damaged' } | { code: 'page.malformed' }

/** The page as it stands at the start of a sector, generation 1. */
function encodeIdentity(identity: Identity, crc32: Crc32): Uint8Array {
  assert(identity.deviceKey.length === KEY_BYTES, 'a device key is 32 bytes')
  assert(identity.seedPool.length === SEED_POOL_BYTES, 'a seed pool is 64 bytes')
  const writer = createWriter(CONTENT_BYTES_MAX)
  writeMapHead(writer, identity.setupPassword === undefined ? 4 : 5)
  writeUint(writer, 0)
  writeText(writer, identity.dongleId)
  writeUint(writer, 1)
  writeBytes(writer, identity.deviceKey)
  writeUint(writer, 2)
  writeUint(writer, identity.epoch)
  writeUint(writer, 3)
  writeBytes(writer, identity.seedPool)
  if (identity.setupPassword !== undefined) {
    writeUint(writer, 4)
    writeText(writer, identity.setupPassword)
  }
  return encodePage(IDENTITY_MAGIC, 1, writtenBytes(writer), crc32)
}

function encodeConfig(config: DongleConfig, crc32: Crc32): Uint8Array {
  return encodePage(CONFIG_MAGIC, 1, configContent(config), crc32)
}

export function readIdentity(system: NorFlash): Result<Identity, PageFault> {
  const page = newestPage(system, SYSTEM_SECTORS.identity, IDENTITY_MAGIC)
  if (page.content === undefined) return failed({ code: page.isBlank ? 'page.missing' : 'page.damaged' })
  const body = createReader(page.content)
  const identity: Identity = { dongleId: '', deviceKey: new Uint8Array(0), epoch: 0, seedPool: new Uint8Array(0) }
  const seen = readBody(body, 4, key => {
    if (key === 0) identity.dongleId = readText(body, DONGLE_ID_LENGTH)
    else if (key === 1) identity.deviceKey = readBytes(body, KEY_BYTES).slice()
    else if (key === 2) identity.epoch = readUint(body, 255)
    else identity.seedPool = readBytes(body, SEED_POOL_BYTES).slice()
  })
  const isWhole = identity.deviceKey.length === KEY_BYTES && identity.seedPool.length === SEED_POOL_BYTES
  const isRight = finishReading(body) && seen === 15 && isWhole && identity.epoch > 0 && isDongleId(identity.dongleId)
  return isRight ? ok(identity) : failed({ code: 'page.malformed' })
}

/** Beside readIdentity(), which leaves it out: whoever does not open the setup network need not hold it in memory. */
export function readSetupPassword(system: NorFlash): string | undefined {
  const page = newestPage(system, SYSTEM_SECTORS.identity, IDENTITY_MAGIC)
  if (page.content === undefined) return undefined
  const body = createReader(page.content)
  let password = ''
  readBody(body, 5, key => {
    if (key === 4) password = readText(body, SETUP_PASSWORD_LENGTH_MAX)
    else skipItem(body)
  })
  return finishReading(body) && password !== '' ? password : undefined
}

export function readConfig(system: NorFlash): Result<DongleConfig, PageFault> {
  const page = newestPage(system, SYSTEM_SECTORS.config, CONFIG_MAGIC)
  if (page.content === undefined) return failed({ code: page.isBlank ? 'page.missing' : 'page.damaged' })
  const body = createReader(page.content)
  const config: DongleConfig = { host: '', port: 0, isTls: false, networks: [], intervalS: 0 }
  const seen = readBody(body, 5, key => {
    if (key === 0) config.host = readText(body, 64)
    else if (key === 1) config.port = readUint(body, 65535)
    else if (key === 2) config.isTls = readUint(body, 1) === 1
    else if (key === 3) readNetworks(body, config)
    else config.intervalS = readUint(body, 900)
  })
  const isRight = finishReading(body) && seen === 31 && config.host !== '' && config.port > 0 && config.intervalS > 0
  return isRight ? ok(config) : failed({ code: 'page.malformed' })
}

/** Writes both copies, the one not in use first: a cut leaves the old config or the new one, never none. Erases two sectors. */
export function writeConfig(system: NorFlash, config: DongleConfig): void {
  const newest = newestPage(system, SYSTEM_SECTORS.config, CONFIG_MAGIC)
  const page = encodePage(CONFIG_MAGIC, newest.generation + 1, configContent(config), bytes => system.crc32(bytes))
  const other = SYSTEM_SECTORS.config + (newest.sector === SYSTEM_SECTORS.config ? 1 : 0)
  writePage(system, other, page)
  writePage(system, newest.sector, page)
}

/** A fresh system region: identity and config in both copies, the boot counter blank. SYSTEM_SECTORS.count sectors of 4096 bytes. */
export function systemImage(identity: Identity, config: DongleConfig, crc32: Crc32): Uint8Array {
  const image = new Uint8Array(SYSTEM_SECTORS.count * 4096)
  image.fill(255)
  const identityPage = encodeIdentity(identity, crc32)
  const configPage = encodeConfig(config, crc32)
  for (let copy = 0; copy < 2; copy++) {
    image.set(identityPage, (SYSTEM_SECTORS.identity + copy) * 4096)
    image.set(configPage, (SYSTEM_SECTORS.config + copy) * 4096)
  }
  return image
}

function configContent(config: DongleConfig): Uint8Array {
  assert(config.networks.length <= NETWORKS_MAX, 'a config has at most 4 networks')
  const writer = createWriter(CONTENT_BYTES_MAX)
  writeMapHead(writer, 5)
  writeUint(writer, 0)
  writeText(writer, config.host)
  writeUint(writer, 1)
  writeUint(writer, config.port)
  writeUint(writer, 2)
  writeUint(writer, config.isTls ? 1 : 0)
  writeUint(writer, 3)
  writeArrayHead(writer, config.networks.length)
  for (let i = 0; i < config.networks.length; i++) writeNetwork(writer, config, i)
  writeUint(writer, 4)
  writeUint(writer, config.intervalS)
  return writtenBytes(writer)
}

function writeNetwork(writer: CborWriter, config: DongleConfig, i: number): void {
  const network = config.networks[i] as { ssid: string; password: string }
  writeArrayHead(writer, 2)
  writeBytes(writer, asciiBytes(network.ssid))
  writeBytes(writer, asciiBytes(network.password))
}

function readNetworks(body: CborReader, config: DongleConfig): void {
  const count = readArrayHead(body, NETWORKS_MAX)
  for (let i = 0; i < count && body.fault === ''; i++) {
    readArrayHead(body, 2)
    const ssid = textOf(readBytes(body, 32))
    config.networks.push({ ssid: ssid, password: textOf(readBytes(body, 63)) })
  }
}

function textOf(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}

function encodePage(magic: number, generation: number, content: Uint8Array, crc32: Crc32): Uint8Array {
  const page = new Uint8Array(PAGE_HEAD_BYTES + ((content.length + 3) & -4))
  page.fill(255)
  const view = new DataView(page.buffer)
  view.setUint32(0, magic)
  view.setUint32(4, generation)
  view.setUint32(8, content.length)
  view.setUint32(12, pageCrc(page, content, crc32))
  page.set(content, PAGE_HEAD_BYTES)
  return page
}

// Of the head's first 12 bytes and the content.
function pageCrc(head: Uint8Array, content: Uint8Array, crc32: Crc32): number {
  const covered = new Uint8Array(12 + content.length)
  covered.set(head.subarray(0, 12))
  covered.set(content, 12)
  return crc32(covered)
}

function writePage(system: NorFlash, sector: number, page: Uint8Array): void {
  system.erase(sector)
  system.write(sector * system.sectorBytes, page)
}

interface NewestPage {
  sector: number
  generation: number
  content: Uint8Array | undefined
  /** Neither copy was ever written. */
  isBlank: boolean
}

// The whole copy of the highest generation; without one, generation 0 and no content.
function newestPage(system: NorFlash, firstSector: number, magic: number): NewestPage {
  const newest: NewestPage = { sector: firstSector + 1, generation: 0, content: undefined, isBlank: true }
  for (let sector = firstSector; sector < firstSector + 2; sector++) {
    const head = system.read(sector * system.sectorBytes, PAGE_HEAD_BYTES)
    const view = new DataView(head.buffer, head.byteOffset, head.length)
    for (let i = 0; i < head.length; i++) if (head[i] !== 255) newest.isBlank = false
    const length = view.getUint32(8)
    const generation = view.getUint32(4)
    if (view.getUint32(0) !== magic || length > CONTENT_BYTES_MAX || generation <= newest.generation) continue
    const at = sector * system.sectorBytes + PAGE_HEAD_BYTES
    const content = system.read(at, (length + 3) & -4).slice(0, length)
    if (view.getUint32(12) !== pageCrc(head, content, bytes => system.crc32(bytes))) continue
    newest.sector = sector
    newest.generation = generation
    newest.content = content
  }
  return newest
}
