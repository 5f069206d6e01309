// A script as the engine would run it, written for node: one binding for all rounds of a loop, functions that exist from their
// line on, octal numbers in text, fractions printed the engine's way, `return` and its next line as one statement, and the rest
// of what its interpreter makes of correct code. What a library function does otherwise is realm.ts's business; names that the
// result calls (HELPERS) are defined there. Places in the result can be led back to the script, so that stacks stay true.

import { type AnyNode, parse } from 'acorn'
import { analyzeScopes, type Scopes } from './scopes.ts'
import { isFunctionNode, walk } from './walk.ts'

/** What the result calls: number of a text, text of a number, an assignment to length, a place in an array. */
export const HELPERS = {
  number: '__engineNumber',
  text: '__engineText',
  length: '__engineLength',
  place: '__enginePlace',
}

export interface EngineScript {
  code: string
  /** Where in the script (offset) the character at `offset` of the code comes from. */
  originOf(offset: number): number
}

interface Edits {
  /** Replaces a range. */
  replace(start: number, end: number, text: string): void
  /** Puts text around a range; ranges nest. */
  wrap(start: number, end: number, before: string, after: string): void
  result(code: string): EngineScript
}

function openEdits(): Edits {
  const before = new Map<number, string[]>()
  const after = new Map<number, string[]>()
  const replaced = new Map<number, { end: number; text: string }>()
  return {
    replace: (start, end, text) => {
      replaced.set(start, { end, text })
    },
    wrap: (start, end, open, close) => {
      before.set(start, [...(before.get(start) ?? []), open])
      after.set(end, [close, ...(after.get(end) ?? [])])
    },
    result: code => {
      const marks = new Set([...before.keys(), ...after.keys(), ...replaced.keys(), code.length])
      const places: { at: number; from: number }[] = []
      let out = ''
      let from = 0
      for (const mark of [...marks].sort((a, b) => a - b)) {
        if (mark < from) continue
        places.push({ at: out.length, from })
        out += code.slice(from, mark) + (after.get(mark) ?? []).join('') + (before.get(mark) ?? []).join('')
        const range = replaced.get(mark)
        if (range) out += range.text
        from = range ? range.end : mark
      }
      return {
        code: out,
        originOf: offset => {
          const place = places.findLast(one => one.at <= offset) ?? { at: 0, from: 0 }
          return place.from + offset - place.at
        },
      }
    },
  }
}

/** Throws SyntaxError on text that is no script. */
export function asTheEngine(code: string): EngineScript {
  // the engine reads bytes
  const bytes = /[^\0-\x7f]/.test(code) ? Buffer.from(code, 'utf8').toString('latin1') : code
  const tree = parse(bytes, { ecmaVersion: 'latest', sourceType: 'script' })
  const edits = openEdits()
  const scopes = analyzeScopes(tree)
  shareLoopBindings(scopes, edits)
  const doubled = doubledNames(scopes)
  walk(tree, (node, parents) => {
    if (node.type === 'FunctionDeclaration') placeFunction(node, parents, doubled, edits)
    else if (node.type === 'Literal') rewriteLiteral(node, edits)
    else if (node.type === 'TemplateLiteral') rewriteTemplate(node, edits)
    else if (node.type === 'MemberExpression') checkPlace(node, bytes, edits)
    else if (node.type === 'ExpressionStatement') rewriteStatement(node, edits)
    else if (node.type === 'BlockStatement' || node.type === 'Program') joinReturns(node.body, bytes, edits)
    else rewriteOperator(node, edits)
  })
  return edits.result(bytes)
}

/** A loop whose variable a function takes along has it declared once, outside. */
function shareLoopBindings(scopes: Scopes, edits: Edits): void {
  const loops = new Set<AnyNode>()
  for (const { binding, scope } of scopes.references) {
    if (binding?.scope.kind !== 'loop-head' || scope.functionScope === binding.scope.functionScope) continue
    loops.add(binding.scope.node)
  }
  for (const loop of loops) {
    const head =
      loop.type === 'ForStatement'
        ? loop.init
        : loop.type === 'ForInStatement' || loop.type === 'ForOfStatement'
          ? loop.left
          : undefined
    if (head?.type !== 'VariableDeclaration') continue
    const names = head.declarations.map(one => (one.id.type === 'Identifier' ? one.id.name : '')).join(',')
    edits.wrap(loop.start, loop.end, `{let ${names};`, '}')
    edits.replace(head.start, head.declarations[0]!.start, '')
  }
}

/** Names that a scope declares more than once, by what the engine does not mind and `let` does. */
function doubledNames(scopes: Scopes): Set<string> {
  const seen = new Set<string>()
  const doubled = new Set<string>()
  for (const { name, scope } of scopes.bindings) {
    const key = `${scope.functionScope.node.start} ${name}`
    if (seen.has(key)) doubled.add(name)
    seen.add(key)
  }
  return doubled
}

/** A declaration becomes an assignment in its place; before it there is no such name. */
function placeFunction(
  node: Extract<AnyNode, { type: 'FunctionDeclaration' }>,
  parents: readonly AnyNode[],
  doubled: Set<string>,
  edits: Edits,
): void {
  const name = node.id?.name
  if (!name || !node.id) return
  const isGlobal = parents.length === 1
  // in an inner block it is the function's all the same
  const outer = parents.at(-2)
  const isInBody = parents.at(-1)?.type === 'BlockStatement' && outer !== undefined && isFunctionNode(outer)
  const keyword = isGlobal ? '' : isInBody && !doubled.has(name) ? 'let ' : 'var '
  edits.wrap(node.start, node.end, `;${keyword}${name}=`, ';')
  edits.replace(node.id.start, node.id.end, '')
}

const WIDE = /[^\0-\xff]/

function narrowed(text: string): string {
  return Array.from({ length: text.length }, (_, i) => String.fromCharCode(text.charCodeAt(i) & 0xff)).join('')
}

function rewriteLiteral(node: Extract<AnyNode, { type: 'Literal' }>, edits: Edits): void {
  if (node.regex) {
    const pattern = enginePattern(node.regex.pattern)
    if (pattern !== node.regex.pattern) edits.replace(node.start, node.end, `/${pattern}/${node.regex.flags}`)
  } else if (typeof node.value === 'string' && WIDE.test(node.value)) {
    edits.replace(node.start, node.end, JSON.stringify(narrowed(node.value)))
  }
}

/** Counts are text; groups that only group, and looks ahead, never match; \b is the character 8. */
function enginePattern(pattern: string): string {
  if (/(^|[^\\])\(\?/.test(pattern)) return '(?!)'
  return pattern.replaceAll(/\\.|\[(?:\\.|[^\]])*\]|[{}]/gs, part =>
    part === '\\b' ? '\\x08' : part === '{' || part === '}' ? `\\${part}` : part,
  )
}

function rewriteTemplate(node: Extract<AnyNode, { type: 'TemplateLiteral' }>, edits: Edits): void {
  for (const part of node.expressions) edits.wrap(part.start, part.end, `${HELPERS.text}(`, ')')
  for (const { start, end, value } of node.quasis) {
    const text = value.cooked ?? ''
    if (WIDE.test(text))
      edits.replace(
        start,
        end,
        narrowed(text).replaceAll(/[`\\]|\$\{/g, found => `\\${found}`),
      )
  }
}

/** Where the owner can be named twice without doing anything twice: nearly everywhere. */
function checkPlace(node: Extract<AnyNode, { type: 'MemberExpression' }>, code: string, edits: Edits): void {
  const { object, property } = node
  const isWhole = property.type === 'Literal' && typeof property.value === 'number' && Number.isInteger(property.value)
  if (!node.computed || isWhole || !isPlain(object)) return
  edits.wrap(property.start, property.end, `${HELPERS.place}(${code.slice(object.start, object.end)},`, ')')
}

function isPlain(node: AnyNode): boolean {
  if (node.type === 'MemberExpression') return !node.computed && isPlain(node.object)
  return node.type === 'Identifier' || node.type === 'ThisExpression' || node.type === 'Literal'
}

/** A getter that stands alone is not run; "use strict" says nothing. */
function rewriteStatement(node: Extract<AnyNode, { type: 'ExpressionStatement' }>, edits: Edits): void {
  const { expression } = node
  if (expression.type === 'MemberExpression' || ('directive' in node && node.directive)) {
    edits.replace(expression.start, expression.end, '0')
  }
}

/** `return`, a line end and an expression are one statement. */
function joinReturns(statements: readonly AnyNode[], code: string, edits: Edits): void {
  statements.forEach((one, i) => {
    const next = statements[i + 1]
    if (one.type !== 'ReturnStatement' || one.argument || next?.type !== 'ExpressionStatement') return
    if (code.slice(one.start, one.end) === 'return') edits.replace(one.end, next.start, ' ')
  })
}

const ARITHMETIC = new Set(['-', '*', '/', '%', '|', '&', '^', '<<', '>>', '>>>'])

function rewriteOperator(node: AnyNode, edits: Edits): void {
  const number = (part: AnyNode): void => {
    if (mayBeText(part)) edits.wrap(part.start, part.end, `${HELPERS.number}(`, ')')
  }
  if (node.type === 'UnaryExpression') {
    if (node.operator === '+' || node.operator === '-' || node.operator === '~') number(node.argument)
  } else if (node.type === 'BinaryExpression') {
    if (ARITHMETIC.has(node.operator)) {
      number(node.left)
      number(node.right)
    } else if (node.operator === '+') {
      if (isText(node.left) && !isText(node.right))
        edits.wrap(node.right.start, node.right.end, `${HELPERS.text}(`, ')')
      if (isText(node.right) && !isText(node.left)) edits.wrap(node.left.start, node.left.end, `${HELPERS.text}(`, ')')
    }
  } else if (node.type === 'AssignmentExpression') {
    const { left, right, operator } = node
    if (ARITHMETIC.has(operator.slice(0, -1))) number(right)
    if (operator === '=' && left.type === 'MemberExpression' && !left.computed && isNamed(left.property, 'length')) {
      edits.wrap(node.start, node.end, `${HELPERS.length}(`, ')')
      edits.replace(left.object.end, right.start, ',')
    }
  }
}

/** Whether an operand can be a text at all: most are numbers by how they come about. */
function mayBeText(node: AnyNode): boolean {
  if (node.type === 'Literal') return typeof node.value === 'string'
  if (node.type === 'MemberExpression') return node.computed || !isNamed(node.property, 'length')
  if (node.type === 'BinaryExpression') return node.operator === '+'
  return !isFunctionNode(node) && node.type !== 'UnaryExpression' && node.type !== 'UpdateExpression'
}

function isText(node: AnyNode): boolean {
  if (node.type === 'BinaryExpression') return node.operator === '+' && (isText(node.left) || isText(node.right))
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string')
}

function isNamed(node: AnyNode, name: string): boolean {
  return node.type === 'Identifier' && node.name === name
}
