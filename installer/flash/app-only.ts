// `nrt flash --app-only`: the engine is on the chip, program and identity come over its console. What is written is read back; an identity
// that is there is kept, with the ring and its readings. The engine itself is not checked: nothing can vouch for it from inside.

import { crc32 } from 'node:zlib'
import { type Identity, SYSTEM_SECTORS, systemImage } from '../../shared/session/system-page.ts'
import { type EngineConsole, openEngineConsole } from './engine-console.ts'
import { newIdentity } from './identity.ts'
import { dongleConfig, type Made, type Milestones, type Recipe, sealDongle, selfTest } from './make-dongle.ts'
import { identityIn } from './plan.ts'
import { regionsOf } from './regions.ts'
import type { Show } from './show.ts'
import { Trouble } from './trouble.ts'

const SECTOR_BYTES = 4096
/** A page is at most 16 + 1024 bytes; what lies behind is blank or nobody's. */
const PAGE_READ_BYTES = 1056
/** Erasing takes some 45 ms a sector: this many per question keep an answer below a few seconds. */
const ERASE_AT_ONCE = 16
const ERASE_STORAGE_MS = 60_000

/** Throws Trouble. */
export async function bringProgram(recipe: Recipe, port: string, show: Show, milestones: Milestones): Promise<Made> {
  const line = await recipe.openLine(port, 115_200)
  try {
    show.progress('connect', 0, port)
    const engine = await openEngineConsole(line)
    show.done('connect', `Espruino ${engine.version} answers`, { port, engine: engine.version })
    const { identity, isKept } = await chooseIdentity(recipe, engine, show)
    await writePages(recipe, engine, identity, isKept, show)
    await writeProgram(recipe, engine, show)
    milestones.reached('flashed', identity.dongleId)
    const test = await selfTest(recipe, line, show, async listen => {
      await engine.type('\x10load()\n')
      line.onData(listen)
    })
    return await sealDongle(recipe, identity, test.firmware ?? 'unknown', show, milestones)
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
  show.done('identity', `${isKept ? 'kept' : 'new'}: ${identity.dongleId}`, { dongleId: identity.dongleId, isKept })
  return { identity, isKept }
}

/** The system region, of each sector as much as a page can take. */
async function readPages(recipe: Recipe, engine: EngineConsole): Promise<Uint8Array> {
  const at = Number(recipe.config.flash.regions.system.at)
  const image = new Uint8Array(SYSTEM_SECTORS.count * SECTOR_BYTES).fill(0xff)
  for (let sector = 0; sector < SYSTEM_SECTORS.bootCounter; sector++) {
    const expression = `btoa(E.toString(require("Flash").read(${PAGE_READ_BYTES},${at + sector * SECTOR_BYTES})))`
    const text = await engine.evaluate(expression, 'the question for its identity')
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
      'a page',
    )
  }
  const found = await readPages(recipe, engine)
  for (let sector = first; sector < SYSTEM_SECTORS.bootCounter; sector++) {
    const page = pageOf(wanted, sector)
    const at = sector * SECTOR_BYTES
    if (!Buffer.from(page).equals(found.subarray(at, at + page.length))) {
      throw new Trouble('flash.differs', { part: 'identity and configuration' })
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
      show.progress('write', (done + from - at) / total / 2, `empty ${name}`)
      const loop = `for(var a=${from};a<${to};a+=${SECTOR_BYTES})f.erasePage(a)`
      await engine.evaluate(`(function(){var f=require("Flash");${loop};return 1})()`, `empty ${name}`)
    }
    done += bytes
  }
}

async function writeProgram(recipe: Recipe, engine: EngineConsole, show: Show): Promise<void> {
  const { bundle } = recipe
  const files = [{ name: '.bootcde', data: bundle }, ...recipe.beside]
  const total = files.reduce((sum, { data }) => sum + data.length, 0)
  const wanted = files.map(({ name, data }) => `${name}:${crc32(data)}`).sort()
  const isThere = async (): Promise<boolean> => {
    const sum = `n+":"+(E.CRC32(s.read(n))>>>0)`
    const expression = `(function(s){s=require("Storage");return s.list().map(function(n){return ${sum}}).join()})()`
    const there = String(await engine.evaluate(expression, 'the question for its program'))
    return there.split(',').sort().join() === wanted.join()
  }
  const isRight = await isThere()
  if (!isRight) {
    show.progress('write', 0.5, 'program')
    await engine.evaluate('(require("Storage").eraseAll(),1)', 'an empty Storage', ERASE_STORAGE_MS)
    let done = 0
    for (const { name, data } of files) {
      const before = done
      const told = (part: number): void => show.progress('write', 0.5 + (before + part * data.length) / total / 2, name)
      await engine.sendFile(name, data, told)
      done += data.length
    }
    if (!(await isThere())) throw new Trouble('flash.differs', { part: 'program' })
  }
  const facts = { bytes: bundle.length, changedBytes: isRight ? 0 : bundle.length }
  show.done('write', isRight ? 'the program is right already' : `program of ${bundle.length} bytes, read back`, facts)
}
