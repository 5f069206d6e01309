// `var a = 1, b = 2` → `var a = 1; var b = 2` in the global scope: esbuild joins neighbours, and what is to be put into its places
// (constants.ts) or to move (sink.ts) has to stand alone.

import { type AnyNode, parse } from 'acorn'
import type MagicString from 'magic-string'

/** Rewrites `text` (a script) in place. */
export function oneAStatement(text: MagicString): void {
  for (const statement of parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' }).body as AnyNode[]) {
    if (statement.type !== 'VariableDeclaration') continue
    statement.declarations.forEach((one, i) => {
      const before = statement.declarations[i - 1]
      if (before) text.overwrite(before.end, one.start, `;\n${statement.kind} `)
    })
  }
}
