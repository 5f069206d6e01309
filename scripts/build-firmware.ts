// `npm run build:firmware`: firmware/main.ts → ONE script for the engine, dist/firmware/nrt.js, with its source map beside it
// for the virtual dongle. The dialect gate judges the finished file, the report shows what each room costs, and a bundle
// over budget or with a node-only library inside is not written. `--report` shows the sizes without writing.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { type BuildFailure, type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild'
import MagicString from 'magic-string'
import type ts from 'typescript'
import { ENGINE_GLOBALS, LANGUAGE_GLOBALS, PIN_COUNT } from '../firmware/host/builtins.ts'
import { SETUP_FILE, SETUP_PAGE } from '../firmware/setup-port.ts'
import { asExpression, buildSetupPage } from './build-setup.ts'
import { COLD, DOOR, ONCE, OUT_OF_LINE } from './bundle/cold.ts'
import { plainerComparisons } from './bundle/comparisons.ts'
import { minifyForEngine } from './bundle/minify.ts'
import { tellApart } from './bundle/own-names.ts'
import { type InParts, intoParts } from './bundle/parts.ts'
import { type Tokenised, tokenise } from './bundle/tokenise.ts'
import { checkDialect } from './dialect-gate.ts'
import { madeOnce } from './made-once.ts'
import { foreignNames, ownNames, programOf } from './short-names.ts'

const PROJECT = fileURLToPath(new URL('..', import.meta.url))
const MAIN = join(PROJECT, 'firmware/main.ts')
const SETUP = join(PROJECT, 'firmware/setup/main.ts')
/** Traces of libraries that only node can run. */
const FORBIDDEN = ['typebox', 'node:']

export interface RoomSize {
  room: string
  /** Source text, minified text in the bundle, and the room's part of the gzipped bundle by its minified part; bytes. */
  sourceBytes: number
  minifiedBytes: number
  gzipBytes: number
}

export interface FirmwareBundle {
  /** What goes into flash, a character a byte; the dongle's program in the engine's short form (bundle/tokenise.ts), put into parts (bundle/parts.ts). */
  code: string
  /** Of it, what is evaluated at start; the rest are parts. */
  programBytes: number
  /** Source map of the script as JSON; paths are relative to the project. */
  map: string
  /** What assertions say, by the number that the console shows. */
  sentences: string[]
  rooms: RoomSize[]
  /** Sentences, each with source file and line; empty means fit to ship. */
  problems: string[]
}

function roomOf(path: string): string {
  const [top, second] = path.split('/')
  return top === 'shared' ? `shared/${second}` : (top ?? path)
}

/** Each byte of the bundle counts for the room of the source that it came from, by the map; what the build itself wrote, for the room of the build. */
function sizesOf(metafile: Metafile, script: string, map: string, { code, origins }: Tokenised): RoomSize[] {
  const gzipTotal = gzipSync(Buffer.from(code, 'latin1'), { level: 9 }).length
  const rooms = new Map<string, RoomSize>()
  const roomFor = (path: string): RoomSize => {
    const name = roomOf(path)
    const room = rooms.get(name) ?? { room: name, sourceBytes: 0, minifiedBytes: 0, gzipBytes: 0 }
    rooms.set(name, room)
    return room
  }
  const output = Object.values(metafile.outputs).find(one => one.entryPoint)
  for (const [path, input] of Object.entries(output?.inputs ?? {})) {
    if (input.bytesInOutput > 0) roomFor(path).sourceBytes += metafile.inputs[path]?.bytes ?? 0
  }
  const sourceOf = locator(script, map)
  for (const at of origins)
    roomFor(
      at < 0
        ? 'scripts'
        : sourceOf(at)
            .replace(/:\d+$/, '')
            .replace(/^bundle:.*/, 'scripts'),
    ).minifiedBytes++
  for (const room of rooms.values()) room.gzipBytes = Math.round((gzipTotal * room.minifiedBytes) / code.length)
  return [...rooms.values()].sort((a, b) => b.minifiedBytes - a.minifiedBytes)
}

/** Turns an offset in the bundle into `file:line` of the source. */
function locator(code: string, map: string): (at: number) => string {
  const sourceMap = new SourceMap(JSON.parse(map))
  const starts = code.split('\n').map(text => text.length + 1)
  starts.unshift(0)
  for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number)
  return at => {
    const line = starts.findLastIndex(start => start <= at)
    const column = at - (starts[line] as number)
    const entry = sourceMap.findEntry(line, column)
    return 'originalSource' in entry
      ? `${entry.originalSource}:${entry.originalLine + 1}`
      : `bundle:${line + 1}:${column}`
  }
}

function problemsOf(script: string, map: string): string[] {
  const where = locator(script, map)
  const problems = checkDialect(script).map(one => `${where(one.at)}: ${one.rule}: ${one.message}`)
  for (const marker of FORBIDDEN) {
    const at = script.indexOf(marker)
    if (at >= 0) problems.push(`${where(at)}: forbidden: "${marker}" belongs to node rooms; import the type only`)
  }
  return problems
}

function overBudget(what: string, bytes: number, budgetBytes: number): string[] {
  return bytes > budgetBytes ? [`${what}: ${bytes} bytes, budget ${budgetBytes} (scripts/firmware-budget.json)`] : []
}

const ENGINE_DECLARATIONS = ['firmware/engine.ts', 'firmware/espruino.d.ts', 'firmware/setup/engine-setup.ts'].map(
  path => join(PROJECT, path),
)

/** A source as esbuild gets it: comparisons plainer, and names of ours told from the engine's unless all `hasLongNames`. */
export function plainSource(file: ts.SourceFile, program: ts.Program, hasLongNames: boolean): string {
  const text = new MagicString(file.text)
  plainerComparisons(text, file, program.getTypeChecker())
  const isForeign = (one: ts.SourceFile) =>
    program.isSourceFileDefaultLibrary(one) || ENGINE_DECLARATIONS.includes(one.fileName)
  if (!hasLongNames) tellApart(text, file, program.getTypeChecker(), isForeign)
  return text.toString()
}

function plainSources(program: ts.Program, hasLongNames: boolean): Plugin {
  return {
    name: 'plain-sources',
    setup: build => {
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = program.getSourceFile(path)
        return file && { contents: plainSource(file, program, hasLongNames), loader: 'ts' }
      })
    },
  }
}

function options(entry: string, program: ts.Program, hasLongNames: boolean) {
  return {
    plugins: [plainSources(program, hasLongNames)],
    entryPoints: [entry],
    outfile: join(PROJECT, 'dist/firmware/nrt.js'),
    absWorkingDir: PROJECT,
    bundle: true,
    write: false,
    metafile: true,
    // no function around it: one in the global scope costs a variable less, and is found sooner
    format: 'esm',
    target: 'es2015',
    platform: 'neutral',
    charset: 'ascii',
    minifySyntax: true,
    legalComments: 'none',
    sourcemap: 'external',
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    logLevel: 'silent',
  } as const satisfies BuildOptions
}

const PINS = Array.from({ length: PIN_COUNT }, (_, pin) => `D${pin}`)
/** Names that our variables may not take: the script runs in the global scope, beside the engine's own. */
const RESERVED = [...LANGUAGE_GLOBALS, ...ENGINE_GLOBALS, ...PINS]

/** What the engine's lexer takes for a word of its own: no short name. */
const NOT_A_NAME: Record<string, false> = { of: false }

function budget(): { minifiedBytes: number; programBytes: number; setupBytes: number; setupPageBytes: number } {
  return JSON.parse(readFileSync(join(PROJECT, 'scripts/firmware-budget.json'), 'utf8'))
}

/** A script that goes out as it stands. */
function whole(script: string): InParts {
  return { code: script, origins: Array.from(script, (_, at) => at), programBytes: script.length }
}

export interface SetupFiles {
  code: string
  page: Uint8Array
  problems: string[]
}

/** What lies beside the program in the engine's Storage (build-setup.ts). */
export async function bundleSetup(): Promise<SetupFiles> {
  const { code, problems } = await bundleFirmware(SETUP)
  const { answer } = await buildSetupPage()
  const most = budget().setupPageBytes
  return { code, page: answer, problems: [...problems, ...overBudget('setup page', answer.length, most)] }
}

/**
 * Bundles `entry` (absolute path) in memory and judges the result. Throws esbuild's BuildFailure for source that does not
 * bundle. `hasLongNames` keeps our property names as written, to measure what short ones save. With NRT_BUILDS_KEPT, a folder, a run of many
 * processes builds each of our programs once (test/support/shared-by-a-run.ts): who comes second waits.
 */
export async function bundleFirmware(entry: string, hasLongNames = false): Promise<FirmwareBundle> {
  const folder = process.env.NRT_BUILDS_KEPT
  if (folder === undefined || !entry.startsWith(join(PROJECT, 'firmware'))) return buildBundle(entry, hasLongNames)
  const path = join(folder, `${relative(PROJECT, entry).replaceAll('/', '-')}${hasLongNames ? '-long' : ''}.json`)
  await madeOnce(path, async own => writeFileSync(own, JSON.stringify(await buildBundle(entry, hasLongNames))))
  return JSON.parse(readFileSync(path, 'utf8'))
}

async function buildBundle(entry: string, hasLongNames: boolean): Promise<FirmwareBundle> {
  const textOf = (files: OutputFile[], suffix: string) => files.find(file => file.path.endsWith(suffix))?.text ?? ''
  // names that the setup alone gets from the engine are the program's own to shorten
  const declarations = entry === SETUP ? ENGINE_DECLARATIONS : ENGINE_DECLARATIONS.slice(0, 2)
  const program = programOf(entry, declarations)
  const first = await build(options(entry, program, hasLongNames))
  const names = hasLongNames ? [] : ownNames(textOf(first.outputFiles, '.js'), foreignNames(program, declarations))
  const mangleProps = names.length > 0 ? new RegExp(`^(${names.join('|')})$`) : undefined
  const result = await build({ ...options(entry, program, hasLongNames), mangleProps, mangleCache: NOT_A_NAME })
  const readable = { code: textOf(result.outputFiles, '.js'), map: textOf(result.outputFiles, '.js.map') }
  // the list is of the dongle's own functions; another entry has none of them
  const cold = entry === MAIN ? Object.values(COLD).flat() : []
  const door = entry === MAIN ? DOOR : []
  const minified = await minifyForEngine(
    readable,
    cold,
    door,
    entry === MAIN ? OUT_OF_LINE : [],
    entry === MAIN ? ONCE : [],
    RESERVED,
    entry === MAIN,
  )
  const script = entry === SETUP ? asExpression(minified.code) : minified.code
  const inParts = entry === MAIN ? intoParts(script, tokenise(script)) : whole(script)
  const raw = JSON.parse(minified.map) as { sources: string[]; mappings: string }
  if (entry === SETUP) raw.mappings = `;${raw.mappings}`
  raw.sources = raw.sources.map(source => relative(PROJECT, join(PROJECT, 'dist/firmware', source)))
  const map = JSON.stringify(raw)
  const { code, programBytes } = inParts
  return {
    code,
    map,
    sentences: minified.sentences,
    rooms: sizesOf(result.metafile, script, map, inParts),
    programBytes,
    problems: [
      ...problemsOf(script, map),
      ...overBudget('bundle', code.length, entry === SETUP ? budget().setupBytes : budget().minifiedBytes),
      ...(entry === MAIN ? overBudget('program', programBytes, budget().programBytes) : []),
    ],
  }
}

/** The report's lines, a header first. */
export function sizeReport(bundle: FirmwareBundle): string[] {
  const row = (name: string, ...numbers: (number | string)[]) =>
    name.padEnd(18) + numbers.map(one => String(one).padStart(10)).join('')
  const sum = (key: 'sourceBytes' | 'gzipBytes') => bundle.rooms.reduce((total, room) => total + room[key], 0)
  return [
    row('room', 'source', 'minified', 'gzip'),
    ...bundle.rooms.map(one => row(one.room, one.sourceBytes, one.minifiedBytes, one.gzipBytes)),
    row(
      'bundle',
      sum('sourceBytes'),
      bundle.code.length,
      gzipSync(Buffer.from(bundle.code, 'latin1'), { level: 9 }).length,
    ),
    row('  program', '', bundle.programBytes, ''),
    row('  parts', '', bundle.code.length - bundle.programBytes, ''),
  ]
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      report: { type: 'boolean', default: false },
      entry: { type: 'string', default: MAIN },
      out: { type: 'string', default: join(PROJECT, 'dist/firmware/nrt.js') },
    },
  })
  const bundle = await bundleFirmware(values.entry).catch((failure: BuildFailure) => {
    for (const error of failure.errors ?? []) {
      console.error(`${error.location?.file ?? 'bundle'}:${error.location?.line ?? 0}: ${error.text}`)
    }
    if (!failure.errors) throw failure
    return undefined
  })
  if (!bundle) return 1
  for (const line of sizeReport(bundle)) console.log(line)
  const setup = values.entry === MAIN ? await bundleSetup() : undefined
  if (setup)
    console.log(`setup file ${setup.code.length}, its page ${setup.page.length} (in Storage; not in the bundle)`)
  const problems = [...bundle.problems, ...(setup?.problems ?? [])]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) {
    console.error(`build:firmware: ${problems.length} problems, nothing written`)
    return 1
  }
  if (!values.report) {
    mkdirSync(dirname(values.out), { recursive: true })
    writeFileSync(values.out, bundle.code, 'latin1')
    writeFileSync(`${values.out}.map`, bundle.map)
    writeFileSync(`${values.out}.sentences.json`, `${JSON.stringify(bundle.sentences, null, 1)}\n`)
    if (setup) {
      writeFileSync(join(dirname(values.out), SETUP_FILE), setup.code)
      writeFileSync(join(dirname(values.out), SETUP_PAGE), setup.page)
    }
    const name = basename(values.out)
    console.log(`build:firmware: wrote ${relative(PROJECT, values.out)}, ${name}.map and ${name}.sentences.json`)
  }
  return 0
}

if (import.meta.main) process.exitCode = await main()
