// Constants of the whole bundle into their places: a name costs a variable for ever and a search at each use, a number
// nothing. Only plain numbers and truth values that nobody writes to; a long number that is used often keeps its name, for the bytes.

import { type AnyNode, parse } from 'acorn'
import type MagicString from 'magic-string'
import { analyzeScopes } from '../../firmware/host/scopes.ts'
import { walk } from '../../firmware/host/walk.ts'

/** A name may be worth this much: two variables. */
const GROWTH_MAX_BYTES = 30
/** `var x=…;` */
const FRAME_BYTES = 7

function isConstant(node: AnyNode | null | undefined): boolean {
  if (node?.type === 'UnaryExpression') return '-!'.includes(node.operator) && isConstant(node.argument as AnyNode)
  return node?.type === 'Literal' && (typeof node.value === 'number' || typeof node.value === 'boolean')
}

/** Rewrites `text` (a script) in place; offsets are those of the original. */
export function constants(text: MagicString): void {
  const tree = parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' })
  const { references, bindings } = analyzeScopes(tree)
  const shorthands = new Set<number>()
  walk(tree, node => {
    if (node.type === 'Property' && node.shorthand) shorthands.add(node.start)
  })
  for (const statement of tree.body as AnyNode[]) {
    if (statement.type !== 'VariableDeclaration' || statement.declarations.length !== 1) continue
    const { id, init } = statement.declarations[0]!
    if (id.type !== 'Identifier' || !init || !isConstant(init as AnyNode)) continue
    const binding = bindings.find(one => one.name === id.name && one.scope.parent === undefined)
    const uses = references.filter(one => one.binding === binding)
    if (uses.some(one => one.isWritten)) continue
    const value = text.original.slice(init.start, init.end)
    if ((value.length - 1) * uses.length - value.length - FRAME_BYTES > GROWTH_MAX_BYTES) continue
    for (const one of uses) {
      const name = shorthands.has(one.at) ? `${id.name}: ` : ''
      text.overwrite(one.at, one.at + id.name.length, name + (init.type === 'Literal' ? value : `(${value})`))
    }
    text.remove(statement.start, statement.end)
  }
}
