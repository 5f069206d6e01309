// Which property names of the bundle may be shortened: ours alone. The interpreter reads source text at run time, so a long
// name costs flash, time at every use, and memory in every object. A name that the engine or the language knows stays, and so
// does one that also occurs as a text: it may be reached by brackets.

import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { parse } from 'acorn'
import { walk } from '../firmware/host/walk.ts'

/** Nothing is gained below this. */
const LENGTH_MIN = 3

/** Property names of the language's own library, as node has it: more than the engine has, which does no harm. */
function libraryNames(): string[] {
  return runInNewContext(`Object.getOwnPropertyNames(globalThis).flatMap(name => {
    const value = globalThis[name]
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return [name]
    const kin = [value, value.prototype, value.prototype && Object.getPrototypeOf(value.prototype)]
    return [name, ...kin.filter(Boolean).flatMap(one => Object.getOwnPropertyNames(one))]
  })`) as string[]
}

/** All identifiers in the declarations of the engine's API. */
function declaredNames(paths: string[]): string[] {
  return paths.flatMap(path => readFileSync(path, 'utf8').match(/[A-Za-z_$][\w$]*/g) ?? [])
}

/** The names in `code` (a script) that belong to nobody else, sorted; `declarations` are the files that declare the engine's API. */
export function ownNames(code: string, declarations: string[]): string[] {
  const found = new Set<string>()
  const texts = new Set<string>()
  walk(parse(code, { ecmaVersion: 'latest', sourceType: 'script' }), node => {
    if (node.type === 'Literal' && typeof node.value === 'string') texts.add(node.value)
    if (node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier') {
      found.add(node.property.name)
    }
    if (node.type === 'Property' && !node.computed && node.key.type === 'Identifier') found.add(node.key.name)
  })
  const foreign = new Set([...libraryNames(), ...declaredNames(declarations), ...texts])
  return [...found].filter(name => name.length >= LENGTH_MIN && !foreign.has(name)).sort()
}
