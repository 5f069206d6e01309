// Small functions into the places that call them: `readUint(reader, max)` that only calls `readArgument(reader, 0, max)` costs
// the engine six variables for ever and a call each time. Terser inlines most of what has one caller; this does the rest where it
// costs few bytes, and only where no one can tell: arguments are evaluated once, in their old order.

import { type AnyNode, type CallExpression, type FunctionDeclaration, type Identifier, parse } from 'acorn'
import type MagicString from 'magic-string'
import { analyzeScopes, type Binding, type Reference } from '../../firmware/host/scopes.ts'
import { isFunctionNode, walk } from '../../firmware/host/walk.ts'

/** A function may cost this many bytes more than it did, for the variables that it sets free. */
const GROWTH_MAX_BYTES = 0
/** What a function costs around its expression: name, arrow, commas. */
const FRAME_BYTES = 8

interface Small {
  binding: Binding
  node: FunctionDeclaration
  expression: AnyNode
  /** Gives nothing: may only replace a call that is a statement. */
  isVoid: boolean
  /** Only calls another function with its own parameters, each once, in order, and constants: any argument will do. */
  passesOn: boolean
  /** Parameter → its places in the expression. */
  places: Map<string, number[]>
  calls: CallExpression[]
}

const isConstant = (node: AnyNode): boolean =>
  node.type === 'Literal' || (node.type === 'UnaryExpression' && node.argument.type === 'Literal')

/** About what the text takes when names are one character. */
function minifiedBytes(text: string): number {
  return text.replaceAll(/\s+/g, '').replaceAll(/(?<![\w$.])[A-Za-z_$][\w$]*/g, 'x').length
}

function passesOn(expression: AnyNode, params: string[]): boolean {
  if (expression.type !== 'CallExpression' || expression.callee.type !== 'Identifier') return false
  if (params.includes(expression.callee.name)) return false
  const passed = expression.arguments.filter(one => !isConstant(one as AnyNode)) as Identifier[]
  return (
    passed.length === params.length && passed.every((one, i) => one.type === 'Identifier' && one.name === params[i])
  )
}

function smallOf(node: AnyNode, bindings: Binding[], references: Reference[]): Small | undefined {
  if (node.type !== 'FunctionDeclaration' || node.body.body.length !== 1) return undefined
  const declared = node as FunctionDeclaration
  const only = declared.body.body[0]!
  const isVoid = only.type === 'ExpressionStatement'
  const expression = (
    isVoid ? only.expression : only.type === 'ReturnStatement' ? only.argument : null
  ) as AnyNode | null
  const binding = bindings.find(one => one.node === node)
  if (!expression || !binding || declared.params.some(one => one.type !== 'Identifier')) return undefined
  let isPlain = true
  walk(expression, one => {
    if (isFunctionNode(one) || one.type === 'ThisExpression' || one.type === 'AssignmentExpression') isPlain = false
    if (one.type === 'UpdateExpression' || (one.type === 'Property' && one.shorthand)) isPlain = false
  })
  const uses = references.filter(one => one.binding === binding)
  if (!isPlain || uses.length < 1 || uses.some(one => !one.isCalled)) return undefined
  const params = declared.params.map(one => (one as Identifier).name)
  const places = new Map(params.map(name => [name, [] as number[]]))
  for (const one of references) {
    if (one.at >= expression.start && one.at < expression.end) places.get(one.name)?.push(one.at)
  }
  return { binding, node: declared, expression, isVoid, passesOn: passesOn(expression, params), places, calls: [] }
}

/** Whether every call can be replaced, and is worth it. */
function isWorth(small: Small, source: string, uses: number, isStable: (name: Identifier) => boolean): boolean {
  if (small.calls.length !== uses) return false
  const body = minifiedBytes(source.slice(small.expression.start, small.expression.end))
  let growth = -body - FRAME_BYTES - 2 * small.node.params.length
  for (const call of small.calls) {
    const args = call.arguments as AnyNode[]
    if (args.length > small.node.params.length || args.some(one => one.type === 'SpreadElement')) return false
    const isSimple = (one: AnyNode): boolean => isConstant(one) || (one.type === 'Identifier' && isStable(one))
    if (!small.passesOn && !args.every(isSimple)) return false
    growth += body - 3 - 2 * args.length
  }
  return growth <= GROWTH_MAX_BYTES
}

/** The functions of `source` that go into their places, each with its calls. */
function chosenIn(source: string): Set<Small> {
  const tree = parse(source, { ecmaVersion: 'latest', sourceType: 'script' })
  const { bindings, references } = analyzeScopes(tree)
  const byPlace = new Map(references.map(one => [one.at, one]))
  const candidates = (tree.body as AnyNode[]).flatMap(node => smallOf(node, bindings, references) ?? [])
  const byBinding = new Map(candidates.map(one => [one.binding, one]))
  walk(tree, (node, parents) => {
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return
    const called = byPlace.get(node.callee.start)?.binding
    const small = called && byBinding.get(called)
    if (small && (!small.isVoid || parents.at(-1)?.type === 'ExpressionStatement')) small.calls.push(node)
  })
  const written = new Set(references.filter(one => one.isWritten).map(one => one.binding))
  const isStable = (name: Identifier): boolean => {
    const binding = byPlace.get(name.start)?.binding
    return binding !== undefined && !written.has(binding)
  }
  /** What `name` would find if it stood at the call. */
  const foundAt = (call: CallExpression, name: string): Binding | undefined => {
    let scope = byPlace.get((call.callee as Identifier).start)?.scope
    while (scope && !scope.bindings.has(name)) scope = scope.parent
    return scope?.bindings.get(name)
  }
  const chosen = candidates.filter(small => {
    const meant = references.filter(one => one.at >= small.expression.start && one.at < small.expression.end)
    // one inside another waits for the next round
    if (meant.some(name => name.binding && byBinding.has(name.binding))) return false
    const outer = meant.filter(name => !small.places.has(name.name))
    const isClear = small.calls.every(call => outer.every(name => foundAt(call, name.name) === name.binding))
    const uses = references.filter(one => one.binding === small.binding).length
    return isClear && isWorth(small, source, uses, isStable)
  })
  return new Set(chosen)
}

interface Call {
  call: CallExpression
  small: Small
}

/** Gives the text that stands for a call; `calls` are all that are replaced, in order. */
function rendererOf(source: string, calls: Call[]): (one: Call) => string {
  /** Source from `start` to `end` with its calls replaced. */
  function render(start: number, end: number): string {
    let out = ''
    let at = start
    for (const one of calls) {
      if (one.call.start < at || one.call.end > end) continue
      out += source.slice(at, one.call.start) + replaced(one)
      at = one.call.end
    }
    return out + source.slice(at, end)
  }
  function replaced({ call, small }: Call): string {
    const args = small.node.params.map((_, i) => call.arguments[i])
    const given = args.map(one => (one ? render(one.start, one.end) : 'void 0'))
    const edits = [...small.places.values()].flatMap((places, i) => places.map(at => ({ at, with: given[i]! })))
    edits.sort((a, b) => b.at - a.at)
    let body = source.slice(small.expression.start, small.expression.end)
    for (const edit of edits) {
      const from = edit.at - small.expression.start
      const name = /^[\w$]+/.exec(body.slice(from))![0]
      body = body.slice(0, from) + edit.with + body.slice(from + name.length)
    }
    return `(${body})`
  }
  return replaced
}

/** Rewrites `text` (a script) in place; offsets are those of the original. Gives the names of the functions that are gone. */
export function inlineSmall(text: MagicString): string[] {
  const chosen = chosenIn(text.original)
  const calls = [...chosen].flatMap(small => small.calls.map(call => ({ call, small })))
  calls.sort((a, b) => a.call.start - b.call.start)
  const replaced = rendererOf(text.original, calls)
  let end = -1
  for (const one of calls) {
    const isInGone = [...chosen].some(({ node }) => node.start <= one.call.start && one.call.end <= node.end)
    if (one.call.start < end || isInGone) continue
    text.overwrite(one.call.start, one.call.end, replaced(one))
    end = one.call.end
  }
  for (const { node } of chosen) text.remove(node.start, node.end)
  return [...chosen].map(one => one.binding.name)
}
