// The engine hoists no `var`: until its declaration has run, the name is a global, and writing to it makes one. A minifier that
// inlines puts declarations where it likes, even behind a return; this moves them to the front of their function.

import { type AnyNode, parse } from 'acorn'
import type MagicString from 'magic-string'
import { analyzeScopes } from '../../firmware/host/scopes.ts'
import { isFunctionNode, walk } from '../../firmware/host/walk.ts'
import { referencesBeforeVar } from '../dialect/var-regions.ts'

/** `var a,b` without values, as a statement of its own: may go when its names are declared elsewhere. */
function isBare(node: AnyNode, parent: AnyNode | undefined, names: ReadonlySet<string>): boolean {
  return (
    node.type === 'VariableDeclaration' &&
    (parent?.type === 'BlockStatement' || parent?.type === 'Program') &&
    node.declarations.every(one => !one.init && one.id.type === 'Identifier' && names.has(one.id.name))
  )
}

/** Rewrites `text` (a script) in place; offsets are those of the original. */
export function declareFirst(text: MagicString): void {
  const tree = parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' })
  const early = new Map<AnyNode, Set<string>>()
  for (const { binding, name } of referencesBeforeVar(tree, analyzeScopes(tree))) {
    const owner = binding.scope.node
    early.set(owner, (early.get(owner) ?? new Set()).add(name))
  }
  walk(tree, (node, parents) => {
    const owner = parents.findLast(one => isFunctionNode(one)) ?? tree
    const names = early.get(owner)
    if (names && isBare(node, parents.at(-1), names)) {
      const end = text.original[node.end] === ';' ? node.end + 1 : node.end
      text.remove(node.start, end)
    }
  })
  for (const [owner, names] of early) {
    const body = owner.type === 'Program' ? owner : (owner as Extract<AnyNode, { type: 'FunctionDeclaration' }>).body
    const first = body.body[0] as AnyNode
    const list = [...names].join(',')
    if (first.type === 'VariableDeclaration' && first.kind === 'var') text.appendLeft(first.start + 4, `${list},`)
    else text.appendLeft(first.start, `var ${list};`)
  }
}
