// Takes out of the finished program what it needs on occasion only: the functions behind the door (door.ts), group by group. Each becomes a part, a text
// beside the program in the same file, which the engine evaluates from flash where the function or the group stood. What is not called for
// is neither made nor stepped over, and the program that starts and stays is shorter by it.

import { type AnyNode, type IfStatement, parse } from 'acorn'
import { PARTS_END, partCall, partsHead, putTogether } from '../../firmware/host/engine-parts.ts'
import { walk } from '../../firmware/host/walk.ts'
import { isGroup } from './door.ts'
import type { Tokenised } from './tokenise.ts'

/** What is shorter stays: a call of a part takes some twenty bytes, and a tenth of a million instructions. */
const PART_MIN_BYTES = 120

export interface InParts extends Tokenised {
  /** Of `code`: what is evaluated when the program starts; the rest is the parts. */
  programBytes: number
}

interface Range {
  start: number
  end: number
}

/** The inside of the door's groups, and the functions that are called where they are written. In order, none inside another. */
function partsOf(script: string): Range[] {
  const found: Range[] = []
  const isTaken = (node: AnyNode): boolean => found.some(one => one.start <= node.start && node.end <= one.end)
  walk(parse(script, { ecmaVersion: 'latest', sourceType: 'script' }), node => {
    if (node.type !== 'ArrowFunctionExpression' || node.body.type !== 'BlockStatement') return
    const groups = (node.body.body as AnyNode[]).filter((one): one is IfStatement => isGroup(one, node))
    if (groups.length === 0) return
    for (const { consequent } of groups) found.push({ start: consequent.start + 1, end: consequent.end - 1 })
    walk(node.body, inner => {
      if (inner.type !== 'CallExpression' || isTaken(inner)) return
      let callee = inner.callee as AnyNode
      // of a door's occasions one is called
      for (; callee.type === 'ConditionalExpression'; callee = callee.alternate as AnyNode) {
        const chosen = callee.consequent
        if (chosen.type === 'ArrowFunctionExpression') found.push({ start: chosen.start, end: chosen.end })
      }
      // with the brackets around it, which a choice has not
      const around = callee === inner.callee ? 1 : 0
      if (callee.type === 'ArrowFunctionExpression')
        found.push({ start: callee.start - around, end: callee.end + around })
    })
  })
  return found.sort((a, b) => a.start - b.start)
}

/** A name that nothing in `script` has. */
function freeName(script: string): string {
  const used = new Set(script.match(/[\w$]+/g))
  let number = 0
  while (used.has(`p${number.toString(36)}`)) number++
  return `p${number.toString(36)}`
}

const NOWHERE = -1
const ofTheBuild = (code: string): Tokenised => ({ code, origins: Array.from(code, () => NOWHERE) })
const cutOf = ({ code, origins }: Tokenised, from: number, to?: number): Tokenised => ({
  code: code.slice(from, to),
  origins: origins.slice(from, to),
})
const joined = (texts: Tokenised[]): Tokenised => ({
  code: texts.map(one => one.code).join(''),
  origins: texts.flatMap(one => one.origins),
})

/** `short` is the short form of `script`. Throws when what comes out does not go together again as it was. */
export function intoParts(script: string, short: Tokenised): InParts {
  const name = freeName(script)
  /** Where in the short form the script's `at` is. */
  const placeOf = (at: number): number => {
    const place = short.origins.findIndex(origin => origin >= at)
    return place < 0 ? short.code.length : place
  }
  const parts: Tokenised[] = []
  const program: Tokenised[] = []
  let partsBytes = 0
  let from = 0
  for (const { start, end } of partsOf(script)) {
    const at = placeOf(start)
    const part = cutOf(short, at, placeOf(end))
    const bytes = part.code.length
    if (bytes < PART_MIN_BYTES) continue
    program.push(cutOf(short, from, at), ofTheBuild(partCall(name, partsBytes, bytes)))
    parts.push(part)
    partsBytes += bytes
    from = at + bytes
  }
  if (partsBytes === 0) return { ...short, programBytes: short.code.length }
  const around = [partsHead(name), PARTS_END].map(ofTheBuild) as [Tokenised, Tokenised]
  const whole = joined([around[0], ...parts, around[1], ...program, cutOf(short, from)])
  if (putTogether(whole.code) !== short.code) throw new Error('parts: they do not go together again')
  return { ...whole, programBytes: whole.code.length - partsBytes }
}
