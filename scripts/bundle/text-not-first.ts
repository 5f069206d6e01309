// A statement that begins with a text, right behind a block: `}"ok"==verdict&&n++`, as terser writes comparisons. Behind a loop
// the engine (2v29.277) sometimes loses the text and does nothing, so such a statement gets a semicolon before it.

import { parse } from 'acorn'
import type MagicString from 'magic-string'
import { walk } from '../../firmware/host/walk.ts'

/** Rewrites `text` (a script) in place. */
export function textNotFirst(text: MagicString): void {
  walk(parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' }), node => {
    if (node.type !== 'ExpressionStatement' || !/["'`]/.test(text.original.charAt(node.start))) return
    if (text.original.charAt(node.start - 1) === '}') text.prependLeft(node.start, ';')
  })
}
