import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { foreignNames, ownNames, programOf } from '../../../scripts/short-names.ts'

const API = ['engine.ts', 'espruino.d.ts'].map(name => new URL(`../../../firmware/${name}`, import.meta.url).pathname)
const folder = mkdtempSync(join(tmpdir(), 'nrt-names-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Own names of a program that is its own source. */
function namesOf(source: string, code = source): string[] {
  const entry = join(folder, 'main.ts')
  writeFileSync(entry, source)
  return ownNames(code, foreignNames(programOf(entry, API), API))
}

test('our own names may be shortened, also where a text says the same', () => {
  const code = 'var ring = { sectorCount: 1 }; print(ring.sectorCount, ring.firstSeq, "sectorCount")'
  expect(namesOf(code)).toEqual(['firstSeq', 'sectorCount'])
})

test('names of the language and of the engine stay', () => {
  const code =
    'print([1].indexOf(1), E.kickWatchdog, process.memory(true).free, "a".charCodeAt(0), new Uint8Array(1).buffer)'
  expect(namesOf(code)).toEqual([])
})

test('a name that the library has and the engine lacks is ours, if another type does not have it there', () => {
  expect(namesOf('print(reader.at, reader.slice, reader.keys, reader.size)')).toEqual(['at', 'size'])
})

test('a name that brackets can reach stays: the types say which', () => {
  const code = 'var o = { offtakeW: 1, injectionW: 2, tariff: 3 }; print(o[names[o.tariff]], o.offtakeW, o.injectionW);'
  const source = `var names = ['offtakeW', 'injectionW'] as const; ${code}`
  expect(namesOf(source, code)).toEqual(['tariff'])
})

test('with any text between the brackets, all names of that object stay', () => {
  const code = 'var o = { offtakeW: 1 }, p = { injectionW: 2 }; for (var k in p) print(o.offtakeW); print(o[String(p)])'
  expect(namesOf(code)).toEqual([])
})
