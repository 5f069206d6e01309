// What a dongle is made of, from the operator's files: the flash configuration, the engine's build with its hashes checked, our
// program, and the networks to preload. It reads and judges; nothing is written before all of it is right.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Compile } from 'typebox/schema'
import { type EngineImage, type FlashConfig, FlashConfigSchema } from '../../shared/schema/flash-config.ts'
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
  refuseOverlap(regionsOf(config))
  return config
}

/** Throws Trouble engine.missing, engine.unpinned or engine.hash. */
export function readEngine(config: FlashConfig, configPath: string): EnginePart[] {
  const parts = config.engine.images.map(image => readPart(image, configPath))
  refuseOverlap([
    ...regionsOf(config),
    ...parts.map(part => ({ name: part.what, at: part.at, bytes: part.data.length })),
  ])
  return parts
}

function readPart(image: EngineImage, configPath: string): EnginePart {
  const path = resolve(dirname(configPath), image.path)
  let data: Uint8Array
  try {
    data = readFileSync(path)
  } catch (error) {
    throw new Trouble('engine.missing', { path, what: image.what }, error)
  }
  const sha256 = createHash('sha256').update(data).digest('hex')
  if (image.sha256 === null) throw new Trouble('engine.unpinned', { path, sha256 })
  if (image.sha256 !== sha256) throw new Trouble('engine.hash', { path, sha256 })
  return { what: image.what, at: Number(image.at), data }
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
  const unusable = (why: string) => new Trouble('networks.unreadable', { path, why })
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // a parser's message may quote the file, and the file holds passwords
    throw unusable((error as NodeJS.ErrnoException).code ?? 'it is not JSON')
  }
  if (!Array.isArray(parsed) || parsed.length > 4) throw unusable('it is not a list of at most 4')
  return parsed.map((one: unknown, index) => {
    const { ssid, password } = Object(one) as { ssid?: unknown; password?: unknown }
    if (typeof ssid !== 'string' || typeof password !== 'string') {
      throw unusable(`network ${index + 1} has no ssid or no password`)
    }
    const network = { ssid: asBytes(ssid), password: asBytes(password) }
    const isRight = network.ssid.length >= 1 && network.ssid.length <= 32 && network.password.length <= 63
    if (!isRight) throw unusable(`network ${index + 1} is too long`)
    return network
  })
}

/** One character per byte of the UTF-8 form, as the configuration page has it. */
function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
