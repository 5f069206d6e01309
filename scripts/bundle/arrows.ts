// function f(a) {…} → var f = a => {…}: shorter by the word, and the engine hoists neither. It leaves alone what says `this`,
// `arguments` or `new`, and what is used above its definition.

import { type AnyNode, type FunctionDeclaration, parse } from 'acorn'
import type MagicString from 'magic-string'
import { analyzeScopes } from '../../firmware/host/scopes.ts'
import { isFunctionNode, walk } from '../../firmware/host/walk.ts'

/** Rewrites the function declarations of `text` (a script) in place; offsets are those of the original. */
export function arrows(text: MagicString): void {
  const tree = parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' })
  const { references } = analyzeScopes(tree)
  const keepers = new Set<AnyNode>()
  walk(tree, (node, parents) => {
    const isOwn = node.type === 'ThisExpression' || (node.type === 'Identifier' && node.name === 'arguments')
    const owner = parents.findLast(one => isFunctionNode(one) && one.type !== 'ArrowFunctionExpression')
    if (isOwn && owner) keepers.add(owner)
  })
  for (const one of references) {
    const node = one.binding?.node
    const isEarly =
      one.binding && one.scope.functionScope === one.binding.scope.functionScope && one.at < one.binding.at
    if (node && (one.isWritten || isEarly)) keepers.add(node)
  }
  walk(tree, node => {
    if (node.type !== 'FunctionDeclaration' || keepers.has(node)) return
    const { id, body } = node as FunctionDeclaration
    text.overwrite(node.start, id.end, `var ${id.name} = `)
    text.appendLeft(body.start, '=> ')
    text.appendLeft(node.end, ';')
  })
}
