// Calls of the listed functions go through one new function, and mean what they meant.

import { runInNewContext } from 'node:vm'
import MagicString from 'magic-string'
import { expect, test } from 'vitest'
import { addDoor, DOOR_NAME } from '../../../../scripts/bundle/door.ts'
import { shareDoor } from '../../../../scripts/bundle/door-shares.ts'
import { sink } from '../../../../scripts/bundle/sink.ts'

const SCRIPT = `
function half(x) { return x / 2; }
function area(w, h) { return half(w * h * 2); }
function answer() { return half(84); }
function shadow(area) { return area; }
var out = [area(6, 7), answer(), answer ( ), shadow(3), area(area(1, 2), 3)];
`

function behindDoor(script: string, behind: string[]): string {
  const text = new MagicString(script)
  addDoor(text, behind)
  return text.toString()
}

/** Before terser nothing is let go. */
const unclosed = (script: string): string => `function closeTheDoor() {}${script}`

/** As terser leaves a door: `which` chooses, the rest is one list of functions. */
const DOOR = `var made = [];
var d = (which, a) => {
  var r, t = [1, 2], f = x => x + 1, g = x => f(x) * 2, h = x => t[x], k = x => g(h(x));
  r = 0 === which ? g(a) : 1 === which ? h(a) : f(a);
  made.push(eval('[typeof f, typeof g, typeof h, typeof k].join(" ")'));
  closeTheDoor();
  return r;
};`

function closed(script: string): string {
  const text = new MagicString(script)
  shareDoor(text)
  return text.toString()
}

test('calls through the door give what they gave', () => {
  const code = behindDoor(SCRIPT, ['area', 'answer'])
  expect(code).toContain(`${DOOR_NAME}(0, 6, 7)`)
  expect(runInNewContext(`${unclosed(code)};out`)).toEqual([42, 42, 42, 3, 6])
})

test('what only functions behind the door share moves behind it', () => {
  const text = new MagicString(behindDoor(SCRIPT, ['area', 'answer']))
  const moved = sink(text, [DOOR_NAME])
  expect(moved.get('half')).toBe(DOOR_NAME)
  expect(moved.get('area')).toBe(DOOR_NAME)
  expect(runInNewContext(`${unclosed(text.toString())};out`)).toEqual([42, 42, 42, 3, 6])
})

test('a call makes what it needs, and lets it go when the door closes', () => {
  const code = closed(DOOR)
  expect(runInNewContext(`${code};[d(0, 3), d(1, 1), d(2, 6)]`)).toEqual([8, 2, 7])
  expect(runInNewContext(`${code};d(0, 1), d(1, 1), d(2, 1), made`)).toEqual([
    'function function undefined undefined',
    'undefined undefined function undefined',
    'function undefined undefined undefined',
  ])
  for (const name of ['f', 'g', 'h']) expect(code).toMatch(new RegExp(`[(,=]${name}=[^;]*0\\)`))
})

test('a function behind the door that somebody else may keep is refused, and so are branches that are not plain', () => {
  expect(() => closed(DOOR.replace('x => x + 1', 'x => { s.on(() => x) }'))).toThrow('s.on(')
  expect(() => closed(DOOR.replace('x => x + 1', 'x => { s.on(x ? () => x : 0) }'))).toThrow('s.on(')
  expect(() => closed(DOOR.replace('0 === which', '!which'))).toThrow('not as door.ts wrote them')
})

test('where there are more occasions than groups, the usual ones make only what is theirs', () => {
  const all = Array.from({ length: 12 }, (_, at) => at)
  const code = closed(`var made = [];
var d = which => {
  var r, ${all.map(at => `f${at} = () => ${at}`).join(', ')};
  r = ${all.map(at => (at < 11 ? `${at} === which ? f${at}() : ` : `f${at}()`)).join('')};
  made.push(eval('[${all.map(at => `typeof f${at}`).join()}].filter(one => one === "function").length'));
  closeTheDoor();
  return r;
};`)
  const [given, made] = runInNewContext(`${code};[[${all.map(at => `d(${at})`).join()}], made]`)
  expect(given).toEqual(all)
  expect(made).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2])
})

test('a function that is handed on, or is none, is refused', () => {
  expect(() => behindDoor('function f() {}\nvar g = f;', ['f'])).toThrow('used otherwise than by a call')
  expect(() => behindDoor('var f = 1;', ['f'])).toThrow("no function of the bundle's top level")
})
