// Takes out of the finished program what it needs on occasion only: the functions behind the door (door.ts), group by group. Each becomes a part, a text
// beside the program in the same file, which the engine evaluates from flash where the function or the group stood. What is not called for
// is neither made nor stepped over, and the program that starts and stays is shorter by it.

import { type AnyNode, type ArrowFunctionExpression, type IfStatement, parse } from 'acorn'
import { PARTS_END, partCall, partsHead, putTogether } from '../../firmware/host/engine-parts.ts'
import { walk } from '../../firmware/host/walk.ts'
import type { Tokenised } from './tokenise.ts'

/** What is shorter stays: a call of a part takes some twenty bytes, and a tenth of a million instructions. */
const PART_MIN_BYTES = 120

export interface Apart extends Tokenised {
  /** Of `code`: what is evaluated when the program starts; the rest is the parts. */
  programBytes: number
}

interface Range {
  start: number
  end: number
}

/** As door-shares.ts writes a group: `if(5>>which&1){…}`. */
function isGroup(node: AnyNode): node is IfStatement {
  if (node.type !== 'IfStatement' || node.alternate || node.consequent.type !== 'BlockStatement') return false
  const { test } = node
  return (
    test.type === 'BinaryExpression' &&
    test.operator === '&' &&
    test.left.type === 'BinaryExpression' &&
    test.left.operator === '>>'
  )
}

/** The inside of the door's groups, and the functions that are called where they are written. In order, none inside another. */
function partsOf(script: string): Range[] {
  const found: Range[] = []
  const isTaken = (node: AnyNode): boolean => found.some(one => one.start <= node.start && node.end <= one.end)
  walk(parse(script, { ecmaVersion: 'latest', sourceType: 'script' }), node => {
    if (node.type !== 'ArrowFunctionExpression' || node.body.type !== 'BlockStatement') return
    const groups = (node.body.body as AnyNode[]).filter(isGroup)
    if (groups.length === 0) return
    for (const { consequent } of groups) found.push({ start: consequent.start + 1, end: consequent.end - 1 })
    walk(node.body, inner => {
      if (inner.type !== 'CallExpression' || isTaken(inner)) return
      const callee = inner.callee as ArrowFunctionExpression | AnyNode
      // with the brackets around it
      if (callee.type === 'ArrowFunctionExpression') found.push({ start: callee.start - 1, end: callee.end + 1 })
    })
  })
  return found.sort((a, b) => a.start - b.start)
}

/** A name that nothing in `script` has. */
function freeName(script: string): string {
  const used = new Set(script.match(/[\w$]+/g))
  for (let i = 0; ; i++) {
    const name = `p${i.toString(36)}`
    if (!used.has(name)) return name
  }
}

/** `tokenised` is the short form of `script`. Throws when what comes out does not go together again as it was. */
export function takeApart(script: string, tokenised: Tokenised): Apart {
  const name = freeName(script)
  const { code, origins } = tokenised
  const placeOf = (at: number): number => {
    const place = origins.findIndex(origin => origin >= at)
    return place < 0 ? code.length : place
  }
  let parts = ''
  let program = ''
  const partOrigins: number[] = []
  const programOrigins: number[] = []
  let from = 0
  function keep(to: number): void {
    program += code.slice(from, to)
    for (let i = from; i < to; i++) programOrigins.push(origins[i] as number)
  }
  for (const { start, end } of partsOf(script)) {
    const at = placeOf(start)
    const to = placeOf(end)
    if (to - at < PART_MIN_BYTES) continue
    keep(at)
    const call = partCall(name, parts.length, to - at)
    program += call
    for (let i = 0; i < call.length; i++) programOrigins.push(-1)
    parts += code.slice(at, to)
    for (let i = at; i < to; i++) partOrigins.push(origins[i] as number)
    from = to
  }
  if (parts === '') return { ...tokenised, programBytes: code.length }
  keep(code.length)
  const head = partsHead(name)
  const around = (text: string): number[] => Array.from(text, () => -1)
  const whole = head + parts + PARTS_END + program
  if (putTogether(whole) !== code) throw new Error('apart: the parts do not go together again')
  return {
    code: whole,
    origins: [...around(head), ...partOrigins, ...around(PARTS_END), ...programOrigins],
    programBytes: whole.length - parts.length,
  }
}
