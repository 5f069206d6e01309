// `!0`, `!1` and `void 0`, as terser writes them, are true, false and undefined again: in the engine's short form (tokenise.ts) each
// of these is a single byte, and read in one step.

import { parse } from 'acorn'
import type MagicString from 'magic-string'
import { needsSpace } from '../../firmware/host/engine-tokens.ts'
import { walk } from '../../firmware/host/walk.ts'

const WORDS: Record<string, string> = { '!0': 'true', '!1': 'false', 'void 0': 'undefined' }

/** Rewrites `text` (a script) in place. */
export function words(text: MagicString): void {
  walk(parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' }), node => {
    const word = node.type === 'UnaryExpression' ? WORDS[text.original.slice(node.start, node.end)] : undefined
    if (word === undefined) return
    text.overwrite(node.start, node.end, needsSpace(text.original.charAt(node.start - 1), word) ? ` ${word}` : word)
  })
}
