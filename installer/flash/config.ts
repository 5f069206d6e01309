// What a dongle is made of, from the operator's files: the flash configuration, the engine's build with its hashes and contents checked, our
// program, and the networks to preload. It reads and judges; nothing is written before all of it is right.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Compile } from 'typebox/schema'
import { SETUP_FILE, SETUP_PAGE } from '../../firmware/setup-port.ts'
import { type EngineImage, type FlashConfig, FlashConfigSchema } from '../../shared/schema/flash-config.ts'
import type { StorageFile } from '../../shared/update/program-image.ts'
import { type Phrase, phrase, type Said } from '../text/say.ts'
import { type EngineFault, imageFault, tableFault, versionFault } from './engine-image.ts'
import { type BootPrograms, bootPrograms } from './plan.ts'
import { type EnginePart, refuseOverlap, regionsOf, type WifiNetwork } from './regions.ts'
import { Trouble } from './trouble.ts'

/** Throws Trouble config.unreadable or regions.overlap. */
export function readFlashConfig(path: string): FlashConfig {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Trouble('config.unreadable', { path, why: (error as Error).message }, error)
  }
  const [isRight, errors] = Compile(FlashConfigSchema).Errors(parsed)
  if (!isRight) {
    const first = errors[0]
    throw new Trouble('config.unreadable', { path, why: `${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim() })
  }
  const config = parsed as FlashConfig
  if (new Set(config.engine.images.map(({ what }) => what)).size < config.engine.images.length) {
    throw new Trouble('config.unreadable', { path, why: phrase('why.twice') })
  }
  refuseOverlap(regionsOf(config))
  return config
}

/** Files that somebody has vouched for. Throws Trouble engine.unpinned and what readEngineFiles throws. */
export function readEngine(config: FlashConfig, configPath: string): EnginePart[] {
  const parts = readEngineFiles(config, configPath)
  const unpinned = config.engine.images.find(image => image.sha256 === null)
  if (unpinned !== undefined) throw new Trouble('engine.unpinned', { path: pathOf(unpinned, configPath) })
  return parts
}

/** Throws Trouble engine.missing, engine.hash, engine.malformed, engine.other-chip, engine.version or engine.layout. */
export function readEngineFiles(config: FlashConfig, configPath: string): EnginePart[] {
  const parts = config.engine.images.map(image => readPart(image, configPath))
  refuseOverlap([
    ...regionsOf(config),
    ...parts.map(part => ({ name: part.what, at: part.at, bytes: part.data.length })),
  ])
  for (const [i, part] of parts.entries()) {
    const fault = faultOfPart(part, parts, config)
    if (fault === undefined) continue
    throw new Trouble(fault.code, { path: pathOf(config.engine.images[i] as EngineImage, configPath), ...fault.facts })
  }
  return parts
}

function pathOf(image: EngineImage, configPath: string): string {
  return resolve(dirname(configPath), image.path)
}

function readPart(image: EngineImage, configPath: string): EnginePart {
  const path = pathOf(image, configPath)
  let data: Uint8Array
  try {
    data = readFileSync(path)
  } catch (error) {
    throw new Trouble('engine.missing', { path, what: image.what }, error)
  }
  const sha256 = createHash('sha256').update(data).digest('hex')
  if (image.sha256 !== null && image.sha256 !== sha256) throw new Trouble('engine.hash', { path, sha256 })
  return { what: image.what, at: Number(image.at), data }
}

function faultOfPart({ what, data }: EnginePart, parts: EnginePart[], config: FlashConfig): EngineFault | undefined {
  if (what === 'partitions') {
    const engine = parts.find(part => part.what === 'engine') as EnginePart
    return tableFault(data, regionsOf(config), { at: engine.at, bytes: engine.data.length })
  }
  return imageFault(data, config.board) ?? (what === 'engine' ? versionFault(data, config.engine.version) : undefined)
}

/** The program, as bytes. Throws Trouble bundle.missing. */
export function readBundle(path: string): Uint8Array {
  try {
    const bundle = readFileSync(path)
    if (bundle.length > 0) return bundle
  } catch (error) {
    throw new Trouble('bundle.missing', { path }, error)
  }
  throw new Trouble('bundle.missing', { path })
}

/** The setup file and its page, which the build leaves beside the program. Throws Trouble bundle.missing. */
export function readBeside(bundlePath: string): StorageFile[] {
  return [SETUP_FILE, SETUP_PAGE].map(name => ({ name, data: readBundle(join(dirname(bundlePath), name)) }))
}

/** Loader, updater and rescue program, as build:firmware leaves them beside the program. Throws Trouble bundle.missing. */
export function readBoot(bundlePath: string): BootPrograms {
  const path = `${bundlePath}.boot.json`
  try {
    return bootPrograms(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new Trouble('bundle.missing', { path }, error)
  }
}

/** Networks to preload: [{ssid, password}], at most 4; the radio wants bytes, so text becomes its UTF-8. Throws Trouble networks.unreadable. */
export function readNetworks(path: string | undefined): WifiNetwork[] {
  if (path === undefined) return []
  const unusable = (why: Said) => new Trouble('networks.unreadable', { path, why })
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // a parser's message may quote the file, and the file holds passwords
    throw unusable((error as NodeJS.ErrnoException).code ?? phrase('why.not-json'))
  }
  if (!Array.isArray(parsed) || parsed.length > 4) throw unusable(phrase('why.no-list'))
  return parsed.map((one: unknown, index) => {
    const { ssid, password } = Object(one) as { ssid?: unknown; password?: unknown }
    if (typeof ssid !== 'string' || typeof password !== 'string') {
      throw unusable(phrase('why.no-network', { no: index + 1 }))
    }
    const network = { ssid: asBytes(ssid), password: asBytes(password) }
    const fault = faultOf(network)
    if (fault !== undefined) throw unusable(phrase('why.network', { no: index + 1, why: fault }))
    return network
  })
}

/** What is wrong with a network that a radio is to join; a password is 8 … 63 bytes, or none. */
function faultOf({ ssid, password }: WifiNetwork): Phrase | undefined {
  if (ssid.length < 1 || ssid.length > 32) return phrase('why.ssid')
  if (password.length > 63 || (password.length < 8 && password !== '')) return phrase('why.password')
  return undefined
}

/** A network as somebody typed it. Throws Trouble networks.unreadable. */
export function typedNetwork(ssid: string, password: string): WifiNetwork {
  const network = { ssid: asBytes(ssid), password: asBytes(password) }
  const why = faultOf(network)
  if (why !== undefined) throw new Trouble('networks.unreadable', { path: '--wifi-network', why })
  return network
}

/** Throws Trouble networks.unreadable. */
export function atMostFour(networks: WifiNetwork[]): WifiNetwork[] {
  if (networks.length <= 4) return networks
  throw new Trouble('networks.unreadable', { path: '--wifi-network', why: phrase('why.too-many') })
}

/** One character per byte of the UTF-8 form, as the configuration page has it. */
function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
