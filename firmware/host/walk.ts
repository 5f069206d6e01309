// Steps through acorn's tree without knowing what the nodes mean. It gives each node with the chain of nodes above it.

import type { AnyNode } from 'acorn'

export type Visit = (node: AnyNode, parents: readonly AnyNode[]) => void

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

/** The nodes directly below, in source order. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = []
  for (const value of Object.values(node)) {
    if (isNode(value)) children.push(value)
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) children.push(item)
  }
  return children.sort((a, b) => a.start - b.start)
}

/** Depth first, each node before its children. */
export function walk(root: AnyNode, visit: Visit): void {
  const parents: AnyNode[] = []
  const step = (node: AnyNode): void => {
    visit(node, parents)
    parents.push(node)
    for (const child of childrenOf(node)) step(child)
    parents.pop()
  }
  step(root)
}

export function isFunctionNode(node: AnyNode): boolean {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  )
}
