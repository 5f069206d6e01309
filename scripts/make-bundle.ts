// How a program of ours becomes ONE script for the engine: its sources made plain, bundled twice (the first time to see which names are left),
// minified, put into short form and parts, and judged by the dialect gate. Whoever has a bundle already (build-firmware.ts) loads neither this nor
// the compilers.

import { SourceMap } from 'node:module'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild'
import MagicString from 'magic-string'
import type ts from 'typescript'
import { ENGINE_GLOBALS, LANGUAGE_GLOBALS, PIN_COUNT } from '../firmware/host/builtins.ts'
import { asExpression } from './build-setup.ts'
import { COLD, DOOR, ONCE, OUT_OF_LINE } from './bundle/cold.ts'
import { plainerComparisons } from './bundle/comparisons.ts'
import { minifyForEngine } from './bundle/minify.ts'
import { tellApart } from './bundle/own-names.ts'
import { type InParts, intoParts } from './bundle/parts.ts'
import { type Tokenised, tokenise } from './bundle/tokenise.ts'
import { checkDialect } from './dialect-gate.ts'
import { budget, type FirmwareBundle, MAIN, overBudget, PROJECT, type RoomSize, SETUP } from './firmware-bundle.ts'
import { foreignNames, ownNames, programOf } from './short-names.ts'

/** Traces of libraries that only node can run. */
const FORBIDDEN = ['typebox', 'node:']

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

/** A script that goes out as it stands. */
function whole(script: string): InParts {
  return { code: script, origins: Array.from(script, (_, at) => at), programBytes: script.length }
}

export async function makeBundle(entry: string, hasLongNames: boolean): Promise<FirmwareBundle> {
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
