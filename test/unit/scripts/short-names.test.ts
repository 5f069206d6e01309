import { expect, test } from 'vitest'
import { ownNames } from '../../../scripts/short-names.ts'

const API = [new URL('../../../firmware/espruino.d.ts', import.meta.url).pathname]

test('our own names may be shortened', () => {
  expect(ownNames('var ring = { sectorCount: 1 }; print(ring.sectorCount, ring.firstSeq)', API)).toEqual([
    'firstSeq',
    'sectorCount',
  ])
})

test('names of the language and of the engine stay', () => {
  const code =
    'print([1].indexOf(1), E.kickWatchdog, process.memory(true).free, "a".charCodeAt(0), new Uint8Array(1).buffer)'
  expect(ownNames(code, API)).toEqual([])
})

test('a name that is also a text stays: it may be reached by brackets', () => {
  expect(ownNames('var o = { offtakeW: 1 }; var names = ["offtakeW"]; print(o[names[0]])', API)).toEqual([])
})
