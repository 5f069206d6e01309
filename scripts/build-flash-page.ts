// `npm run build:flash-page`: the page that makes dongles in a browser, into dist/flash-page with everything it needs beside it: the
// engine's files (their hashes checked, as `nrt flash` does), the program, the configuration. The backend serves it at /flash/.

import { createHash } from 'node:crypto'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { readBeside, readBundle, readEngine, readFlashConfig } from '../installer/flash/config.ts'
import { inWords, Trouble } from '../installer/flash/trouble.ts'

const ROOT = join(import.meta.dirname, '..')
const SOURCE = join(ROOT, 'installer/page')

export interface FlashPageWish {
  folder: string
  configPath: string
  bundlePath: string
}

/** Builds into the folder, which is emptied first. Throws Trouble where a file is missing or not the right one. */
export async function buildFlashPage({ folder, configPath, bundlePath }: FlashPageWish): Promise<void> {
  const config = readFlashConfig(configPath)
  const parts = readEngine(config, configPath)
  const bundle = readBundle(bundlePath)
  const beside = readBeside(bundlePath)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await build({
    entryPoints: [join(SOURCE, 'main.ts')],
    outfile: join(folder, 'page.js'),
    bundle: true,
    format: 'esm',
    target: 'chrome116',
    platform: 'browser',
    alias: { 'node:crypto': join(SOURCE, 'node-crypto.ts'), 'node:zlib': join(SOURCE, 'node-zlib.ts') },
    inject: [join(SOURCE, 'node-buffer.ts')],
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    absWorkingDir: ROOT,
    tsconfig: join(SOURCE, 'tsconfig.json'),
  })
  for (const name of ['index.html', 'page.css']) await copyFile(join(SOURCE, name), join(folder, name))
  await writeFile(join(folder, 'nrt.js'), bundle)
  for (const { name, data } of beside) await writeFile(join(folder, name), data)
  await copyFile(`${bundlePath}.boot.json`, join(folder, 'nrt.js.boot.json'))
  const engine = []
  for (const { what, at, data } of parts) {
    const file = `${what}.bin`
    await writeFile(join(folder, file), data)
    engine.push({ what, at, file, sha256: createHash('sha256').update(data).digest('hex') })
  }
  await writeFile(
    join(folder, 'kit.json'),
    JSON.stringify({ config, engine, bundle: 'nrt.js', beside: beside.map(({ name }) => name) }),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: join(ROOT, 'flash.config.json') },
      bundle: { type: 'string', default: join(ROOT, 'dist/firmware/nrt.js') },
      out: { type: 'string', default: join(ROOT, 'dist/flash-page') },
    },
  })
  try {
    await buildFlashPage({ folder: values.out, configPath: values.config, bundlePath: values.bundle })
    console.log(`build:flash-page: ${values.out}; npm start serves it at /flash/`)
  } catch (thrown) {
    if (!(thrown instanceof Trouble)) throw thrown
    const { what, next } = inWords(thrown.code, thrown.facts, 'en')
    console.error(`build:flash-page: ${what} ${next} (${thrown.code})`)
    process.exitCode = 1
  }
}
