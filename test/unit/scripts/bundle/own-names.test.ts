import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import MagicString from 'magic-string'
import ts from 'typescript'
import { afterAll, expect, test } from 'vitest'
import { tellApart } from '../../../../scripts/bundle/own-names.ts'
import { plainSource } from '../../../../scripts/make-bundle.ts'
import { programOf } from '../../../../scripts/short-names.ts'

const FIRMWARE = new URL('../../../../firmware/', import.meta.url).pathname
const API = ['engine.ts', 'espruino.d.ts'].map(name => join(FIRMWARE, name))
const folder = mkdtempSync(join(tmpdir(), 'nrt-own-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function apart(source: string): string {
  const entry = join(folder, 'main.ts')
  writeFileSync(entry, source)
  const program = programOf(entry, API)
  const file = program.getSourceFile(entry)!
  const text = new MagicString(source)
  const isForeign = (one: ts.SourceFile) => program.isSourceFileDefaultLibrary(one) || API.includes(one.fileName)
  tellApart(text, file, program.getTypeChecker(), isForeign)
  return text.toString()
}

test('a name of ours is told from the engine’s and the library’s of the same name', () => {
  expect(
    apart(
      'const one = { free: 1, values: [2] }; print(String(process.memory(true).free + one.free)); one.values.keys()',
    ),
  ).toBe(
    'const one = { own_free: 1, own_values: [2] }; print(String(process.memory(true).free + one.own_free)); one.own_values.keys()',
  )
})

test('in an object for the engine its names stay, also where it may be left out', () => {
  const head = `import type { EngineRepeat } from ${JSON.stringify(API[0])}\n`
  const source = `${head}E.toUint8Array(["", { data: 1, count: 2 } satisfies EngineRepeat]); const port = 3`
  expect(apart(source)).toBe(source)
})

test('what is declared, made in short and read of one type stays one name', () => {
  expect(apart('interface A { count: number } const count = 1; const a: A = { count }; print(String(a.count))')).toBe(
    'interface A { own_count: number } const count = 1; const a: A = { own_count: count }; print(String(a.own_count))',
  )
})

test('a name that brackets reach, or of ours and the engine’s at once, stops the build', () => {
  expect(() => apart('const a = { code: 1 }; print(String(a["code"]))')).toThrow('brackets reach code')
  expect(() =>
    apart('declare const either: { free: number } | ReturnType<typeof process.memory>; print(String(either.free))'),
  ).toThrow("free is ours and the engine's")
})

test('the dongle’s sources with names told apart fit the engine’s types as before', () => {
  const entry = join(FIRMWARE, 'main.ts')
  const program = programOf(entry, API)
  const host = ts.createCompilerHost(program.getCompilerOptions())
  const before = host.getSourceFile
  host.getSourceFile = (path, options) => {
    const file = program.getSourceFile(path)
    if (!file || program.isSourceFileDefaultLibrary(file)) return file ?? before(path, options)
    return API.includes(path) ? file : ts.createSourceFile(path, plainSource(file, program, false), options, true)
  }
  const told = ts.createProgram([entry, ...API], program.getCompilerOptions(), host)
  const said = told
    .getSemanticDiagnostics()
    .map(one => `${one.file?.fileName}: ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`)
  expect(said).toEqual([])
})
