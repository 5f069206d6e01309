// Who declares what, and who refers to it: the scopes of a script, ECMAScript's way. The engine's ways (no hoisting, one
// binding for a whole loop) are judged by the rules that use this; patterns are not handled, the syntax rules refuse them.

import type { AnyNode, Identifier } from 'acorn'
import { childrenOf, isFunctionNode } from './walk.ts'

type BindingKind = 'var' | 'let' | 'const' | 'class' | 'function' | 'parameter' | 'catch'

export interface Binding {
  name: string
  kind: BindingKind
  /** Where it gets its value: a function or class exists for the engine from here on. */
  at: number
  scope: Scope
  /** Declared with a value, or by the head of a loop over something. */
  hasValue?: boolean
  /** The function or class itself, for declarations and for variables that begin as one. */
  node?: AnyNode
}

interface Scope {
  kind: 'function' | 'block' | 'loop-head'
  parent: Scope | undefined
  /** The innermost scope that belongs to a function (or the script): two places run together if these are equal. */
  functionScope: Scope
  /** The same, but a function that is called where it stands belongs to what stands around it. */
  runsIn: Scope
  bindings: Map<string, Binding>
  node: AnyNode
}

export interface Reference {
  name: string
  at: number
  scope: Scope
  /** The callee of a call or of `new`. */
  isCalled: boolean
  isWritten: boolean
  /** undefined: a global. */
  binding: Binding | undefined
}

export interface Scopes {
  references: Reference[]
  bindings: Binding[]
}

function openScope(kind: Scope['kind'], parent: Scope | undefined, node: AnyNode, isCalledHere = false): Scope {
  const scope = { kind, parent, bindings: new Map(), node } as unknown as Scope
  scope.functionScope = kind === 'function' || !parent ? scope : parent.functionScope
  scope.runsIn = parent && (kind !== 'function' || isCalledHere) ? parent.runsIn : scope
  return scope
}

function resolve(name: string, from: Scope): Binding | undefined {
  for (let scope: Scope | undefined = from; scope; scope = scope.parent) {
    const found = scope.bindings.get(name)
    if (found) return found
  }
  return undefined
}

/** Builds scopes and resolves every identifier of a script. */
export function analyzeScopes(root: AnyNode): Scopes {
  const references: Reference[] = []
  const bindings: Binding[] = []

  function declare(scope: Scope, name: string, kind: BindingKind, at: number, node?: AnyNode): void {
    if (kind === 'var' && scope.bindings.has(name)) return
    const binding: Binding = { name, kind, at, scope, node }
    scope.bindings.set(name, binding)
    bindings.push(binding)
  }

  function refer(node: Identifier, scope: Scope, parent: AnyNode): void {
    const isCalled = (parent.type === 'CallExpression' || parent.type === 'NewExpression') && parent.callee === node
    const isWritten =
      (parent.type === 'AssignmentExpression' && parent.left === node) || parent.type === 'UpdateExpression'
    references.push({ name: node.name, at: node.start, scope, isCalled, isWritten, binding: undefined })
  }

  function enterFunction(node: AnyNode, outer: Scope, isCalledHere: boolean): void {
    const scope = openScope('function', outer, node, isCalledHere)
    if (node.type === 'FunctionExpression' && node.id) declare(scope, node.id.name, 'function', -1)
    const fn = node as Extract<AnyNode, { type: 'FunctionDeclaration' }>
    for (const parameter of fn.params) {
      if (parameter.type === 'Identifier') declare(scope, parameter.name, 'parameter', parameter.start)
      else visit(parameter, scope, node)
    }
    // the body's block is the function's own scope
    if (fn.body.type === 'BlockStatement') for (const statement of fn.body.body) visit(statement, scope, fn.body)
    else visit(fn.body, scope, node)
  }

  function visitChildren(node: AnyNode, scope: Scope): void {
    for (const child of childrenOf(node)) visit(child, scope, node)
  }

  function visit(node: AnyNode, scope: Scope, parent: AnyNode): void {
    if (isFunctionNode(node)) {
      if (node.type === 'FunctionDeclaration' && node.id) declare(scope, node.id.name, 'function', node.start, node)
      enterFunction(node, scope, parent.type === 'CallExpression' && parent.callee === node)
      return
    }
    switch (node.type) {
      case 'Identifier':
        refer(node, scope, parent)
        return
      case 'VariableDeclaration':
        for (const one of node.declarations) {
          const owner = node.kind === 'var' ? scope.functionScope : scope
          if (one.id.type === 'Identifier') {
            const made = one.init && isFunctionNode(one.init) ? one.init : undefined
            declare(owner, one.id.name, node.kind as BindingKind, one.init ? one.init.end : one.end, made)
            const declared = owner.bindings.get(one.id.name)
            if (declared) declared.hasValue = one.init != null || /^For(In|Of)/.test(parent.type)
          } else visit(one.id, scope, one)
          if (one.init) visit(one.init, scope, one)
        }
        return
      case 'ClassDeclaration':
        if (node.id) declare(scope, node.id.name, 'class', node.start, node)
        if (node.superClass) visit(node.superClass, scope, node)
        visit(node.body, scope, node)
        return
      case 'ClassExpression': {
        const inner = openScope('block', scope, node)
        if (node.id) declare(inner, node.id.name, 'class', -1)
        if (node.superClass) visit(node.superClass, scope, node)
        visit(node.body, inner, node)
        return
      }
      case 'MemberExpression':
        visit(node.object, scope, node)
        if (node.computed) visit(node.property, scope, node)
        return
      case 'Property':
      case 'MethodDefinition':
      case 'PropertyDefinition':
        if (node.computed) visit(node.key, scope, node)
        if (node.value) visit(node.value, scope, node)
        return
      case 'LabeledStatement':
        visit(node.body, scope, node)
        return
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
        return
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        visitChildren(node, openScope('loop-head', scope, node))
        return
      case 'BlockStatement':
      case 'SwitchStatement':
        visitChildren(node, openScope('block', scope, node))
        return
      case 'CatchClause': {
        const inner = openScope('block', scope, node)
        if (node.param?.type === 'Identifier') declare(inner, node.param.name, 'catch', node.param.start)
        else if (node.param) visit(node.param, inner, node)
        visit(node.body, inner, node)
        return
      }
      default:
        visitChildren(node, scope)
    }
  }

  visitChildren(root, openScope('function', undefined, root))
  for (const reference of references) reference.binding = resolve(reference.name, reference.scope)
  return { references, bindings }
}
