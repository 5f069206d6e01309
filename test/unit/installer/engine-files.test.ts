// The engine's files before anything is written: what is damaged, for another chip, of another version or laid out otherwise is refused with its
// own code; what is right can be vouched for. And the settings that the engine finds at its first start, read as Espressif's format says.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { readEngine, readFlashConfig } from '../../../installer/flash/config.ts'
import { imageFault, nvsOf, partitionsOf, tableFault, versionFault } from '../../../installer/flash/engine-image.ts'
import { engineSettings } from '../../../installer/flash/engine-settings.ts'
import { pinEngine } from '../../../installer/flash/pin.ts'
import { regionsOf } from '../../../installer/flash/regions.ts'
import { crc32 as crcOfThePage } from '../../../installer/page/node-zlib.ts'
import { type Facts, say } from '../../../installer/text/say.ts'
import { anImage, aPartitionTable, PARTITIONS, type PartitionRow } from '../../support/engine-images.ts'
import { recordedShow, writeEngine } from '../../support/flash-bench.ts'
import fc from '../../support/given-cases.ts'

const folder = mkdtempSync(join(tmpdir(), 'nrt-engine-'))
const fileAt = (name: string): string => join(folder, name)
writeEngine(folder, { host: '127.0.0.1', port: 1883, isTls: false })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const VERSION = 'Espruino 2v29.277'
const image = anImage({ bytes: 5000, seed: 7, text: `\n ${VERSION}\n` })
const changed = (data: Uint8Array, at: number, to: number): Uint8Array => data.map((byte, i) => (i === at ? to : byte))

const inEnglish = (facts: Facts = {}) =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, say(fact, 'en')]))

describe('an image', () => {
  test('that is whole and for this chip is right', () => {
    expect(imageFault(image, 'ESP32')).toBeUndefined()
    expect(versionFault(image, '2v29.277')).toBeUndefined()
  })

  test('for another board is refused by the name of its chip', () => {
    for (const [chipId, chip] of [
      [2, 'ESP32-S2'],
      [5, 'ESP32-C3'],
      [9, 'ESP32-S3'],
      [99, 'another chip'],
    ] as const) {
      const fault = imageFault(anImage({ bytes: 5000, seed: 7, chipId }), 'ESP32')
      expect(fault?.code).toBe('engine.other-chip')
      expect(inEnglish(fault?.facts)).toEqual({ chip, wanted: 'ESP32' })
    }
  })

  test('cut anywhere, or with any bit of it turned, is refused', () => {
    fc.assert(
      fc.property(fc.nat(image.length - 1), fc.nat(7), (at, bit) => {
        expect(imageFault(image.subarray(0, at), 'ESP32')?.code).toBe('engine.malformed')
        const turned = changed(image, at, (image[at] as number) ^ (1 << bit))
        expect(imageFault(turned, 'ESP32')?.code).toMatch(/^engine\.(malformed|other-chip)$/)
      }),
    )
  })

  test('of any bytes gets a word and no crash', () => {
    const isWord = (data: Uint8Array): void => {
      expect(imageFault(data, 'ESP32')?.code).toMatch(/^engine\./)
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), isWord))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), data => isWord(Buffer.concat([image.subarray(0, 24), data]))),
    )
  })

  test('of another version, or of none, is refused', () => {
    const found = (text: string) =>
      inEnglish(versionFault(anImage({ bytes: 5000, seed: 7, text }), '2v29.277')?.facts).found
    expect(found('Espruino 2v29\n')).toBe('2v29')
    expect(found('Espruino 2v29.2771')).toBe('2v29.2771')
    expect(found('')).toBe('no version')
  })
})

describe('a partition table', () => {
  const faultOf = (data: Uint8Array, engine = { at: 0x10000, bytes: 1_500_000 }) =>
    tableFault(data, regionsOf(readFlashConfig(fileAt('flash.config.json'))), engine)
  const without = (name: string): PartitionRow[] => PARTITIONS.filter(row => row[0] !== name)
  const moved = (name: string, at: number, kB: number): PartitionRow[] =>
    PARTITIONS.map(row => (row[0] === name ? [row[0], row[1], row[2], at, kB] : row))

  test('with room for all that is ours is right', () => {
    expect(faultOf(aPartitionTable())).toBeUndefined()
  })

  test.each<[string, PartitionRow[], string]>([
    ['no settings', without('nvs'), 'it has no place for settings'],
    ['too small a place for settings', moved('nvs', 0x9000, 8), 'it has no place for settings'],
    ['no engine', without('factory'), 'the engine has no room where it is to lie'],
    ['too little room for the engine', moved('factory', 0x10000, 1024), 'the engine has no room where it is to lie'],
    ['no second program', without('ota_0'), 'it has no room for the region readings'],
    ['no room of ours', without('flash'), 'it has no room for the region system'],
    ['no Storage', without('storage'), 'it has no room for the region storage'],
    ['another Storage', moved('storage', 0x310000, 960), 'its Storage lies elsewhere'],
    ['the engine over all', moved('factory', 0x10000, 4032), 'it has no room for the region readings'],
  ])('with %s is refused', (_name, rows, why) => {
    const fault = faultOf(aPartitionTable(rows))
    expect(fault?.code).toBe('engine.layout')
    expect(inEnglish(fault?.facts)).toEqual({ why })
  })

  test('that is none, or not as its checksum says, is refused', () => {
    expect(faultOf(image)?.code).toBe('engine.malformed')
    expect(faultOf(new Uint8Array(0))?.code).toBe('engine.malformed')
    expect(faultOf(changed(aPartitionTable(), 7, 1))?.code).toBe('engine.malformed')
  })
})

/** What an image of settings says, read without a line of what wrote it: namespace, key, value. Undefined where a sum is wrong. */
function settingsIn(
  page: Uint8Array,
): { version: number; state: number; items: { [key: string]: number } } | undefined {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
  const sum = (bytes: Uint8Array): number => crcOfThePage(bytes, 0xffffffff)
  if (view.getUint32(28, true) !== sum(page.subarray(4, 28))) return undefined
  const namespaces = new Map<number, string>()
  const items: { [key: string]: number } = {}
  for (let i = 0; i < 126; i++) {
    const state = ((page[32 + (i >> 2)] as number) >> ((i % 4) * 2)) & 3
    if (state === 3) break
    if (state !== 2) return undefined
    const at = 64 + 32 * i
    const covered = Buffer.concat([page.subarray(at, at + 4), page.subarray(at + 8, at + 32)])
    if (view.getUint32(at + 4, true) !== sum(covered)) return undefined
    const key = Buffer.from(page.subarray(at + 8, at + 24))
      .toString('latin1')
      .replace(/\0+$/, '')
    const [namespace, type] = [page[at] as number, page[at + 1] as number]
    if (namespace === 0) namespaces.set(page[at + 24] as number, key)
    else items[`${namespaces.get(namespace)}.${key}`] = type === 4 ? view.getUint32(at + 24, true) : Number.NaN
  }
  return { version: page[8] as number, state: view.getUint32(0, true), items }
}

describe('the settings that the engine starts with', () => {
  test('turn Bluetooth off and say nothing else', () => {
    const page = engineSettings()
    expect(page.length).toBe(4096)
    expect(settingsIn(page)).toEqual({ version: 0xff, state: 0xfffffffe, items: { 'nvs.bleStatus': 0 } })
    expect(page.subarray(64 + 2 * 32).every(byte => byte === 0xff)).toBe(true)
  })

  test('have sums as the format’s own example has them: CRC-32 of ones that goes on from 0xffffffff', () => {
    // Python: zlib.crc32(bytes(4) + b'\xff' * 20, 0xffffffff), the head of a page with number 0
    expect(crcOfThePage(engineSettings().subarray(4, 28), 0xffffffff)).toBe(3_705_476_802)
    expect(settingsIn(changed(engineSettings(), 64 + 32 + 24, 1))).toBeUndefined()
  })

  test('lie where the engine’s own partition table has its settings', () => {
    expect(nvsOf(partitionsOf(readFileSync(fileAt('engine/partitions_espruino.bin'))))).toMatchObject({
      at: 0x9000,
    })
  })
})

describe('nrt flash --pin', () => {
  /** The project's own file, whose hashes nobody has entered. */
  function unpinned(): string {
    const path = fileAt('flash.unpinned.json')
    copyFileSync(fileURLToPath(new URL('../../../flash.config.json', import.meta.url)), path)
    return path
  }

  const pin = (path: string): string => {
    const { show, text } = recordedShow()
    pinEngine(path, show)
    return text()
  }

  test('enters the hashes of files that are right, in the file as it was written, and never another one’s', () => {
    const path = unpinned()
    const before = readFileSync(path, 'utf8')
    expect(() => readEngine(readFlashConfig(path), path)).toThrow('Nobody has vouched')
    const nrt = fileURLToPath(new URL('../../../installer/main.ts', import.meta.url))
    const run = spawnSync(process.execPath, [nrt, 'flash', '--pin', '--config', path], { encoding: 'utf8' })
    expect([run.status, run.stdout.includes('is pinned in')]).toEqual([0, true])
    expect(readEngine(readFlashConfig(path), path)).toHaveLength(3)
    const after = readFileSync(path, 'utf8')
    expect(after.replaceAll(/"[0-9a-f]{64}"/g, 'null')).toBe(before)
    expect(pin(path)).toContain('"sha256":')
    expect(readFileSync(path, 'utf8')).toBe(after)
    const other = after.replace(/"[0-9a-f]{64}"/, `"${'0'.repeat(64)}"`)
    writeFileSync(path, other)
    expect(() => pin(path)).toThrow('is not the one of flash.config.json')
    expect(readFileSync(path, 'utf8')).toBe(other)
  })

  test('vouches for nothing where one file is not right', () => {
    const path = unpinned()
    const before = readFileSync(path, 'utf8')
    const engine = fileAt('engine/espruino_esp32.bin')
    const right = readFileSync(engine)
    writeFileSync(engine, anImage({ bytes: 5000, seed: 1, text: 'Espruino 2v29\n' }))
    expect(() => pin(path)).toThrow('says 2v29, flash.config.json wants 2v29.277')
    writeFileSync(engine, right)
    expect(readFileSync(path, 'utf8')).toBe(before)
  })
})
