import { describe, expect, test } from 'vitest'
import { checkDialect } from '../../../scripts/dialect-gate.ts'

const rulesOf = (code: string): string[] => [...new Set(checkDialect(code).map(one => one.rule))].sort()

// One case per construct that the engine refuses or runs otherwise.
const REFUSED: [rule: string, code: string][] = [
  ['default-value', 'var f = function(a = 1) { return a }'],
  ['default-value', 'var f = (a = 1) => a'],
  ['rest', 'function f(...a) { return a }'],
  ['spread', 'print.apply(0, [...[1]])'],
  ['spread', 'print(...[1])'],
  ['spread', 'var o = { ...{} }'],
  ['destructuring', 'var { length } = [1]'],
  ['destructuring', 'var a; [a] = [1]'],
  ['destructuring', 'function f([a]) { return a }'],
  ['destructuring', 'for (var [k] of [[1]]) print(k)'],
  ['generator', 'function* f() { yield 1 }'],
  ['async', 'async function f() {}'],
  ['async', 'var f = async () => 1'],
  ['label', 'a: for (;;) break a'],
  ['private-member', 'class A { #x = 1 }'],
  ['static-block', 'class A { static { print(1) } }'],
  ['class-field', 'class A { x }'],
  ['class-field', 'class A { f = () => this.v }'],
  ['computed-key', 'var o = { ["a" + 1]: 1 }'],
  ['computed-key', 'class A { ["a" + 1]() {} }'],
  ['tagged-template', 'print`x`'],
  ['meta-property', 'function f() { return new.target }'],
  ['optional-chaining', 'var o = {}; print(o?.a)'],
  ['operator', 'print(2 ** 3)'],
  ['operator', 'var a = 1; a **= 2'],
  ['operator', 'var a; a ??= 1'],
  ['operator', 'var a; a &&= 1'],
  ['operator', 'var a; a ||= 1'],
  ['bigint', 'print(1n)'],
  ['case-after-default', 'switch (1) { default: print(1); case 2: print(2) }'],
  ['with', 'with ({}) print(1)'],
  ['extends-builtin', 'class A extends Error {}'],
  ['extends-builtin', 'class A extends Array {}'],
  ['extends-builtin', 'class A extends Uint8Array {}'],
  ['identifier-of', 'var of = 1'],
  ['unary-plus', 'var text = "012"; print(+text)'],
  ['number-of-text', 'print(Number("012"))'],
  ['length-assignment', 'var a = [1]; a.length = 0'],
  ['length-assignment', 'var a = [1]; a.length--'],
  ['loop-capture', 'var f = []; for (let i = 0; i < 3; i++) f.push(function() { return i })'],
  ['loop-capture', 'var f = []; for (const k of [1, 2]) f.push(() => k)'],
  ['loop-capture', 'var f = []; for (const k in { a: 1 }) f.push(() => () => k)'],
  ['use-before-definition', 'f(); function f() {}'],
  ['use-before-definition', 'var g = f; function f() {}'],
  ['use-before-definition', 'function f() { return g() } f(); function g() { return 1 }'],
  ['use-before-definition', 'function out() { inner(); function inner() {} } out()'],
  ['use-before-definition', 'new A(); class A {}'],
  ['use-before-definition', 'var f = () => g(); f(); var g = () => 1'],
  ['use-before-definition', '(() => { f() })(); function f() {}'],
  ['use-before-definition', 'function f() { return (a => g(a))(1) } f(); function g() { return 1 }'],
  ['var-not-hoisted', 'function f() { return (a = 1), a; var a } f()'],
  ['var-not-hoisted', 'function f(b) { if (b) { var a = 1; print(a) } a = 2 } f()'],
  ['var-not-hoisted', '(() => print(a))(); var a = 1'],
  // nearly a group of the door's (scripts/bundle/door-shares.ts), and none
  ['var-not-hoisted', 'var d = (w, x) => { if (5 >> x & 1) { var a = () => 1 } return a() }; d(0, 1)'],
  ['var-not-hoisted', 'var d = w => { if (5 >> w & 1) { var a = 1 } return a }; d(0)'],
  ['var-not-hoisted', 'var d = w => { if (5 >> w & 1) { var a = () => 1; print(w) } return a() }; d(0)'],
  ['var-not-hoisted', 'var d = w => { if (w) { if (5 >> w & 1) { var a = () => 1 } } return a() }; d(0)'],
  ['var-not-hoisted', 'var d = w => { a(); if (5 >> w & 1) { var a = () => 1 } }; d(0)'],
  ['missing-global', 'print(new Map())'],
  ['missing-global', 'print(Symbol.iterator)'],
  ['missing-global', 'print(new Proxy({}, {}))'],
  ['missing-global', 'queueMicrotask(function() {})'],
  ['missing-global', 'print(Buffer)'],
  ['missing-global', 'print(new RangeError("x"))'],
  ['undeclared', 'counter = 1'],
  ['missing-static', 'print(Math.trunc(1.5))'],
  ['missing-static', 'print(Number.isInteger(1))'],
  ['missing-static', 'print(Number.MAX_SAFE_INTEGER)'],
  ['missing-static', 'print(Array.from([1]))'],
  ['missing-static', 'Object.freeze({})'],
  ['missing-static', 'print(Promise["race"])'],
  ['missing-static', 'print(Uint8Array.from([1]))'],
  ['missing-static', 'print(Date.UTC(2026, 0))'],
  ['missing-method', 'print([1].flat())'],
  ['missing-method', 'print([1].at(-1))'],
  ['missing-method', 'print([1].entries())'],
  ['missing-method', 'print("a".matchAll(/a/g))'],
  ['missing-method', 'print("a".localeCompare("b"))'],
  ['missing-method', 'var n = 1; print(n.toPrecision(3))'],
  ['missing-method', 'Promise.resolve(1).finally(function() {})'],
  ['missing-method', 'var a = new Uint8Array(1); print(a.BYTES_PER_ELEMENT)'],
  ['ignored-argument', 'print("a,b".split(",", 1))'],
  ['ignored-argument', 'JSON.parse("1", function() {})'],
  ['ignored-argument', 'JSON.stringify({}, null, 2)'],
  ['regex', 'print(/a{2}/.test("aa"))'],
  ['regex', 'print(/a{1,}/.test("aa"))'],
  ['regex', 'print(/a+?/.test("aa"))'],
  ['regex', 'print(/(?:a)/.test("a"))'],
  ['regex', 'print(/a(?=b)/.test("ab"))'],
  ['regex', 'print(/(?<name>a)/.test("a"))'],
  ['regex', 'print(/\\ba/.test("a"))'],
  ['regex', 'print(/(ab)+/.test("ab"))'],
  ['regex', 'print(/(a)\\1/.test("aa"))'],
  ['regex', 'print(/[/]/.test("/"))'],
  ['regex', 'print(/a/m.test("a"))'],
  ['regex', 'var s = "a"; print(new RegExp(s))'],
  ['non-ascii', 'print("\u00e9")'],
  ['wide-character', 'print("\\u20ac")'],
  ['wide-character', 'print(`\\u20ac`)'],
  ['wide-character', 'print("\\u{e9}")'],
]

// What the engine does run as node does.
const ALLOWED: string[] = [
  'let a = 1; const b = 2; print(a + b)',
  'var f = (a, b) => a + b, g = a => { return a }; print(f(1, 2), g(3))',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the code under judgement is a template
  'var a = 1; print(`x ${a} ${`y${a}`}`)',
  'class A { constructor() { this.x = 1 } m() { return this.x } static s() {} get g() { return 1 } set g(v) {} } class B extends A {}',
  'class A { static n = 1 }',
  'for (const x of [1, 2]) print(x); for (const k in { a: 1 }) print(k)',
  'var f = []; for (var i = 0; i < 3; i++) { let j = i; f.push(function() { return j }) }',
  'for (let i = 0; i < 3; i++) { [1].forEach(function(x) { print(x) }) }',
  'function f() { return g() } function g() { return 1 } f()',
  'function f() { setTimeout(function() { g() }, 1) } f(); function g() {}',
  'var g = function() { return f() }; function f() { return 1 } g()',
  'function fact(n) { return n < 2 ? 1 : n * fact(n - 1) } print(fact(3))',
  'var f = function inner(n) { return n ? inner(n - 1) : 0 }; f(2)',
  'try { print(1) } catch (e) { print(e) } finally { print(2) }',
  'switch (1) { case 1: print(1); break; default: print(2) }',
  'var o = { a: 1, b() { return 1 }, get c() { return 2 } }; print(o.a ?? 1)',
  'print(Object.keys({}), Object.values({}), Object.entries({}), Object.assign({}, {}))',
  'print([1].map(x => x).filter(x => x).reduce((a, b) => a + b, 0), [1].includes(1), [1].fill(0))',
  'print("a".padStart(2), "a".startsWith("a"), "a".lastIndexOf("a"), "ab".slice(1), "a,b".split(","))',
  'var a = new Uint8Array(4); a.set([1]); print(a.subarray(1), a.slice(1), a.length, new DataView(a.buffer).getUint32(0))',
  'print(/^[a-z]+(x|y)\\.[0-9]*$/i.test("a"), /\\(a\\)/.test("(a)"), /a\\+b?/g.test("a"))',
  'print(Math.floor(1.5), Math.round(1), Math.max(1, 2), Number.MAX_VALUE, parseInt("012", 10), parseFloat("1.5"))',
  'print(0b11, 0o17, 0xff, 1_000, -1, +1)',
  'print("\\xff\\x00\\u00e9")',
  'print(E.toString([1]), Serial2, D5, require("net"), process.memory().free, getTime(), JSON.stringify({}))',
  'function f() { return arguments.length } f()',
  'var self = globalThis; print(self)',
  'print(isNaN(1), isFinite(1), undefined, Infinity, eval)',
  'var d = w => { if (5 >> w & 1) { var a = () => 1, b = x => x } return w === 0 ? a() : b(w) }; d(0)',
  'var region = { keys: 1, at: 2, values: [] }; print(region.keys, region.at, region.values[0])',
]

describe('the dialect gate', () => {
  test.each(REFUSED)('refuses, as %s: %s', (rule, code) => {
    expect(rulesOf(code)).toContain(rule)
  })

  test.each(ALLOWED)('lets pass: %s', code => {
    expect(checkDialect(code)).toEqual([])
  })

  test('points at the place and says what to write instead', () => {
    expect(checkDialect('print(1);\nprint(Math.trunc(2.5))')).toEqual([
      {
        rule: 'missing-static',
        at: 16,
        message: 'Math.trunc does not exist there; use | 0 below 2^31, else Math.floor',
      },
    ])
  })

  test('a local variable of a refused name is nobody else', () => {
    expect(rulesOf('function f(Map) { return Map.x } f({})')).toEqual([])
  })
})
