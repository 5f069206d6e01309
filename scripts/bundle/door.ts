// One door to rare work: the functions of DOOR (cold.ts) are called through one new function, so that what only they need lies behind
// one cold function (sink.ts) and lives while one of them runs. Without it everything that two of them share, most of the session, lives
// for ever. It rewrites calls, `step(a, b)` → `door(1, a, b)`, and refuses a use that is no call.

import { type AnyNode, type FunctionDeclaration, type IfStatement, parse } from 'acorn'
import type MagicString from 'magic-string'
import { analyzeScopes } from '../../firmware/host/scopes.ts'
import { walk } from '../../firmware/host/walk.ts'

/** The door's name in the script. */
export const DOOR_NAME = 'throughTheDoor'
/** Stands where the door closes, until door-shares.ts. */
export const CLOSE_NAME = 'closeTheDoor'

/** Each is a bit of a whole number (door-shares.ts), which has 32 of them, one for the sign. */
const OCCASIONS_MAX = 31

/**
 * Adds the door to a script and sends every call of `behind` through it. Throws when one is no function of the script's top level or
 * is used otherwise than by a call, or when they are too many.
 */
export function addDoor(text: MagicString, behind: string[]): void {
  if (behind.length === 0) return
  if (behind.length > OCCASIONS_MAX) throw new Error(`door: more than ${OCCASIONS_MAX} occasions`)
  const tree = parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' })
  const { references } = analyzeScopes(tree)
  const heads = behind.map(name => {
    const found = (tree.body as AnyNode[]).find(
      node => node.type === 'FunctionDeclaration' && (node as FunctionDeclaration).id.name === name,
    )
    if (!found) throw new Error(`door: ${name} is no function of the bundle's top level (scripts/bundle/cold.ts)`)
    return found as FunctionDeclaration
  })
  const callees = new Map<number, { end: number; hasArguments: boolean }>()
  walk(tree, node => {
    if (node.type === 'CallExpression' && node.callee.type === 'Identifier')
      callees.set(node.callee.start, { end: node.callee.end, hasArguments: node.arguments.length > 0 })
  })
  for (const { at, name, binding } of references) {
    const index = behind.indexOf(name)
    if (index < 0 || binding?.scope.parent !== undefined || at === heads[index]!.id.start) continue
    const call = callees.get(at)
    if (!call) throw new Error(`door: ${name} is used otherwise than by a call`)
    const open = text.original.indexOf('(', call.end)
    text.overwrite(at, open + 1, `${DOOR_NAME}(${index}${call.hasArguments ? ', ' : ''}`)
  }
  const most = Math.max(...heads.map(head => head.params.length))
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].slice(0, most)
  // all of them with all arguments: an engine that passes too many is faster than text that says which
  const chosen = behind.map((name, index) => (index + 1 < behind.length ? `which === ${index} ? ${name} : ` : name))
  // before the first of them: a script's calls at start come last
  text.appendLeft(
    heads[0]!.start,
    `function ${DOOR_NAME}(${['which', ...names].join(', ')}) {\nvar result = (${chosen.join('')})(${names.join(', ')});\n${CLOSE_NAME}();\nreturn result;\n}\n`,
  )
}

/**
 * Whether `node`, which stands in the body of the function `inside`, is a group as door-shares.ts writes it: `if(5>>which&1){var a=()=>…,b=()=>…}`,
 * nothing but functions, asked of what the door is asked.
 */
export function isGroup(node: AnyNode, inside: AnyNode | undefined): node is IfStatement {
  if (node.type !== 'IfStatement' || node.alternate || node.consequent.type !== 'BlockStatement') return false
  if (inside?.type !== 'ArrowFunctionExpression' || inside.body.type !== 'BlockStatement') return false
  const { test } = node
  const [which] = inside.params
  const [made, more] = node.consequent.body
  return (
    inside.body.body.includes(node) &&
    test.type === 'BinaryExpression' &&
    test.operator === '&' &&
    test.left.type === 'BinaryExpression' &&
    test.left.operator === '>>' &&
    test.left.left.type === 'Literal' &&
    test.left.right.type === 'Identifier' &&
    which?.type === 'Identifier' &&
    test.left.right.name === which.name &&
    more === undefined &&
    made?.type === 'VariableDeclaration' &&
    made.declarations.every(one => one.init?.type === 'ArrowFunctionExpression')
  )
}

/**
 * What stands behind the door is let go when the door closes: each function there knows the scope that knows it, and such a ring only the
 * engine's collector would free. So the names are overwritten at the end; after terser, which would not inline what is overwritten (door-shares.ts
 * writes it). Nothing behind the door may be called later: no listener, no timer. Gives the names; throws when a function there is handed to a
 * method, put into an object or given back.
 */
export function closedNames(door: AnyNode, source: string): string[] {
  const inside: string[] = []
  walk(door, (one, above) => {
    if (one === door || one.type !== 'ArrowFunctionExpression') return
    // of a choice one is taken: who takes it holds them all
    let at = above.length - 1
    let held: AnyNode = one
    while (above[at]!.type === 'ConditionalExpression') held = above[at--] as AnyNode
    const holder = above[at] as AnyNode
    const target =
      holder.type === 'VariableDeclarator'
        ? holder.id
        : holder.type === 'AssignmentExpression'
          ? holder.left
          : undefined
    const isCalled =
      holder.type === 'CallExpression' &&
      // a function of ours by its name, or put into its place by terser
      (holder.callee === held ||
        ['Identifier', 'ArrowFunctionExpression'].includes(holder.callee.type) ||
        // sort has done with it when it comes back
        /\.sort$/.test(source.slice(holder.callee.start, holder.callee.end)))
    if (target?.type !== 'Identifier' && !isCalled)
      throw new Error(`door: a function behind the door is handed to ${source.slice(holder.start, one.start)}`)
    const isOwn = !above.slice(1).some(between => between.type === 'ArrowFunctionExpression')
    if (isOwn && target?.type === 'Identifier') inside.push(target.name)
  })
  return inside
}
