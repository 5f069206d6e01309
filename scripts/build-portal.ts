// Builds the portal's pages into dist/portal: index.html, script, style and icon with their content's hash in the name,
// source map beside them, and each compressed once so that no request pays for it. Prints what a first visit loads.

import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')
const SOURCE = join(ROOT, 'backend/portal')

interface BuiltFile {
  name: string
  bytes: number
  gzipBytes: number
  brotliBytes: number
  /** False for the source map: no visitor loads it. */
  isFirstLoad: boolean
}

export interface PortalBuild {
  folder: string
  files: BuiltFile[]
  firstLoadGzipBytes: number
}

/** Builds into `folder`, which is emptied first. Throws with esbuild's messages when the sources do not compile. */
export async function buildPortal(folder = join(ROOT, 'dist/portal')): Promise<PortalBuild> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'assets'), { recursive: true })
  const outputs = await bundle(folder)
  const icon = await readFile(join(SOURCE, 'icon.svg'))
  const iconPath = `assets/icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase()}.svg`
  const pathOf = (end: string) => `assets/${basename(outputs.find(output => output.path.endsWith(end))!.path)}`
  const page = (await readFile(join(SOURCE, 'index.html'), 'utf8'))
    .replace('%icon%', `/${iconPath}`)
    .replace('%style%', `/${pathOf('.css')}`)
    .replace('%script%', `/${pathOf('.js')}`)
  const files = [
    await write(folder, 'index.html', Buffer.from(page)),
    await write(folder, iconPath, icon),
    ...(await Promise.all(
      outputs.map(output => write(folder, `assets/${basename(output.path)}`, Buffer.from(output.contents))),
    )),
  ]
  const firstLoadGzipBytes = files.reduce((sum, file) => sum + (file.isFirstLoad ? file.gzipBytes : 0), 0)
  return { folder, files, firstLoadGzipBytes }
}

async function bundle(folder: string) {
  const result = await build({
    entryPoints: [join(SOURCE, 'main.tsx')],
    outdir: join(folder, 'assets'),
    entryNames: 'portal-[hash]',
    bundle: true,
    format: 'esm',
    target: ['chrome116', 'firefox124', 'safari17.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: true,
    write: false,
    logLevel: 'silent',
    absWorkingDir: ROOT,
    tsconfig: join(SOURCE, 'tsconfig.json'),
  })
  return result.outputFiles.filter(output => !output.path.endsWith('.css.map'))
}

/** Beside each file its .gz and .br, as static servers look for them. */
async function write(folder: string, name: string, bytes: Buffer): Promise<BuiltFile> {
  const gzip = gzipSync(bytes, { level: 9 })
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
  await writeFile(join(folder, name), bytes)
  await writeFile(join(folder, `${name}.gz`), gzip)
  await writeFile(join(folder, `${name}.br`), brotli)
  const isFirstLoad = !name.endsWith('.map')
  return { name, bytes: bytes.length, gzipBytes: gzip.length, brotliBytes: brotli.length, isFirstLoad }
}

function report(built: PortalBuild): string {
  const line = (name: string, bytes: string, gzip: string, brotli: string) =>
    `${name.padEnd(34)}${bytes.padStart(10)}${gzip.padStart(10)}${brotli.padStart(10)}`
  const rows = built.files.map(file =>
    line(file.name, String(file.bytes), String(file.gzipBytes), String(file.brotliBytes)),
  )
  const total = `first load: ${built.firstLoadGzipBytes} bytes gzip, without the source map`
  return [line('dist/portal', 'bytes', 'gzip', 'brotli'), ...rows, total].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${report(await buildPortal())}\n`)
}
