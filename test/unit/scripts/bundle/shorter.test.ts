// The rewrites that only make the bundle shorter: each leaves alone what it cannot prove.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import MagicString from 'magic-string'
import { afterAll, expect, test } from 'vitest'
import { aliases } from '../../../../scripts/bundle/aliases.ts'
import { plainerComparisons } from '../../../../scripts/bundle/comparisons.ts'
import { inlineSmall } from '../../../../scripts/bundle/inline.ts'
import { numberSentences } from '../../../../scripts/bundle/sentences.ts'
import { words } from '../../../../scripts/bundle/words.ts'
import { programOf } from '../../../../scripts/short-names.ts'

function rewrite<T>(code: string, step: (text: MagicString) => T): { code: string; gave: T } {
  const text = new MagicString(code)
  const gave = step(text)
  return { code: text.toString(), gave }
}
/** What `code` says through print(). */
function run(code: string): unknown[] {
  const said: unknown[] = []
  new Function('print', code)((value: unknown) => said.push(value))
  return said
}

test('a function that passes on its arguments goes to its callers, whatever the arguments are', () => {
  const code = `var n = 0; function next() { return ++n }
    function both(a, b, c) { print(a + ':' + b + ':' + c); return a } function small(a, c) { return both(a, 7, c) }
    small(next(), small(next(), next())); print(n);`
  const after = rewrite(code, inlineSmall)
  expect(after.gave).toEqual(['small'])
  expect(after.code).not.toMatch(/small/)
  expect(run(after.code)).toEqual(run(code))
})

test('an expression goes to its callers where the arguments are names that nobody writes to, or constants', () => {
  const of = (use: string) =>
    rewrite(
      `function isDown(o) { return o.s === 0 } function f(q, r) { ${use} } print(f({ s: 0 }, { s: 1 }));`,
      inlineSmall,
    )
  expect(of('return isDown(q) || isDown(r)').gave).toEqual(['isDown'])
  expect(run(of('return isDown(q) || isDown(r)').code)).toEqual([true])
  expect(of('return isDown(q) || isDown(q.next)').gave).toEqual([])
  expect(of('const x = isDown(q); q = r; return x || isDown(r)').gave).toEqual([])
})

test('a function of one caller goes to it, which terser does not everywhere', () => {
  const after = rewrite(
    'function small(a) { return a + 1 } function f(n) { return small(n) } print(f(1));',
    inlineSmall,
  )
  expect(after.gave).toEqual(['small'])
  expect(run(after.code)).toEqual([2])
})

test.each([
  ['is handed on', 'function small(a) { return g(a) } print(small(1)); later(small);'],
  ['writes', 'function small(a) { return n = a } print(small(1)); print(small(2));'],
  ['makes a function', 'function small(a) { return () => a } print(small(1)); print(small(2));'],
  ['gives nothing where something is used', 'function small(a) { g(a) } print(small(1)); print(small(2));'],
  [
    'would be longer at each place',
    `function small(a) { return [a, 'some', 'long', 'texts', 'here'] } ${'print(small(1));'.repeat(9)}`,
  ],
  ['means another thing there', 'function small(a) { return g(a) } function f(g) { return small(g) + small(2) } f(1);'],
])('it keeps a function that %s', (_, code) => {
  expect(rewrite(code, inlineSmall).gave).toEqual([])
  expect(rewrite(code, inlineSmall).code).toBe(code)
})

test('sentences of assertions become their places in a table; the same sentence has one place', () => {
  const { code, gave } = rewrite(
    `assert(a, 'one'); assert(b, "two"); assert(c, 'one'); say(d, 'one'); assert(e, f);`,
    numberSentences,
  )
  expect(code).toBe(`assert(a, 0); assert(b, 1); assert(c, 0); say(d, 'one'); assert(e, f);`)
  expect(gave).toEqual(['one', 'two'])
})

test('what is called often from the library gets a short name, in front; a variable of the same name is another thing', () => {
  const many = (call: string) => `print(${Array.from({ length: 9 }, () => call).join('+')});`
  const after = rewrite(many('Math.floor(1.5)'), aliases).code
  expect(after).toMatch(/^var alias_Math_floor = Math\.floor;\n/)
  expect(run(after)).toEqual([9])
  for (const kept of [
    'print(Math.floor(1.5));',
    many('Math.PI'),
    many('JSON.stringify(1)'),
    `function f(Math) { ${many('Math.floor(1.5)')} }`,
  ]) {
    expect(rewrite(kept, aliases).code).toBe(kept)
  }
})

const folder = mkdtempSync(join(tmpdir(), 'nrt-types-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const TYPES = `declare const n: number, m: number | undefined, s: string, t: string | undefined, o: { a: 1 } | undefined,
  z: number | null, e: { a: 1 } | null | undefined, b: boolean, x: unknown, y: any; `

test.each([
  ['n === m', 'n == m'],
  ['s !== "a"', 's != "a"'],
  ['b === true', 'b == true'],
  ['m === undefined', 'm == null'],
  ['o !== undefined', 'o != null'],
  // "null" == null and "undefined" == undefined on the engine
  ['t === undefined', 't === undefined'],
  ['t === s', 't === s'],
  // null == undefined everywhere
  ['z === undefined', 'z === undefined'],
  ['e === undefined', 'e === undefined'],
  ['x === undefined', 'x === undefined'],
  ['y === n', 'y === n'],
  ['x === s', 'x === s'],
])('with these types %s becomes %s', (from, to) => {
  const entry = join(folder, 'main.ts')
  writeFileSync(entry, `${TYPES}export const r = ${from}`)
  const program = programOf(entry, [])
  const file = program.getSourceFile(entry)!
  const { code } = rewrite(file.text, text => plainerComparisons(text, file, program.getTypeChecker()))
  expect(code).toBe(`${TYPES}export const r = ${to}`)
})

test('terser’s short ways to say true, false and undefined become words again, told from what stands before', () => {
  const code =
    'var f=a=>{if(a===!1)return!0;return void 0},o={a:!0,b:void 0};print(f(!1),f(1),o.a,!o.b,"!0",!0==!(0),typeof!1)'
  const after = rewrite(code, words)
  expect(after.code).toBe(
    'var f=a=>{if(a===false)return true;return undefined},o={a:true,b:undefined};print(f(false),f(1),o.a,!o.b,"!0",true==!(0),typeof false)',
  )
})
