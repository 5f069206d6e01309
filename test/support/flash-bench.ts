// A bench for the flash tool: the operator's files in a folder (a flash configuration with the project's own regions, an engine build
// of noise in the right form, the real program), a backend on its REST, and an installer's key.

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SETUP_FILE, SETUP_PAGE } from '../../firmware/setup-port.ts'
import { readBeside, readBoot, readBundle, readEngine, readFlashConfig } from '../../installer/flash/config.ts'
import type { Recipe } from '../../installer/flash/make-dongle.ts'
import { jsonShow } from '../../installer/flash/show.ts'
import { writeLabel } from '../../installer/label/write.ts'
import { type BootFiles, bundleBoot } from '../../scripts/build-boot.ts'
import type { FlashConfig } from '../../shared/schema/flash-config.ts'
import { anImage, aPartitionTable } from './engine-images.ts'
import type { Board } from './esp32/board.ts'
import { lineTo } from './esp32/board-line.ts'
import { builtFirmware } from './setup-under-test.ts'

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

let builtBoot: Promise<BootFiles> | undefined

/** The engine's files in `folder`, and a flash configuration that vouches for them. */
export function writeEngine(folder: string, gateway: FlashConfig['gateway']): void {
  const config = JSON.parse(readFileSync(projectFile('flash.config.json'), 'utf8')) as FlashConfig
  const engine = {
    bootloader: anImage({ bytes: 9_001, seed: 1 }),
    partitions: aPartitionTable(),
    engine: anImage({ bytes: ENGINE_BYTES, seed: 3, text: `\n Espruino ${config.engine.version}\n` }),
  }
  mkdirSync(join(folder, 'engine'))
  for (const image of config.engine.images) {
    const data = engine[image.what]
    writeFileSync(join(folder, image.path), data)
    image.sha256 = createHash('sha256').update(data).digest('hex')
  }
  writeFileSync(join(folder, 'flash.config.json'), JSON.stringify({ ...config, gateway }))
}

export async function benchFiles(gateway = { host: '127.0.0.1', port: 1883, isTls: false }): Promise<BenchFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-flash-'))
  const path = (name: string): string => join(folder, name)
  const { code, setup } = await builtFirmware()
  writeFileSync(path('nrt.js'), code, 'latin1')
  writeFileSync(path(SETUP_FILE), setup.code, 'latin1')
  writeFileSync(path(SETUP_PAGE), setup.page)
  builtBoot ??= bundleBoot()
  writeFileSync(path('nrt.js.boot.json'), JSON.stringify(await builtBoot))

  writeEngine(folder, gateway)
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
    beside: readBeside(files.bundlePath),
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
  const out = {
    write(part: string) {
      text += part
    },
  }
  const show = jsonShow(out, 'en')
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
