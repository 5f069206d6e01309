// Small functions into the places that call them: `readUint(reader, max)` that only calls `readArgument(reader, 0, max)` costs
// the engine six variables for ever and a call each time. Terser inlines what has one caller; this does the rest where it
// costs few bytes, and only where no one can tell: arguments are evaluated once, in their old order.

import { type AnyNode, type CallExpression, type FunctionDeclaration, type Identifier, parse } from 'acorn'
import type MagicString from 'magic-string'
import { analyzeScopes, type Binding, type Reference } from '../dialect/scopes.ts'
import { isFunctionNode, walk } from '../dialect/walk.ts'

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
  if (!isPlain || uses.length < 2 || uses.some(one => !one.isCalled)) return undefined
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

/** Rewrites `text` (a script) in place; offsets are those of the original. Gives the names of the functions that are gone. */
export function inlineSmall(text: MagicString): string[] {
  const source = text.original
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
  /** Its names mean the same at the call: nothing there has a binding that one of them would find instead. */
  const isClear = (small: Small): boolean => {
    const meant = references.filter(one => one.at >= small.expression.start && one.at < small.expression.end)
    return small.calls.every(call =>
      meant.every(name => {
        if (small.places.has(name.name)) return true
        for (let scope = byPlace.get((call.callee as Identifier).start)?.scope; scope; scope = scope.parent) {
          const found = scope.bindings.get(name.name)
          if (found) return found === name.binding
        }
        return name.binding === undefined
      }),
    )
  }
  const chosen = new Set<Small>()
  for (const one of candidates) {
    const uses = references.filter(reference => reference.binding === one.binding).length
    const callsSmall = references.some(
      name =>
        name.at >= one.expression.start && name.at < one.expression.end && name.binding && byBinding.has(name.binding),
    )
    if (!callsSmall && isClear(one) && isWorth(one, source, uses, isStable)) chosen.add(one)
  }

  const calls = [...chosen].flatMap(small => small.calls.map(call => ({ call, small })))
  calls.sort((a, b) => a.call.start - b.call.start)
  /** Source from `start` to `end` with its calls replaced. */
  function render(start: number, end: number): string {
    let out = ''
    let at = start
    for (const { call, small } of calls) {
      if (call.start < at || call.end > end) continue
      out += source.slice(at, call.start) + replaced(call, small)
      at = call.end
    }
    return out + source.slice(at, end)
  }
  function replaced(call: CallExpression, small: Small): string {
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
  let end = -1
  const gone = new Set<AnyNode>([...chosen].map(one => one.node as AnyNode))
  for (const { call, small } of calls) {
    const isInGone = [...gone].some(node => node.start <= call.start && call.end <= node.end)
    if (call.start < end || isInGone) continue
    text.overwrite(call.start, call.end, replaced(call, small))
    end = call.end
  }
  for (const node of gone) text.remove(node.start, node.end)
  return [...chosen].map(one => one.binding.name)
}
