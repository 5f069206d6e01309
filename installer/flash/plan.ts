// Which bytes a finished dongle has in its flash, from what it is made of and what is on the chip. Pure: the plan covers the whole
// chip, so nothing of a former use stays; an identity that is there and good is never touched, nor is its boot counter.

import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { isDongleId } from '../../shared/kernel/ids.ts'
import { PLAIN_PACKING } from '../../shared/kernel/plain-packing.ts'
import type { NorFlash } from '../../shared/session/nor-flash.ts'
import {
  type DongleConfig,
  type Identity,
  readIdentity,
  SYSTEM_SECTORS,
  systemImage,
} from '../../shared/session/system-page.ts'
import { type ImagePart, programImage, type StorageFile } from '../../shared/update/program-image.ts'
import { phrase, type Said } from '../text/say.ts'
import { nvsOf, partitionsOf } from './engine-image.ts'
import { engineSettings } from './engine-settings.ts'
import type { EnginePart, Region } from './regions.ts'
import { Trouble } from './trouble.ts'

const SECTOR_BYTES = 4096

/** A stretch of flash that must read like this. `data` absent: erased. */
export interface Stretch {
  name: string
  at: number
  bytes: number
  data?: Uint8Array
}

/** What stands beside the program and no update changes. */
export interface BootPrograms {
  loader: Uint8Array
  updater: Uint8Array
  rescue: Uint8Array
}

/** From their texts. */
export function bootPrograms(texts: { [name in keyof BootPrograms]: string }): BootPrograms {
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
  return { loader: bytes(texts.loader), updater: bytes(texts.updater), rescue: bytes(texts.rescue) }
}

export interface Ingredients {
  regions: Region[]
  engine: EnginePart[]
  /** The program, and its version. */
  bundle: Uint8Array
  version: number
  boot: BootPrograms
  /** What else lies in Storage: the setup file and its page. */
  beside: StorageFile[]
  slotsAt: number[]
  identity: Identity
  isIdentityKept: boolean
  config: DongleConfig
  chipBytes: number
}

/** The identity in a system region as read from a chip; undefined where none is. Throws Trouble chip.foreign-identity. */
export function identityIn(system: Uint8Array): Identity | undefined {
  const flash: NorFlash = {
    sectorBytes: SECTOR_BYTES,
    sectorCount: system.length / SECTOR_BYTES,
    read: (at, length) => system.slice(at, at + length),
    write: () => {},
    erase: () => {},
    crc32: bytes => crc32(bytes),
    packing: PLAIN_PACKING,
  }
  const found = readIdentity(flash)
  // what a dongle believes of its own page, a tool looks at twice
  if (found.ok && isDongleId(found.value.dongleId)) return found.value
  if (found.ok || found.fault.code === 'page.malformed') throw new Trouble('chip.foreign-identity')
  return undefined
}

/** Loader, updater, rescue program, files beside them and both slots, by address. Throws Trouble bundle.missing when the program does not fit. */
export function storageParts(
  { bundle, boot, beside, version, slotsAt }: Pick<Ingredients, 'bundle' | 'boot' | 'beside' | 'version' | 'slotsAt'>,
  storageAt: number,
): ImagePart[] {
  const sha256 = new Uint8Array(Buffer.from(createHash('sha256').update(bundle).digest('hex'), 'hex'))
  const programs = { ...boot, program: bundle, beside, version, sha256 }
  const images = programImage(programs, storageAt, slotsAt, bytes => crc32(bytes))
  if (images === undefined) throw new Trouble('bundle.missing', { path: phrase('part.storage') })
  return images
}

/** By address, without gaps, from 0 to the end of the chip. Throws Trouble bundle.missing when the program does not fit. */
export function planFlash(ingredients: Ingredients): Stretch[] {
  const { regions, engine, chipBytes } = ingredients
  const system = regions.find(region => region.name === 'system') as Region
  const storage = regions.find(region => region.name === 'storage') as Region
  const images = storageParts(ingredients, storage.at)
  const filled: Stretch[] = [
    ...engine.map(part => written(part.what, part.at, part.data)),
    ...settingsStretch(engine),
    ...systemStretches(ingredients, system.at),
    ...images.map(({ name, at, data }) => written(name, at, data)),
  ].sort((a, b) => a.at - b.at)
  const kept = ingredients.isIdentityKept ? keptStretches(system.at) : []
  return withBlanks(filled, kept, regions, chipBytes)
}

/** Before its first start the engine finds one page of settings; what it adds itself goes with the next making. */
function settingsStretch(engine: EnginePart[]): Stretch[] {
  const table = engine.find(({ what }) => what === 'partitions')
  const nvs = table && nvsOf(partitionsOf(table.data))
  return nvs === undefined ? [] : [written('settings', nvs.at, engineSettings())]
}

/** Padded to whole sectors with 0xFF, so that stretches meet at sectors. */
function written(name: string, at: number, data: Uint8Array): Stretch {
  const bytes = Math.ceil(data.length / SECTOR_BYTES) * SECTOR_BYTES
  const padded = new Uint8Array(bytes).fill(0xff)
  padded.set(data)
  return { name, at, bytes, data: padded }
}

function systemStretches(ingredients: Ingredients, at: number): Stretch[] {
  const image = systemImage(ingredients.identity, ingredients.config, bytes => crc32(bytes))
  const part = (name: string, sector: number): Stretch =>
    written(name, at + sector * SECTOR_BYTES, image.slice(sector * SECTOR_BYTES, (sector + 2) * SECTOR_BYTES))
  const config = part('configuration', SYSTEM_SECTORS.config)
  return ingredients.isIdentityKept ? [config] : [part('identity', SYSTEM_SECTORS.identity), config]
}

function keptStretches(at: number): { at: number; bytes: number }[] {
  const sectors = (sector: number) => ({ at: at + sector * SECTOR_BYTES, bytes: 2 * SECTOR_BYTES })
  return [sectors(SYSTEM_SECTORS.identity), sectors(SYSTEM_SECTORS.bootCounter)]
}

/** Everything between what is written and what is kept must be blank; cut at our regions, so that each has its name. */
function withBlanks(
  filled: Stretch[],
  kept: { at: number; bytes: number }[],
  regions: Region[],
  chipBytes: number,
): Stretch[] {
  const taken = [...filled, ...kept].sort((a, b) => a.at - b.at)
  const plan: Stretch[] = []
  const blank = (from: number, to: number): void => {
    const edges = regions.flatMap(region => [region.at, region.at + region.bytes]).filter(at => at > from && at < to)
    const cuts = [from, ...new Set(edges), to].sort((a, b) => a - b)
    for (const [i, at] of cuts.slice(0, -1).entries()) {
      const bytes = (cuts[i + 1] as number) - at
      if (bytes === 0) continue
      const region = regions.find(one => at >= one.at && at < one.at + one.bytes)
      plan.push({ name: region?.name ?? 'rest', at, bytes })
    }
  }
  let at = 0
  for (const stretch of taken) {
    blank(at, stretch.at)
    if ('name' in stretch) plan.push(stretch as Stretch)
    at = stretch.at + stretch.bytes
  }
  blank(at, chipBytes)
  return plan
}

/** How the stretch is called to people: the names are those of the flash configuration. */
export function partOf({ name, data }: Stretch): Said {
  return data === undefined ? phrase('part.empty', { name }) : name
}

/** MD5 as the loader computes it: not for secrecy, only to compare flash with file. */
export function md5Of(stretch: Stretch): string {
  const hash = createHash('md5')
  if (stretch.data !== undefined) return hash.update(stretch.data).digest('hex')
  const sector = new Uint8Array(SECTOR_BYTES).fill(0xff)
  for (let done = 0; done < stretch.bytes; done += SECTOR_BYTES) hash.update(sector)
  return hash.digest('hex')
}
