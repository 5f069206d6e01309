// Keeps functions where they are: terser puts a function with one caller into it, unless the call says that it shall not.

import { type AnyNode, parse } from 'acorn'
import type MagicString from 'magic-string'
import { walk } from '../../firmware/host/walk.ts'

/** Marks every call of `names` in a script. */
export function keepOutOfLine(text: MagicString, names: string[]): void {
  walk(parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' }) as AnyNode, node => {
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || !names.includes(node.callee.name)) return
    text.appendLeft(node.start, '/*@__NOINLINE__*/')
  })
}
