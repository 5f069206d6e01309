// Names of the language's library that are called often get one character: shorter, and found at the front of the global
// scope, where the engine looks before it looks into its library.

import { type AnyNode, parse } from 'acorn'
import type MagicString from 'magic-string'
import { analyzeScopes } from '../../firmware/host/scopes.ts'
import { walk } from '../../firmware/host/walk.ts'

/** What an alias must save to be worth its two variables. */
const SAVED_MIN_BYTES = 30
/** Functions that need no `this`. */
const STATIC = /^(Math\.\w+|String\.fromCharCode)$/
const PLAIN = /^(parseInt|parseFloat|DataView|(Uint|Int|Float)\d+Array)$/

/** Rewrites `text` (a script) in place; offsets are those of the original. */
export function aliases(text: MagicString): void {
  const tree = parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' })
  const globals = new Set(analyzeScopes(tree).references.flatMap(one => (one.binding || one.isWritten ? [] : [one.at])))
  const uses = new Map<string, AnyNode[]>()
  walk(tree, node => {
    if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return
    const callee = node.callee as AnyNode
    const first = callee.type === 'MemberExpression' && !callee.computed ? callee.object : callee
    if (first.type !== 'Identifier' || !globals.has(first.start)) return
    const name = text.original.slice(callee.start, callee.end)
    const isStatic = node.type === 'CallExpression' && STATIC.test(name)
    if (isStatic || PLAIN.test(name)) uses.set(name, [...(uses.get(name) ?? []), callee])
  })
  let declarations = ''
  for (const [name, places] of uses) {
    if (places.length * (name.length - 1) - name.length - 3 < SAVED_MIN_BYTES) continue
    const alias = `alias_${name.replace('.', '_')}`
    declarations += `var ${alias} = ${name};\n`
    for (const place of places) text.overwrite(place.start, place.end, alias)
  }
  text.prepend(declarations)
}
