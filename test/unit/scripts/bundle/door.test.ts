// Calls of the listed functions go through one new function, and mean what they meant.

import { runInNewContext } from 'node:vm'
import MagicString from 'magic-string'
import { expect, test } from 'vitest'
import { addDoor, closeDoor, DOOR_NAME } from '../../../../scripts/bundle/door.ts'
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

function closed(script: string): string {
  const text = new MagicString(script)
  closeDoor(text)
  return text.toString()
}

test('calls through the door give what they gave', () => {
  const code = behindDoor(SCRIPT, ['area', 'answer'])
  expect(code).toContain(`${DOOR_NAME}(0, 6, 7)`)
  expect(runInNewContext(`${closed(code)};out`)).toEqual([42, 42, 42, 3, 6])
})

test('what only functions behind the door share moves behind it', () => {
  const text = new MagicString(behindDoor(SCRIPT, ['area', 'answer']))
  const moved = sink(text, [DOOR_NAME])
  expect(moved.get('half')).toBe(DOOR_NAME)
  expect(moved.get('area')).toBe(DOOR_NAME)
  expect(runInNewContext(`${closed(text.toString())};out`)).toEqual([42, 42, 42, 3, 6])
})

test('when the door closes, the functions behind it are let go; one that somebody else may keep is refused', () => {
  const code = closed('var d = () => { var f = x => x + 1, g; g = x => f(x); var r = g(1); closeTheDoor(); return r }')
  expect(code).toContain('f=g=0')
  expect(runInNewContext(`${code};d()`)).toBe(2)
  const leaks = 'var d = () => { var f = x => { s.on(() => x) }, r = f(1); closeTheDoor(); return r }'
  expect(() => closed(leaks)).toThrow('is handed to s.on(')
})

test('a function that is handed on, or is none, is refused', () => {
  expect(() => behindDoor('function f() {}\nvar g = f;', ['f'])).toThrow('used otherwise than by a call')
  expect(() => behindDoor('var f = 1;', ['f'])).toThrow("no function of the bundle's top level")
})
