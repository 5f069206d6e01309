// Where a `var` is sure to have been declared: the engine hoists none, so until its declaration has run the name means
// something further out, or a global. A declaration counts for what follows it in the same branch, round or case.

import type { AnyNode } from 'acorn'
import type { Binding, Reference, Scopes } from '../../firmware/host/scopes.ts'
import { isFunctionNode, walk } from '../../firmware/host/walk.ts'
import { isGroup } from '../bundle/door.ts'

interface Region {
  at: number
  start: number
  end: number
}

/** Whether `child` of `parent`, which stands in `above`, may be left out when `parent` runs. */
function isConditional(child: AnyNode, parent: AnyNode, above: readonly AnyNode[]): boolean {
  switch (parent.type) {
    case 'IfStatement':
      // of a group behind the door: it is made whenever one of it may be called (bundle/door-shares.ts)
      return child !== parent.test && !isGroup(parent, above.at(-2))
    case 'ForStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
      return child === parent.body
    case 'TryStatement':
    case 'SwitchCase':
      return true
    default:
      return isFunctionNode(parent)
  }
}

function regionOf(declaration: AnyNode, parents: readonly AnyNode[]): AnyNode {
  let child = declaration
  for (let i = parents.length - 1; i >= 0; i--) {
    const parent = parents[i] as AnyNode
    // no round, no declaration
    if ((parent.type === 'ForInStatement' || parent.type === 'ForOfStatement') && child !== parent.right) return parent
    if (isConditional(child, parent, parents.slice(0, i))) return child
    child = parent
  }
  return child
}

/** References to a `var`, from its own function or one inside, that may run when no declaration of it has. */
export function referencesBeforeVar(tree: AnyNode, scopes: Scopes): (Reference & { binding: Binding })[] {
  const declared = new Map<Binding, Region[]>()
  const byScope = new Map<AnyNode, Map<string, Binding>>()
  for (const one of scopes.bindings) {
    if (one.kind !== 'var' || one.scope.functionScope !== one.scope) continue
    const names = byScope.get(one.scope.node) ?? new Map<string, Binding>()
    byScope.set(one.scope.node, names.set(one.name, one))
  }
  walk(tree, (node, parents) => {
    if (node.type !== 'VariableDeclaration' || node.kind !== 'var') return
    const owner = parents.findLast(isFunctionNode) ?? tree
    const region = regionOf(node, parents)
    for (const { id } of node.declarations) {
      const binding = id.type === 'Identifier' ? byScope.get(owner)?.get(id.name) : undefined
      if (!binding) continue
      const regions = declared.get(binding) ?? []
      regions.push({ at: id.start, start: region.start, end: region.end })
      declared.set(binding, regions)
    }
  })
  return scopes.references.filter((one): one is Reference & { binding: Binding } => {
    const binding = one.binding
    if (binding?.kind !== 'var') return false
    const isOwn = one.scope.runsIn === binding.scope.runsIn
    const isSure = (region: Region): boolean =>
      region.start <= one.at && one.at < region.end && (!isOwn || region.at <= one.at)
    return !(declared.get(binding) ?? []).some(isSure)
  })
}
