import MagicString from 'magic-string'
import { expect, test } from 'vitest'
import { sink } from '../../../../scripts/bundle/sink.ts'

function sunk(code: string, cold: string[]): { code: string; moved: Record<string, string> } {
  const text = new MagicString(code)
  const moved = Object.fromEntries(sink(text, cold))
  return { code: text.toString().replaceAll(/\s+/g, ' ').trim(), moved }
}
/** What `code` says through print(). */
function run(code: string): unknown[] {
  const said: unknown[] = []
  new Function('print', code)((value: unknown) => said.push(value))
  return said
}

test('what only a cold function needs moves to the front of its body, in the old order', () => {
  const code = 'function a() { return 1 } function b() { return a() + 1 } function cold() { return b() } print(cold());'
  const result = sunk(code, ['cold'])
  expect(result.code).toBe(
    'function cold() {function a() { return 1 }function b() { return a() + 1 } return b() } print(cold());',
  )
  expect(run(result.code)).toEqual([2])
})

test('what anything else needs stays, however deep below a cold function it also is', () => {
  const code = `function a() { return 1 } function b() { return a() } function cold() { return b() }
    function hot() { return a() } print(cold() + hot());`
  expect(sunk(code, ['cold']).moved).toEqual({ b: 'cold' })
})

test('a cold function within a cold function is moved, and so is what only the inner one needs', () => {
  const code = `function a() { return 1 } function inner() { return a() } function b() { return 2 }
    function outer() { return inner() + b() } print(outer());`
  const result = sunk(code, ['inner', 'outer'])
  expect(result.moved).toEqual({ inner: 'outer', b: 'outer', a: 'inner' })
  expect(run(result.code)).toEqual([3])
})

test('functions that need each other move together', () => {
  const code = `function even(n) { return n === 0 || odd(n - 1) } function odd(n) { return n !== 0 && even(n - 1) }
    function cold(n) { return even(n) } print(cold(4)); print(cold(3));`
  const result = sunk(code, ['cold'])
  expect(result.moved).toEqual({ even: 'cold', odd: 'cold' })
  expect(run(result.code)).toEqual([true, false])
})

test('state outside is read and written from inside as before, and stays where it is', () => {
  const code = `var count = 0; var list = [1]; function next() { list.push(count); return ++count }
    function cold() { return next() } cold(); cold(); print(count); print(list.length);`
  const result = sunk(code, ['cold'])
  expect(result.moved).toEqual({ next: 'cold' })
  expect(run(result.code)).toEqual([2, 3])
})

test('a table moves if it is only read from; one that is written to, or handed on, is state', () => {
  const table = (use: string) => `var t = ['a', 'b']; function cold(o) { ${use} } print(cold([1]));`
  expect(sunk(table('return t[1] + t.length + t.indexOf("b")'), ['cold']).moved).toEqual({ t: 'cold' })
  for (const use of ['t[0] = 1', 't.push(1)', 'o.kept = t', 'return t', 't[0]++', 'delete t[0]', 't.x = 1', 't[0]()']) {
    expect(sunk(table(use), ['cold']).moved, use).toEqual({})
  }
})

test('a function that is replaced, or runs while the script loads, stays', () => {
  expect(sunk('function a() {} function cold() { a(); a = 1 } print(cold);', ['cold']).moved).toEqual({})
  expect(
    sunk('function a() { return 1 } var x = a(); function cold() { return a() + x } cold();', ['cold']).moved,
  ).toEqual({})
})

test('it refuses a home that would catch a name, at any depth', () => {
  const own = 'var n = print; function a() { return n } function cold(n) { return a() } cold(2);'
  expect(() => sunk(own, ['cold'])).toThrow('cold has a n of its own, which a would find')
  const above =
    'var n = print; function a() { return n } function inner() { return a() } function outer(n) { return inner() } outer(2);'
  expect(() => sunk(above, ['inner', 'outer'])).toThrow('outer has a n of its own')
  const global = 'function a() { return E.x } function cold(E) { return a() } cold(2);'
  expect(() => sunk(global, ['cold'])).toThrow('cold has a E of its own')
})

test('it refuses a cold name that is no function of the top level', () => {
  expect(() => sunk('function a() {} a();', ['b'])).toThrow('b is no function of the bundle')
})
