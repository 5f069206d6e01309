import { describe, expect, test } from 'vitest'
import { TOKENS, tokenOf, withoutTokens } from '../../../../firmware/host/engine-tokens.ts'
import { tokenise } from '../../../../scripts/bundle/tokenise.ts'

describe('the short form of a script', () => {
  test('has the bytes that the engine reads: its first operator, first and last keyword', () => {
    expect(TOKENS.length).toBe(61)
    expect(['==', '=>', 'if', 'return', 'of'].map(text => tokenOf(text)?.charCodeAt(0))).toEqual([
      138, 162, 163, 171, 198,
    ])
  })

  test.each([
    ['keywords and operators', 'var a=1;if(a>=1&&a!=2)a++;else a+=2', 'a=1;(a1a2)a;a2'],
    ['spaces that only kept words apart', 'for(var i in a)return typeof a', '(ia)a'],
    ['a space between two plus signs stays', 'a=b+ +c', 'a=b+ +c'],
    ['names behind a dot and before a colon stay', 'a.delete({in:1,of:2})', 'a.delete({in:1,of:2})'],
    [
      'texts, templates and patterns stay',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a script's own
      'a="if==";b=`else ${a==1} else`;c=/a=>b/',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a script's own
      'a="if==";b=`else ${a==1} else`;c=/a=>b/',
    ],
  ])('%s', (_, script, plain) => {
    const wrapped = `function f(){${script}}`
    const { code, origins } = tokenise(wrapped)
    expect(code.replaceAll(/[\x8a-\xc6]/g, '')).toContain(plain)
    expect(code.length).toBe(origins.length)
    expect(withoutTokens(code)).toBe(wrapped)
  })

  test('each byte says where it comes from', () => {
    const { code, origins } = tokenise('var total=1;')
    expect([code.slice(1), origins]).toEqual(['total=1;', [0, 4, 5, 6, 7, 8, 9, 10, 11]])
  })

  test('a script without tokens reads as it stands, whatever its texts hold', () => {
    expect(withoutTokens('print("\x8a\xa3")')).toBe('print("\x8a\xa3")')
  })
})
