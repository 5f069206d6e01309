// let and const → var, where nobody can tell: the engine makes an object for each block that declares one, looks through it at
// every name, and refuses a const whose block runs again inside an inlined call. It keeps what a closure captures in a loop,
// what has no value at first in a loop, and names that one function declares twice.

import { parse } from 'acorn'
import type MagicString from 'magic-string'
import { analyzeScopes, type Binding } from '../../firmware/host/scopes.ts'
import { isFunctionNode, walk } from '../../firmware/host/walk.ts'

const LOOPS = new Set(['ForStatement', 'ForInStatement', 'ForOfStatement', 'WhileStatement', 'DoWhileStatement'])

function isWithin(inner: Binding['scope'], outer: Binding['scope']): boolean {
  for (let scope: Binding['scope'] | undefined = inner; scope; scope = scope.parent) if (scope === outer) return true
  return false
}

/** Rewrites the declarations of `text` (a script) in place; offsets are those of the original. */
export function plainVars(text: MagicString): void {
  const tree = parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' })
  const { bindings, references } = analyzeScopes(tree)

  // by function and name: the rounds of two loops may share one variable, a block and the block inside it may not
  const namesakes = new Map<object, Map<string, Binding[]>>()
  for (const one of bindings) {
    const names = namesakes.get(one.scope.functionScope) ?? new Map<string, Binding[]>()
    namesakes.set(one.scope.functionScope, names.set(one.name, [...(names.get(one.name) ?? []), one]))
  }
  const captured = new Set<Binding>()
  /** Names that a function takes from outside: a var of that name further out would get in between. */
  const outer = new Map<object, Map<string, Binding | undefined>>()
  for (const one of references) {
    const at = one.scope.functionScope
    if (one.binding && one.binding.scope.functionScope !== at) captured.add(one.binding)
    if (one.binding?.scope.functionScope !== at) outer.set(at, (outer.get(at) ?? new Map()).set(one.name, one.binding))
  }
  const areApart = (a: Binding['scope'], b: Binding['scope']): boolean => !isWithin(a, b) && !isWithin(b, a)
  /** Both get a value where they are declared, neither lies within the other's reach, and no closure holds on to them. */
  const canShare = (a: Binding, b: Binding): boolean =>
    (a.kind === 'let' || a.kind === 'const') &&
    a.hasValue === true &&
    b.hasValue === true &&
    !captured.has(a) &&
    !captured.has(b) &&
    (a === b || areApart(a.scope, b.scope))
  const byPlace = new Map(bindings.map(one => [one.at, one]))

  walk(tree, (node, parents) => {
    if (node.type !== 'VariableDeclaration' || node.kind === 'var') return
    const owner = parents.findLastIndex(isFunctionNode)
    const isInLoop = parents.slice(owner + 1).some(one => LOOPS.has(one.type))
    const isHead = parents.at(-1)?.type === 'ForInStatement' || parents.at(-1)?.type === 'ForOfStatement'
    const canBeVar = node.declarations.every(one => {
      const binding = byPlace.get(one.init ? one.init.end : one.end)
      if (!binding || (one.id as { name?: string }).name !== binding.name) return false
      if (isInLoop && (captured.has(binding) || (!one.init && !isHead))) return false
      const scope = binding.scope.functionScope
      if (outer.get(scope)?.has(binding.name)) return false
      const kin = namesakes.get(scope)!.get(binding.name)!
      return kin.length === 1 || kin.every(other => canShare(other, binding))
    })
    if (canBeVar) text.overwrite(node.start, node.start + node.kind.length, 'var')
  })
}
