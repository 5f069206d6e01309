// A bench for the flash tool: the operator's files in a folder (a flash configuration with the project's own regions, an engine build
// of seeded noise, the real program), a backend on its REST, and an installer's key.

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readBoot, readBundle, readEngine, readFlashConfig } from '../../installer/flash/config.ts'
import type { Recipe } from '../../installer/flash/make-dongle.ts'
import { jsonShow } from '../../installer/flash/show.ts'
import { writeLabel } from '../../installer/label/write.ts'
import { type BootFiles, bundleBoot } from '../../scripts/build-boot.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import type { FlashConfig } from '../../shared/schema/flash-config.ts'
import type { Board } from './esp32/board.ts'
import { lineTo } from './esp32/board-line.ts'

const projectFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

export interface BenchFiles {
  folder: string
  configPath: string
  bundlePath: string
  config: FlashConfig
  path(name: string): string
  remove(): void
}

/** The real one has some 1.5 MB; what matters is that it takes more than one block. */
export const ENGINE_BYTES = 30_000

/** Bytes that do not compress and are the same every time. */
function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}

let builtProgram: Promise<string> | undefined
let builtBoot: Promise<BootFiles> | undefined

export async function benchFiles(gateway = { host: '127.0.0.1', port: 1883, isTls: false }): Promise<BenchFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-flash-'))
  const path = (name: string): string => join(folder, name)
  builtProgram ??= bundleFirmware(projectFile('firmware/main.ts')).then(({ code }) => code)
  builtBoot ??= bundleBoot()
  writeFileSync(path('nrt.js'), await builtProgram, 'latin1')
  writeFileSync(path('nrt.js.boot.json'), JSON.stringify(await builtBoot))

  const config = JSON.parse(readFileSync(projectFile('flash.config.json'), 'utf8')) as FlashConfig
  const sizes = [9_001, 3_072, ENGINE_BYTES]
  mkdirSync(path('engine'))
  for (const [i, image] of config.engine.images.entries()) {
    const data = noise(sizes[i] ?? 5_000, i + 1)
    data[0] = 0xe9
    writeFileSync(path(image.path), data)
    image.sha256 = createHash('sha256').update(data).digest('hex')
  }
  writeFileSync(path('flash.config.json'), JSON.stringify({ ...config, gateway }))
  return {
    folder,
    configPath: path('flash.config.json'),
    bundlePath: path('nrt.js'),
    config: readFlashConfig(path('flash.config.json')),
    path,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What a run needs. */
export function recipeFor(files: BenchFiles, board: Board, access: { url: string; key: string }): Recipe {
  return {
    config: files.config,
    engine: readEngine(files.config, files.configPath),
    bundle: readBundle(files.bundlePath),
    boot: readBoot(files.bundlePath),
    networks: [],
    access,
    writeLabel: facts => writeLabel(facts, { folder: files.path('labels') }),
    tray: undefined,
    baud: 460_800,
    isNewIdentityForced: false,
    needed: [],
    selfTestMs: 20_000,
    attempts: 1,
    // board and tool share one thread, on machines that do other things too
    patience: 10,
    openLine: async () => lineTo(board),
  }
}

/** Steps as programs see them, and the text as it went out. */
export function recordedShow() {
  let text = ''
  const show = jsonShow({
    write(part) {
      text += part
    },
  })
  return {
    show,
    text: () => text,
    // biome-ignore lint/suspicious/noExplicitAny: steps have facts of every shape
    steps: (): any[] =>
      text
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line)),
  }
}
