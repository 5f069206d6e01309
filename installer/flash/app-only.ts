// `nrt flash --app-only`: the engine is on the chip, program and identity come over its console. What is written is read back; an identity
// that is there is kept, with the ring and its readings. The engine itself is not checked: nothing can vouch for it from inside.

import { crc32 } from 'node:zlib'
import { type Identity, SYSTEM_SECTORS, systemImage } from '../../shared/session/system-page.ts'
import type { ImagePart } from '../../shared/update/program-image.ts'
import { phrase } from '../text/say.ts'
import { endNote } from './end-note.ts'
import { type EngineConsole, openEngineConsole } from './engine-console.ts'
import { newIdentity } from './identity.ts'
import { dongleConfig, type Made, type Milestones, type Recipe, sealDongle, selfTest } from './make-dongle.ts'
import { identityIn, storageParts } from './plan.ts'
import { type Region, regionsOf } from './regions.ts'
import type { Show } from './show.ts'
import { Trouble } from './trouble.ts'

const SECTOR_BYTES = 4096
/** A page is at most 16 + 1024 bytes; what lies behind is blank or nobody's. */
const PAGE_READ_BYTES = 1056
/** Erasing takes some 45 ms a sector: this many per question keep an answer below a few seconds. */
const ERASE_AT_ONCE = 16
/** Sums of sectors in one answer. */
const SUMS_AT_ONCE = 32
/** base64 makes 2 kB of it, half of the engine's input buffer. */
const PIECE_BYTES = 1536

/** Throws Trouble. */
export async function bringProgram(recipe: Recipe, port: string, show: Show, milestones: Milestones): Promise<Made> {
  const line = await recipe.openLine(port, 115_200)
  try {
    show.progress('connect', 0, port)
    const engine = await openEngineConsole(line)
    show.done('connect', phrase('connect.engine', { version: engine.version }), { port, engine: engine.version })
    const { identity, isKept } = await chooseIdentity(recipe, engine, show)
    await writePages(recipe, engine, identity, isKept, show)
    await writeProgram(recipe, engine, show)
    milestones.reached('flashed', identity.dongleId)
    // as at a first start: the radio at once, and where there is no network to join, the dongle's own
    const journal = regionsOf(recipe.config).find(region => region.name === 'journal') as Region
    await engine.evaluate(endNote(journal, recipe.networks.length > 0 ? 'asked' : 'setup'), phrase('part.program'))
    const test = await selfTest(recipe, line, show, async listen => {
      await engine.type('\x10load()\n')
      line.onData(listen)
    })
    // its own, which may be another than ours: no update for another engine is ever sent to it
    const made = { firmware: test.firmware ?? 'unknown', engine: engine.version }
    return await sealDongle(recipe, identity, made, show, milestones)
  } finally {
    await line.close()
  }
}

async function chooseIdentity(
  recipe: Recipe,
  engine: EngineConsole,
  show: Show,
): Promise<{ identity: Identity; isKept: boolean }> {
  const pages = await readPages(recipe, engine)
  const there = recipe.isNewIdentityForced ? undefined : identityIn(pages)
  const identity = there ?? newIdentity()
  const isKept = there !== undefined
  show.done('identity', phrase(isKept ? 'identity.kept' : 'identity.new', { id: identity.dongleId }), {
    dongleId: identity.dongleId,
    isKept,
  })
  return { identity, isKept }
}

/** The system region, of each sector as much as a page can take. */
async function readPages(recipe: Recipe, engine: EngineConsole): Promise<Uint8Array> {
  const at = Number(recipe.config.flash.regions.system.at)
  const image = new Uint8Array(SYSTEM_SECTORS.count * SECTOR_BYTES).fill(0xff)
  for (let sector = 0; sector < SYSTEM_SECTORS.bootCounter; sector++) {
    const expression = `btoa(E.toString(require("Flash").read(${PAGE_READ_BYTES},${at + sector * SECTOR_BYTES})))`
    const text = await engine.evaluate(expression, phrase('part.identity-question'))
    image.set(Buffer.from(String(text), 'base64'), sector * SECTOR_BYTES)
  }
  return image
}

async function writePages(
  recipe: Recipe,
  engine: EngineConsole,
  identity: Identity,
  isKept: boolean,
  show: Show,
): Promise<void> {
  const system = Number(recipe.config.flash.regions.system.at)
  const wanted = systemImage(identity, dongleConfig(recipe), bytes => crc32(bytes))
  // readings of another identity go first: from then on nothing mixes
  if (!isKept) await emptyRegions(recipe, engine, show)
  const first = isKept ? SYSTEM_SECTORS.config : SYSTEM_SECTORS.identity
  for (let sector = first; sector < SYSTEM_SECTORS.bootCounter; sector++) {
    const page = pageOf(wanted, sector)
    const at = system + sector * SECTOR_BYTES
    const text = Buffer.from(page).toString('base64')
    const flash = 'var f=require("Flash")'
    await engine.evaluate(
      `(function(){${flash};f.erasePage(${at});f.write(atob("${text}"),${at});return 1})()`,
      phrase('part.page'),
    )
  }
  const found = await readPages(recipe, engine)
  for (let sector = first; sector < SYSTEM_SECTORS.bootCounter; sector++) {
    const page = pageOf(wanted, sector)
    const at = sector * SECTOR_BYTES
    if (!Buffer.from(page).equals(found.subarray(at, at + page.length))) {
      throw new Trouble('flash.differs', { part: phrase('part.pages') })
    }
  }
}

/** The page without the blank behind it, in whole words. */
function pageOf(image: Uint8Array, sector: number): Uint8Array {
  const at = sector * SECTOR_BYTES
  const length = new DataView(image.buffer, image.byteOffset).getUint32(at + 8)
  return image.slice(at, at + 16 + ((length + 3) & ~3))
}

async function emptyRegions(recipe: Recipe, engine: EngineConsole, show: Show): Promise<void> {
  const regions = regionsOf(recipe.config).filter(region => region.name !== 'storage')
  const total = regions.reduce((sum, region) => sum + region.bytes, 0)
  let done = 0
  for (const { name, at, bytes } of regions) {
    for (let from = at; from < at + bytes; from += ERASE_AT_ONCE * SECTOR_BYTES) {
      const to = Math.min(at + bytes, from + ERASE_AT_ONCE * SECTOR_BYTES)
      const part = phrase('part.empty', { name })
      show.progress('write', (done + from - at) / total / 2, part)
      const loop = `for(var a=${from};a<${to};a+=${SECTOR_BYTES})f.erasePage(a)`
      await engine.evaluate(`(function(){var f=require("Flash");${loop};return 1})()`, part)
    }
    done += bytes
  }
}

/** The whole Storage region as `nrt flash` makes it, slots and all, so that such a dongle is updated like any other; only sectors that differ are written. */
async function writeProgram(recipe: Recipe, engine: EngineConsole, show: Show): Promise<void> {
  const { config, bundle } = recipe
  const storage = regionsOf(config).find(region => region.name === 'storage') as Region
  const made = { ...recipe, version: config.program.version, slotsAt: config.flash.slots.map(Number) }
  const parts = storageParts(made, storage.at)
  const wanted = sectorsOf(storage, parts)
  const wrong = await differing(engine, storage.at, wanted)
  for (const [i, sector] of wrong.entries()) {
    const at = storage.at + sector * SECTOR_BYTES
    const name = parts.findLast(part => part.at <= at)?.name ?? 'program'
    show.progress('write', 0.5 + i / wrong.length / 2, name)
    await writeSector(engine, storage.at, wanted, sector, name)
  }
  const isEngines = await engine.evaluate(
    'require("Storage").read("update")!==undefined',
    phrase('part.files-question'),
  )
  if (isEngines !== true || (wrong.length > 0 && (await differing(engine, storage.at, wanted)).length > 0)) {
    throw new Trouble('flash.differs', { part: phrase('part.program') })
  }
  const facts = { bytes: bundle.length, changedBytes: wrong.length * SECTOR_BYTES }
  const isRight = wrong.length === 0
  const said = isRight ? phrase('write.right') : phrase('write.program', { bytes: bundle.length })
  show.done('write', said, facts)
}

function sectorsOf({ at, bytes }: Region, parts: ImagePart[]): Uint8Array[] {
  const image = new Uint8Array(bytes).fill(0xff)
  for (const part of parts) image.set(part.data, part.at - at)
  return Array.from({ length: bytes / SECTOR_BYTES }, (_, i) =>
    image.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES),
  )
}

/** The sectors that read otherwise. */
async function differing(engine: EngineConsole, at: number, wanted: Uint8Array[]): Promise<number[]> {
  const found: number[] = []
  for (let from = 0; from < wanted.length; from += SUMS_AT_ONCE) {
    const to = Math.min(wanted.length, from + SUMS_AT_ONCE)
    const sum = `E.CRC32(f.read(${SECTOR_BYTES},a))>>>0`
    const [first, end] = [at + from * SECTOR_BYTES, at + to * SECTOR_BYTES]
    const loop = `for(var a=${first};a<${end};a+=${SECTOR_BYTES})r.push(${sum})`
    const text = await engine.evaluate(
      `(function(){var f=require("Flash"),r=[];${loop};return r.join()})()`,
      phrase('part.sums'),
    )
    found.push(...String(text).split(',').map(Number))
  }
  return wanted.flatMap((bytes, i) => (crc32(bytes) === found[i] ? [] : [i]))
}

/** Both slots hold the same: what lies in a sector before this one is copied on the chip, and need not go over the line again. */
async function writeSector(
  engine: EngineConsole,
  regionAt: number,
  wanted: Uint8Array[],
  sector: number,
  name: string,
): Promise<void> {
  const data = wanted[sector] as Uint8Array
  const at = regionAt + sector * SECTOR_BYTES
  const run = (work: string): Promise<unknown> =>
    engine.evaluate(`(function(){var f=require("Flash");${work};return 1})()`, name)
  await run(`f.erasePage(${at})`)
  const twin = wanted.findIndex(one => Buffer.compare(one, data) === 0)
  if (twin < sector && !isBlank(data)) {
    await run(`f.write(f.read(${SECTOR_BYTES},${regionAt + twin * SECTOR_BYTES}),${at})`)
    return
  }
  for (let from = 0; from < data.length; from += PIECE_BYTES) {
    const piece = data.subarray(from, from + PIECE_BYTES)
    if (!isBlank(piece)) await run(`f.write(atob("${Buffer.from(piece).toString('base64')}"),${at + from})`)
  }
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0xff)
}
