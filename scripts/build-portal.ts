// Builds the portal's pages into dist/portal: index.html, support's operator/index.html and the ESP's esp/index.html, scripts, styles and icon with their content's
// hash in the name, source maps beside them, and each compressed once so that no request pays for it. Prints what a first visit to each page loads, and fails
// where that is more than it may be.

import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')
const SOURCE = join(ROOT, 'backend/portal')
/** Imported when somebody scans: in a file of its own, and not by esbuild's splitting, which gives the first load one more request. */
const LOADED_LATER = 'jsqr'
const LATER = 'later'
/** Pages for others than customers, each a folder with its own script and style. */
const OTHER_PAGES = ['operator', 'esp']
/** Customers' page and those of others; a first visit to any of them loads at most so much, compressed. */
const PAGES = ['portal', ...OTHER_PAGES]
export const FIRST_LOAD_MAX_BYTES = 100_000

interface BuiltFile {
  name: string
  bytes: number
  gzipBytes: number
  brotliBytes: number
  /** Whose first visit loads it; none for source maps and for what is loaded when somebody asks for it. */
  firstLoadOf: readonly string[]
}

export interface PortalBuild {
  folder: string
  files: BuiltFile[]
  /** By page: portal, operator, esp. */
  firstLoadGzipBytes: { [page: string]: number }
}

/** Builds into `folder`, which is emptied first. Throws with esbuild's messages when the sources do not compile. */
export async function buildPortal(folder = join(ROOT, 'dist/portal')): Promise<PortalBuild> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'assets'), { recursive: true })
  const outputs = await bundle(folder)
  const icon = await readFile(join(SOURCE, 'icon.svg'))
  const iconPath = `assets/icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase()}.svg`
  const template = await readFile(join(SOURCE, 'index.html'), 'utf8')
  const pageOf = (name: string): Buffer => {
    const named = outputs.map(output => basename(output.path)).filter(file => file.startsWith(`${name}-`))
    const pathOf = (end: string) => `/assets/${named.find(file => file.endsWith(end))}`
    const paths = { icon: `/${iconPath}`, style: pathOf('.css'), script: pathOf('.js') }
    return Buffer.from(template.replaceAll(/%(icon|style|script)%/g, (_whole, part: keyof typeof paths) => paths[part]))
  }
  for (const page of OTHER_PAGES) await mkdir(join(folder, page))
  const files = [
    await write(folder, 'index.html', pageOf('portal')),
    ...(await Promise.all(OTHER_PAGES.map(page => write(folder, `${page}/index.html`, pageOf(page))))),
    await write(folder, iconPath, icon),
    ...(await Promise.all(
      outputs.map(output => write(folder, `assets/${basename(output.path)}`, Buffer.from(output.contents))),
    )),
  ]
  const bytesOf = (page: string): number =>
    files.reduce((sum, file) => sum + (file.firstLoadOf.includes(page) ? file.gzipBytes : 0), 0)
  return { folder, files, firstLoadGzipBytes: Object.fromEntries(PAGES.map(page => [page, bytesOf(page)])) }
}

async function bundle(folder: string) {
  const later = await bundleOf(folder, { [LATER]: LOADED_LATER })
  const script = later.map(output => basename(output.path)).find(file => file.endsWith('.js'))
  const others = OTHER_PAGES.map(page => [page, join(SOURCE, page, 'main.tsx')])
  const pages = { portal: join(SOURCE, 'main.tsx'), ...Object.fromEntries(others) }
  const built = await bundleOf(folder, pages, [
    {
      name: 'loaded-later',
      setup: building =>
        building.onResolve({ filter: new RegExp(`^${LOADED_LATER}$`) }, () => ({
          path: `./${script}`,
          external: true,
        })),
    },
  ])
  return [...later, ...built].filter(output => !output.path.endsWith('.css.map'))
}

async function bundleOf(folder: string, entryPoints: { [name: string]: string }, plugins: Plugin[] = []) {
  const result = await build({
    entryPoints,
    plugins,
    outdir: join(folder, 'assets'),
    entryNames: '[name]-[hash]',
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
  return result.outputFiles
}

/** Beside each file its .gz and .br, as static servers look for them. */
async function write(folder: string, name: string, bytes: Buffer): Promise<BuiltFile> {
  const gzip = gzipSync(bytes, { level: 9 })
  // the last percent takes fifty times as long: for what visitors load
  const quality = name.endsWith('.map') ? 9 : 11
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } })
  await writeFile(join(folder, name), bytes)
  await writeFile(join(folder, `${name}.gz`), gzip)
  await writeFile(join(folder, `${name}.br`), brotli)
  const firstLoadOf = PAGES.filter(page => isOfFirstLoad(name, page))
  return { name, bytes: bytes.length, gzipBytes: gzip.length, brotliBytes: brotli.length, firstLoadOf }
}

function isOfFirstLoad(name: string, page: string): boolean {
  if (name === (page === 'portal' ? 'index.html' : `${page}/index.html`)) return true
  return new RegExp(`^assets/(${page}-\\w+\\.(js|css)|icon-\\w+\\.svg)$`).test(name)
}

function report(built: PortalBuild): string {
  const line = (name: string, bytes: string, gzip: string, brotli: string) =>
    `${name.padEnd(34)}${bytes.padStart(10)}${gzip.padStart(10)}${brotli.padStart(10)}`
  const rows = built.files.map(file =>
    line(file.name, String(file.bytes), String(file.gzipBytes), String(file.brotliBytes)),
  )
  const loads = Object.entries(built.firstLoadGzipBytes).map(
    ([page, bytes]) => `first load of ${page}: ${bytes} bytes gzip (at most ${FIRST_LOAD_MAX_BYTES})`,
  )
  return [line('dist/portal', 'bytes', 'gzip', 'brotli'), ...rows, ...loads].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await buildPortal()
  process.stdout.write(`${report(built)}\n`)
  if (Object.values(built.firstLoadGzipBytes).some(bytes => bytes > FIRST_LOAD_MAX_BYTES)) process.exitCode = 1
}
