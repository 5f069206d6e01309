// Members that the engine lacks or that behave otherwise. Statics are certain (Math.trunc); methods of values are known by
// name only, so just those names are refused that no type of the engine has.

import type { AnyNode } from 'acorn'
import { MISSING_METHODS, MISSING_STATICS } from '../../firmware/host/builtins.ts'
import type { Report } from './finding.ts'

const INSTEAD: Record<string, string> = {
  'Number.isInteger': 'use (x | 0) === x',
  'Number.isFinite': 'use isFinite',
  'Number.isNaN': 'use isNaN',
  'Math.trunc': 'use | 0 below 2^31, else Math.floor',
  'Array.from': 'loop',
  'Object.freeze': 'leave it out',
  'Object.is': 'use ===',
}

/** In use by our own objects, or a method of another type there: the name alone proves nothing. */
const AMBIGUOUS = new Set(
  'lastIndexOf slice name arguments caller fixed link small big bold sub sup strike blink anchor with search global flags compile resize transfer detached toLocaleString'.split(
    ' ',
  ),
)
const METHODS = new Set(
  Object.values(MISSING_METHODS)
    .flat()
    .filter(name => !AMBIGUOUS.has(name)),
)
/** Object.keys and its kin exist; the methods of the same names do not. */
const STATIC_ON_OBJECT = new Set(['keys', 'values', 'entries'])

type Member = Extract<AnyNode, { type: 'MemberExpression' }>

function nameOf(node: Member): string | undefined {
  if (!node.computed && node.property.type === 'Identifier') return node.property.name
  if (node.property.type === 'Literal' && typeof node.property.value === 'string') return node.property.value
  return undefined
}

function checkCall(
  node: Member,
  name: string,
  call: Extract<AnyNode, { type: 'CallExpression' }>,
  report: Report,
): void {
  const owner = node.object.type === 'Identifier' ? node.object.name : undefined
  if (METHODS.has(name) && !(owner === 'Object' && STATIC_ON_OBJECT.has(name))) {
    report('missing-method', node.start, `.${name}() does not exist there; write it out`)
  }
  if (name === 'split' && call.arguments.length > 1) {
    report('ignored-argument', node.start, 'split ignores its limit there; cut the array afterwards')
  }
  if (owner === 'JSON' && name === 'parse' && call.arguments.length > 1) {
    report('ignored-argument', node.start, 'JSON.parse ignores its reviver there')
  }
  if (owner === 'JSON' && name === 'stringify' && call.arguments.length > 1) {
    report('ignored-argument', node.start, 'JSON.stringify ignores its replacer there')
  }
}

/** Judges one member expression. `isGlobal` says whether an identifier at this offset is nobody's variable. */
export function checkMember(
  node: AnyNode,
  parents: readonly AnyNode[],
  isGlobal: (at: number) => boolean,
  report: Report,
): void {
  if (node.type !== 'MemberExpression') return
  const name = nameOf(node)
  const parent = parents.at(-1)
  if (name === undefined || !parent) return

  if (node.object.type === 'Identifier' && isGlobal(node.object.start)) {
    const owner = node.object.name
    if (MISSING_STATICS[owner]?.includes(name)) {
      const instead = INSTEAD[`${owner}.${name}`] ?? 'write it out'
      report('missing-static', node.start, `${owner}.${name} does not exist there; ${instead}`)
    }
  }
  const isWritten =
    (parent.type === 'AssignmentExpression' && parent.left === node) ||
    (parent.type === 'UpdateExpression' && parent.argument === node)
  if (name === 'length' && isWritten) {
    report('length-assignment', node.start, 'assigning .length is a TypeError there; use splice or a new array')
  }
  if (name === 'BYTES_PER_ELEMENT') report('missing-method', node.start, 'BYTES_PER_ELEMENT does not exist there')
  if (parent.type === 'CallExpression' && parent.callee === node) checkCall(node, name, parent, report)
}
