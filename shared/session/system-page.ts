// What a dongle is (identity) and how it is set up (config), in flash pages of two copies each, with length, generation and
// CRC: one copy is always whole, whatever write is cut. A new page may be on trial: it lies beside the good one, has a few starts
// to prove itself, and is then settled into both copies or given back. It knows the bytes of the pages, not where the region lies.

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
  UINT_MAX,
  writeArrayHead,
  writeBytes,
  writeMapHead,
  writeText,
  writeUint,
  writtenBytes,
} from '../batch/cbor.ts'
import { asciiBytes } from '../envelope/crypto.ts'
import { assert } from '../kernel/assert.ts'
import { DONGLE_ID_LENGTH } from '../kernel/ids.ts'
import { failed, ok, type Result } from '../kernel/result.ts'
import { readBody } from './messages.ts'
import type { NorFlash } from './nor-flash.ts'
import { binaryText } from './order.ts'

/*  page, at the start of its sector, numbers big-endian
 *    0  magic: "nrI1" identity, "nrC1" config; "nri1", "nrc1" on trial
 *    4  generation, u32; of two whole copies the higher one counts
 *    8  length of the content, u32                12  CRC-32 of 0 … 11 and the content
 *   16  content: a CBOR map, filled up with FF to a multiple of 4
 * 4088  8 bytes, one of which goes to 00 at each start on trial
 */
const PAGE_HEAD_BYTES = 16
const TRIAL = 0x2000
const TRIES = 8
const CONTENT_BYTES_MAX = 1024
const NETWORKS_MAX = 4
const KEY_BYTES = 32
const SEED_POOL_BYTES = 64
const SETUP_PASSWORD_LENGTH_MAX = 63

/** The kinds of pages, by their magic. The copies lie in an even sector and the next. */
export const IDENTITY_PAGE = 0x6e724931
export const CONFIG_PAGE = 0x6e724331

type Crc32 = (bytes: Uint8Array) => number

/** The system region, in sectors: two copies of each page, two sectors of boot counter. */
export const SYSTEM_SECTORS = { identity: 0, config: 2, bootCounter: 4, count: 6 }

/**
/**
 * Written by the installer's tool, and by a rotation (key and epoch). `deviceKey` 32 bytes, `seedPool` 64 bytes, epoch 1 … 255. `map`: which
 * partition of the flash the tool made (FLASH_MAP of the firmware), 1 where it is absent; `setupPassword` that of the dongle's own setup
 * network (14 characters), absent on dongles flashed before there was one. Never logged.
 */
export interface Identity {
  dongleId: string
  deviceKey: Uint8Array
  epoch: number
  seedPool: Uint8Array
  map?: number
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
  /** Where TLS was asked for and the memory is short: the port of a listener without it. Absent: then there is no connection. */
  plainPort?: number
  /** Which fields of a reading are kept, a bit each as in shared/reading/fields.ts; 0 or absent: all. */
  fields?: number
  /** 1: nothing is uploaded. */
  stopped?: number
  /** Number of the last order that changed a page, and what became of it (its place in COMMAND_OUTCOMES). */
  order?: number
  outcome?: number
  /** 1: readings are to be erased before anything else is done. */
  wipe?: number
}

/** The numbers of a config are its keys from 4 on: append only. In a list and not by their names, so that the bundle may shorten those. */
type ConfigNumbers = (number | undefined)[]
const CONFIG_NUMBERS = 7

/** Keys that only a page has: an order may not set them. */
export const CONFIG_ORDER_KEYS = 255
/** Keys that may cut the dongle off when they are wrong: what changes them is on trial. */
export const CONFIG_TRIAL_KEYS = 47

/** missing: both copies blank. damaged: neither copy whole. malformed: whole, but not what this version reads. */
export type PageFault = { code: 'page.missing' } | { code: 'page.damaged' } | { code: 'page.malformed' }

/** What goes into an identity page. */
export function identityContent(identity: Identity): Uint8Array {
  assert(identity.deviceKey.length === KEY_BYTES, 'a device key is 32 bytes')
  assert(identity.seedPool.length === SEED_POOL_BYTES, 'a seed pool is 64 bytes')
  const writer = createWriter(CONTENT_BYTES_MAX)
  writeMapHead(writer, 4 + (identity.map === undefined ? 0 : 1) + (identity.setupPassword === undefined ? 0 : 1))
  writeUint(writer, 0)
  writeText(writer, identity.dongleId)
  writeUint(writer, 1)
  writeBytes(writer, identity.deviceKey)
  writeUint(writer, 2)
  writeUint(writer, identity.epoch)
  writeUint(writer, 3)
  writeBytes(writer, identity.seedPool)
  if (identity.map !== undefined) {
    writeUint(writer, 4)
    writeUint(writer, identity.map)
  }
  if (identity.setupPassword !== undefined) {
    writeUint(writer, 5)
    writeText(writer, identity.setupPassword)
  }
  return writtenBytes(writer)
}

export function readIdentity(system: NorFlash): Result<Identity, PageFault> {
  const page = readPages(system, IDENTITY_PAGE)
  if (page.content === undefined) return failed({ code: page.isBlank ? 'page.missing' : 'page.damaged' })
  const body = createReader(page.content)
  const none = new Uint8Array(0)
  const identity: Identity = { dongleId: '', deviceKey: none, epoch: 0, seedPool: none }
  const seen = readBody(body, 6, key => {
    if (key === 0) identity.dongleId = readText(body, DONGLE_ID_LENGTH)
    else if (key === 1) identity.deviceKey = readBytes(body, KEY_BYTES).slice()
    else if (key === 2) identity.epoch = readUint(body, 255)
    else if (key === 3) identity.seedPool = readBytes(body, SEED_POOL_BYTES).slice()
    else if (key === 4) identity.map = readUint(body, 255)
    else identity.setupPassword = readText(body, SETUP_PASSWORD_LENGTH_MAX)
  })
  const isWhole = identity.deviceKey.length === KEY_BYTES && identity.seedPool.length === SEED_POOL_BYTES
  const isRight = finishReading(body) && (seen & 15) === 15 && isWhole && identity.epoch > 0
  return isRight && identity.dongleId.length === DONGLE_ID_LENGTH ? ok(identity) : failed({ code: 'page.malformed' })
}

export function readConfig(system: NorFlash): Result<DongleConfig, PageFault> {
  const page = readPages(system, CONFIG_PAGE)
  if (page.content === undefined) return failed({ code: page.isBlank ? 'page.missing' : 'page.damaged' })
  const config: DongleConfig = { host: '', port: 0, isTls: false, networks: [], intervalS: 0 }
  return (takeConfig(page.content, config) & 31) === 31 ? ok(config) : failed({ code: 'page.malformed' })
}

/** Takes what `content`, a map of a config page or a part of one, says into `config`. Gives a bit mask of its keys; 0 when it is malformed or out of range. */
export function takeConfig(content: Uint8Array, config: DongleConfig): number {
  const body = createReader(content)
  const numbers = numbersOf(config)
  const seen = readBody(body, 4 + CONFIG_NUMBERS, key => {
    if (key === 0) config.host = readText(body, 64)
    else if (key === 1) config.port = readUint(body, 65535)
    else if (key === 2) config.isTls = readUint(body, 1) === 1
    else if (key === 3) readNetworks(body, config)
    else numbers[key - 4] = readUint(body, key === 4 ? 900 : key === 5 ? 65535 : UINT_MAX)
  })
  config.intervalS = numbers[0] as number
  config.plainPort = numbers[1]
  config.fields = numbers[2]
  config.stopped = numbers[3]
  config.order = numbers[4]
  config.outcome = numbers[5]
  config.wipe = numbers[6]
  const isRight = finishReading(body) && config.host !== '' && config.port > 0 && config.intervalS > 0
  return isRight ? seen : 0
}

/** Keeps `content` for good, in both copies, the one not in use first: a cut leaves the old page or the new one, never none. Erases two sectors. False: the memory did not take it. */
export function writeBoth(system: NorFlash, kind: number, content: Uint8Array): boolean {
  const pages = readPages(system, kind)
  const page = encodePage(kind, pages.generation + 1, content, system)
  return writePage(system, pages.sector ^ 1, page) && writePage(system, pages.sector, page)
}

export function writeConfig(system: NorFlash, config: DongleConfig): boolean {
  return writeBoth(system, CONFIG_PAGE, configContent(config))
}

/** Puts `content` on trial beside the good page, which stays as it is. False: the memory did not take it. */
export function writeTrial(system: NorFlash, kind: number, content: Uint8Array): boolean {
  const pages = readPages(system, kind)
  const sector = isOnTrial(pages) ? pages.sector : pages.sector ^ 1
  return writePage(system, sector, encodePage(kind | TRIAL, pages.generation + 1, content, system))
}

/** At a start, before the page is read: true when it is on trial. Takes one try off; without any left the good page is put back. */
export function beginTrial(system: NorFlash, kind: number): boolean {
  const pages = readPages(system, kind)
  if (!isOnTrial(pages)) return false
  const at = (pages.sector + 1) * system.sectorBytes - TRIES
  const tries = system.read(at, TRIES)
  for (let i = 0; i < TRIES; i++) {
    if (tries[i] === 0) continue
    tries[i] = 0
    system.write(at, tries)
    return true
  }
  giveBack(system, kind)
  return false
}

/** Ends a trial, if there is one: what was good before is so again, as it was. */
export function giveBack(system: NorFlash, kind: number): void {
  const pages = readPages(system, kind)
  // Over the page on trial: the good one is not touched.
  if (isOnTrial(pages)) {
    writePage(system, pages.sector, encodePage(kind, pages.generation + 1, pages.before as Uint8Array, system))
  }
}

/** A fresh system region: identity and config in both copies, the boot counter blank. SYSTEM_SECTORS.count sectors of 4096 bytes. */
export function systemImage(identity: Identity, config: DongleConfig, crc32: Crc32): Uint8Array {
  const image = new Uint8Array(SYSTEM_SECTORS.count * 4096)
  image.fill(255)
  const identityPage = encodePage(IDENTITY_PAGE, 1, identityContent(identity), { crc32 })
  const configPage = encodePage(CONFIG_PAGE, 1, configContent(config), { crc32 })
  for (let copy = 0; copy < 2; copy++) {
    image.set(identityPage, (SYSTEM_SECTORS.identity + copy) * 4096)
    image.set(configPage, (SYSTEM_SECTORS.config + copy) * 4096)
  }
  return image
}

/** What goes into a config page. */
export function configContent(config: DongleConfig): Uint8Array {
  assert(config.networks.length <= NETWORKS_MAX, 'a config has at most 4 networks')
  const numbers = numbersOf(config)
  let count = 4
  for (let i = 0; i < CONFIG_NUMBERS; i++) if (numbers[i]) count++
  const writer = createWriter(CONTENT_BYTES_MAX)
  writeMapHead(writer, count)
  writeUint(writer, 0)
  writeText(writer, config.host)
  writeUint(writer, 1)
  writeUint(writer, config.port)
  writeUint(writer, 2)
  writeUint(writer, config.isTls ? 1 : 0)
  writeUint(writer, 3)
  writeArrayHead(writer, config.networks.length)
  for (let i = 0; i < config.networks.length; i++) writeNetwork(writer, config, i)
  for (let i = 0; i < CONFIG_NUMBERS; i++) {
    const value = numbers[i]
    if (!value) continue
    writeUint(writer, 4 + i)
    writeUint(writer, value)
  }
  return writtenBytes(writer)
}

function numbersOf(config: DongleConfig): ConfigNumbers {
  return [config.intervalS, config.plainPort, config.fields, config.stopped, config.order, config.outcome, config.wipe]
}

function writeNetwork(writer: CborWriter, config: DongleConfig, i: number): void {
  const network = config.networks[i] as { ssid: string; password: string }
  writeArrayHead(writer, 2)
  writeBytes(writer, asciiBytes(network.ssid))
  writeBytes(writer, asciiBytes(network.password))
}

function readNetworks(body: CborReader, config: DongleConfig): void {
  const count = readArrayHead(body, NETWORKS_MAX)
  config.networks = []
  for (let i = 0; i < count && body.fault === ''; i++) {
    readArrayHead(body, 2)
    const ssid = binaryText(readBytes(body, 32))
    config.networks.push({ ssid: ssid, password: binaryText(readBytes(body, 63)) })
  }
}

function encodePage(magic: number, generation: number, content: Uint8Array, flash: { crc32: Crc32 }): Uint8Array {
  const page = new Uint8Array(PAGE_HEAD_BYTES + ((content.length + 3) & -4))
  page.fill(255)
  const view = new DataView(page.buffer)
  view.setUint32(0, magic)
  view.setUint32(4, generation)
  view.setUint32(8, content.length)
  view.setUint32(12, pageCrc(page, content, flash))
  page.set(content, PAGE_HEAD_BYTES)
  return page
}

// Of the head's first 12 bytes and the content.
function pageCrc(head: Uint8Array, content: Uint8Array, flash: { crc32: Crc32 }): number {
  const covered = new Uint8Array(12 + content.length)
  covered.set(head.subarray(0, 12))
  covered.set(content, 12)
  return flash.crc32(covered)
}

// Reads back what it wrote: a worn-out sector is found out here and not at the next start.
function writePage(system: NorFlash, sector: number, page: Uint8Array): boolean {
  const at = sector * system.sectorBytes
  system.erase(sector)
  system.write(at, page)
  return system.crc32(system.read(at, page.length)) === system.crc32(page)
}

interface Pages {
  /** The whole copy of the highest generation; without one, generation 0 and no content. */
  sector: number
  generation: number
  content: Uint8Array | undefined
  hasTrialMark: boolean
  /** The other copy, where it is whole too. */
  before: Uint8Array | undefined
  /** Neither copy was ever written. */
  isBlank: boolean
}

// Without a good page to go back to, a page on trial is as good as any.
function isOnTrial(pages: Pages): boolean {
  return pages.hasTrialMark && pages.before !== undefined
}

function readPages(system: NorFlash, kind: number): Pages {
  const first = kind === IDENTITY_PAGE ? SYSTEM_SECTORS.identity : SYSTEM_SECTORS.config
  const pages: Pages = {
    sector: first + 1,
    generation: 0,
    content: undefined,
    hasTrialMark: false,
    before: undefined,
    isBlank: true,
  }
  for (let sector = first; sector < first + 2; sector++) {
    const head = system.read(sector * system.sectorBytes, PAGE_HEAD_BYTES)
    const view = new DataView(head.buffer, head.byteOffset, head.length)
    for (let i = 0; i < head.length; i++) if (head[i] !== 255) pages.isBlank = false
    const magic = view.getUint32(0)
    const length = view.getUint32(8)
    const generation = view.getUint32(4)
    const isMarked = magic === (kind | TRIAL)
    if ((magic !== kind && !isMarked) || length > CONTENT_BYTES_MAX || generation === 0) continue
    const at = sector * system.sectorBytes + PAGE_HEAD_BYTES
    const content = system.read(at, (length + 3) & -4).slice(0, length)
    if (view.getUint32(12) !== pageCrc(head, content, system)) continue
    if (generation > pages.generation) {
      pages.before = pages.content
      pages.content = content
      pages.sector = sector
      pages.generation = generation
      pages.hasTrialMark = isMarked
    } else pages.before = content
  }
  return pages
}
