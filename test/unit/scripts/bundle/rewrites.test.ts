// Each rewrite: what it does, what it leaves alone, and that the script says the same afterwards.

import { parse } from 'acorn'
import MagicString from 'magic-string'
import { expect, test } from 'vitest'
import { analyzeScopes } from '../../../../firmware/host/scopes.ts'
import { arrows } from '../../../../scripts/bundle/arrows.ts'
import { constants } from '../../../../scripts/bundle/constants.ts'
import { declareFirst } from '../../../../scripts/bundle/declare-first.ts'
import { numberKinds } from '../../../../scripts/bundle/kinds.ts'
import { oneAStatement } from '../../../../scripts/bundle/one-a-statement.ts'
import { plainVars } from '../../../../scripts/bundle/plain-vars.ts'
import { referencesBeforeVar } from '../../../../scripts/dialect/var-regions.ts'
import fc from '../../../support/given-cases.ts'

const rewrite =
  (step: (text: MagicString) => void) =>
  (code: string): string => {
    const text = new MagicString(code)
    step(text)
    return text.toString()
  }
const withVars = rewrite(plainVars)
const withArrows = rewrite(arrows)
const withConstants = rewrite(constants)
const declaredFirst = rewrite(declareFirst)
/** Names that may be read before they are declared. */
function early(code: string): string[] {
  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'script' })
  return referencesBeforeVar(tree, analyzeScopes(tree)).map(one => one.name)
}

test('let and const become var', () => {
  expect(withVars('function f(a) { const b = a; if (b) { let c = 1; return c } }')).toBe(
    'function f(a) { var b = a; if (b) { var c = 1; return c } }',
  )
  expect(withVars('for (const a of [1]) print(a); for (const a of [2]) print(a);')).not.toMatch(/const/)
})

test.each([
  ['captured in a loop', 'for (const a of [1, 2]) { const b = a; later(() => b) }'],
  ['no value at first in a loop', 'for (;;) { let a; if (!a) a = 1 }'],
  ['shadows in the same function', 'function f() { const a = 1; { const a = 2; print(a) } print(a) }'],
  ['shadows a parameter', 'function f(a) { { const a = 2; print(a) } print(a) }'],
  [
    'hides an outer name that the function uses',
    'const a = 1; function f(b) { print(a); { const a = 2; print(a, b) } }',
  ],
])('it keeps a name that is %s', (_, code) => {
  expect(withVars(code)).toMatch(/(const b|let a|const a = 2)/)
})

test('function declarations become arrows, unless they mean `this` or `arguments`, or are used above', () => {
  expect(withArrows('function f(a, b) { return a + b }')).toBe('var f = (a, b) => { return a + b };')
  for (const kept of [
    'function f() { return this.a }',
    'function f() { return () => this.a }',
    'function f() { return arguments.length }',
    'f(); function f() {}',
    'function f() {} f = 1;',
  ]) {
    expect(withArrows(kept)).toBe(kept)
  }
})

test('numbers and truth values go where they are used', () => {
  expect(withConstants('var A = 5; var B = -1; var C = true; print(A + B, { A, b: C });')).toBe(
    '   print(5 + (-1), { A: 5, b: true });',
  )
  const kept = 'var a = 5; a++; var t = "text"; var l = [1]; print(a, t, l);'
  expect(withConstants(kept)).toBe(kept)
})

test.each([
  ['behind its use', 'print(a); var a = 1;', ['a']],
  ['behind a return', 'function f() { return b = 1; var b }', ['b']],
  ['in a branch', 'if (x()) { var a = 1; print(a) } print(a);', ['a']],
  ['in a branch without braces', 'if (x()) var a = 1; else a = 2;', ['a']],
  ['in a loop that may have no round', 'while (x()) { var a = 1; print(a) } print(a);', ['a']],
  ['as the variable of a loop over something', 'for (var k in o) print(k); print(k);', ['k']],
  ['in another case', 'switch (x()) { case 1: var a = 1; break; case 2: print(a) }', ['a']],
  ['where something may throw first', 'try { x(); var a = 1 } catch (e) {} print(a);', ['a']],
  ['in a branch, for a function made elsewhere', 'if (x()) { var a = 1 } later(function () { return a });', ['a']],
])('a var is not sure to be declared %s', (_, code, names) => {
  expect(early(code)).toEqual(names)
  expect(early(declaredFirst(code))).toEqual([])
})

test.each([
  'var a = 1; print(a);',
  'for (var i = 0; i < 3; i++) print(i); print(i);',
  'for (var k in o) print(k);',
  'if (x()) { var a = 1; print(a) } else { var a = 2; print(a) }',
  'var f = function () { return a }; var a = 1; print(f());',
])('declared in time: %s', code => {
  expect(early(code)).toEqual([])
  expect(declaredFirst(code)).toBe(code)
})

test('declared first, a script says the same in the language itself', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  const statement = fc.letrec<{ one: string }>(tie => ({
    one: fc.oneof(
      { maxDepth: 3 },
      fc.tuple(name, fc.nat(9)).map(([n, v]) => `var ${n} = ${v};`),
      fc.tuple(name, fc.nat(9)).map(([n, v]) => `${n} = ${v};`),
      name.map(n => `print(${n});`),
      name.map(n => `var ${n};`),
      fc.tuple(name, tie('one')).map(([n, body]) => `if (${n}) { ${body} }`),
      fc.tuple(name, tie('one')).map(([n, body]) => `for (var ${n} = 0; ${n} < 2; ${n}++) { ${body} break }`),
      fc.tuple(name, tie('one')).map(([n, body]) => `(function () { ${body} print(${n}) })();`),
    ),
  })).one
  function run(code: string): unknown[] {
    const said: unknown[] = []
    new Function('print', `var a, b, c;(function () { ${code} })();print(a + ',' + b)`)((v: unknown) => said.push(v))
    return said
  }
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 8 }), statements => {
      const code = statements.join(' ')
      const wrapped = `(function () { ${code} })();`
      const after = declaredFirst(wrapped)
      expect(early(after)).toEqual([])
      expect(run(after)).toEqual(run(wrapped))
    }),
  )
})

test('a text that only tells cases apart becomes a number, wherever it stands', () => {
  const numbered = rewrite(numberKinds)
  const code =
    'var s = { state: "waiting" }; function f(k) { return k === "waiting" ? "greeting" : "open" } out = [f(s.state), f("look")];'
  expect(numbered(code)).not.toMatch(/waiting|greeting|look/)
  const run = (text: string): string[] => new Function(`var out; ${text} return out`)()
  expect(run(numbered(code))).toEqual([expect.any(Number), 'open'])
})

test.each(['print("state: " + "waiting")', 'a = ["waiting"]', 's.on("connect", f)', 'a = { waiting: 1 }["waiting"]'])(
  'where its letters count it is refused: %s',
  code => {
    expect(() => rewrite(numberKinds)(code)).toThrow('the letters of')
  },
)

test('each name of the global scope is declared by a statement of its own', () => {
  expect(rewrite(oneAStatement)('var a = 1, b = [2, 3], c; function f() { var d = 1, e = 2 }')).toBe(
    'var a = 1;\nvar b = [2, 3];\nvar c; function f() { var d = 1, e = 2 }',
  )
})

test('a long constant that is used often keeps its name', () => {
  const often = `var a = 9007199254740991; ${'print(a);'.repeat(7)}`
  expect([withConstants(often), withConstants('var a = 9007199254740991; print(a);')]).toEqual([
    often,
    ' print(9007199254740991);',
  ])
})
