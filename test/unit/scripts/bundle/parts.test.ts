// The door's functions stand beside the program, are evaluated where they are called for, and mean what they meant.

import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { asScript, putTogether } from '../../../../firmware/host/engine-parts.ts'
import { withoutTokens } from '../../../../firmware/host/engine-tokens.ts'
import { intoParts } from '../../../../scripts/bundle/parts.ts'
import { tokenise } from '../../../../scripts/bundle/tokenise.ts'

/** Long enough to be worth a part. */
const LONG = 'x'.repeat(150)
const half = `var half=n=>{var unused="${LONG}";return n/2};`
const SCRIPT =
  `var door=(which,a)=>{var r;if(1>>which&1){${half}}if(3>>which&1){var one=n=>n+1;}` +
  `return 0==which?r=(n=>{var unused="${LONG}";return half(one(n))})(a):r=(n=>one(n)*2)(a),r};` +
  'out=[door(0,3),door(1,4)];'

/** As the engine does it: the text of a function under a name of its own, pieces of it evaluated where they are called for. */
function onTheEngine(code: string): unknown {
  const [, name, parts, program] = /^.(\w+)=.\(\)\{(.*?)\}\["\\xFFcod"\];(.*)$/s.exec(code) as unknown as string[]
  const readable = withoutTokens(program!).replaceAll(/eval\(([^)]*\))\)/g, 'eval(read($1))')
  return runInNewContext(`var ${name}=parts;${readable}out`, { parts, read: withoutTokens })
}

test('a group of functions and a long function become parts, a short one stays', () => {
  const whole = tokenise(SCRIPT)
  const { code, origins, programBytes } = intoParts(SCRIPT, whole)
  expect(code.match(/eval\(/g)).toHaveLength(2)
  expect(programBytes).toBeLessThan(whole.code.length)
  expect(origins.length).toBe(code.length)
  // a byte of a part comes from where it stood
  expect(SCRIPT.slice(origins[code.indexOf('half=')])).toMatch(/^half=n/)
})

test('what stands in parts does what it did, and goes together again', () => {
  const { code } = intoParts(SCRIPT, tokenise(SCRIPT))
  expect(onTheEngine(code)).toEqual([2, 10])
  expect(asScript(code)).toBe(SCRIPT)
})

test('a program without a door stays in one piece, and a script that has none is left alone', () => {
  const plain = 'var a=n=>n+1;out=a(1);'
  expect(intoParts(plain, tokenise(plain)).code).toBe(tokenise(plain).code)
  expect(putTogether(plain)).toBe(plain)
})
