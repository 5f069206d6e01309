// All passes together: the script says the same afterwards, passes the gate, and its map names the lines it came from.

import { SourceMap } from 'node:module'
import { transformSync } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { minifyForEngine } from '../../../../scripts/bundle/minify.ts'
import { checkDialect } from '../../../../scripts/dialect-gate.ts'

const SOURCE = `
const LIMIT = 3
function assert(condition, sentence) {
  if (!condition) throw new Error(sentence)
}
function double(n) {
  return n * 2
}
function twice(n) {
  return double(n)
}
const state = { count: 0, names: ['one', 'two', 'three'] }
function openLog(prefix) {
  let text = ''
  for (const name of state.names) {
    const size = name.length
    if (size > LIMIT) {
      const extra = double(size)
      text += prefix + extra
    } else text += prefix + size
  }
  state.count++
  return text
}
function tick(n) {
  assert(n < 100, 'few ticks')
  if (n > LIMIT) {
    const half = Math.floor(n / 2)
    print('half ' + half)
    return twice(half)
  }
  return twice(n) + double(n)
}
print(openLog('-'))
print(tick(2) + ',' + tick(9))
print(state.count)
try {
  tick(100)
} catch (error) {
  print('' + error)
}
print(typeof notThere)
lookHere('a text to find')
`
let before = ''
let after: Awaited<ReturnType<typeof minifyForEngine>>
beforeAll(async () => {
  const { code, map } = transformSync(SOURCE, { sourcemap: 'external', sourcefile: 'source.ts', loader: 'ts' })
  before = code
  after = await minifyForEngine({ code, map }, ['openLog'], [], [], [], ['E', 'print'])
})

function run(code: string): unknown[] {
  const said: unknown[] = []
  new Function('print', 'lookHere', code)(
    (value: unknown) => said.push(value),
    () => {},
  )
  return said
}

test('the script says the same; of an assertion the number of its sentence', () => {
  expect(after.sentences).toEqual(['few ticks'])
  expect(run(after.code)).toEqual(run(before).map(line => (line === 'Error: few ticks' ? 'Error: 0' : line)))
  expect(after.code.length).toBeLessThan(before.length / 2)
})

test('it passes the dialect gate but for the names that only this test has', () => {
  expect(checkDialect(after.code).map(one => one.rule)).toEqual(['missing-global', 'missing-global'])
})

test('its map names the source line', () => {
  const at = after.code.indexOf('lookHere')
  const entry = new SourceMap(JSON.parse(after.map)).findEntry(0, at)
  const line = SOURCE.split('\n').findIndex(text => text.startsWith('lookHere'))
  expect(entry).toMatchObject({ originalSource: 'source.ts', originalLine: line })
})

test('no variable of ours has a name of the engine', () => {
  expect(after.code).not.toMatch(/\b(var |,)(E|print)=/)
})
