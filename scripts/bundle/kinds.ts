// Texts that only tell our own cases apart become numbers: nobody prints them, and none goes over the wire or to the engine. Shorter, and compared in
// one step. Whoever adds one sees to that, and that it names no property (a checksum's verdict is counted under its name); what can be seen in the script, a text that is joined, listed or handed to the engine, is refused.

import { type AnyNode, parse } from 'acorn'
import type MagicString from 'magic-string'
import { walk } from '../../firmware/host/walk.ts'

/** A text's place + 1 is its number: none is 0, which `''`, no fault, would be equal to. */
export const KINDS = [
  // a conversation's states, and what it is told and wants (shared/session/sender-state.ts)
  ...[
    'waiting',
    'connecting',
    'greeting',
    'greeted',
    'link-up',
    'link-down',
    'reachable',
    'look',
    'ordered',
    'connect',
    'publish',
  ],
  ...[
    'disconnect',
    'status-wanted',
    'order',
    'update-came',
    'envelope',
    'no-challenge',
    'no-acks',
    'link-timeout',
    'tick',
    'interval',
    'message-came',
    'time-known',
    'update-said',
    'reboot',
  ],
  // what a reader finds wrong (shared/batch/cbor.ts), and a counter's page (boot-counter.ts)
  ...['truncated', 'wrong-type', 'out-of-range', 'whole', 'blank'],
]

const COMPARISONS = new Set(['==', '!=', '===', '!=='])

/** Whether `node` may be told apart by any value: compared, kept, given on to a function of ours. */
function isOnlyTold(node: AnyNode, above: AnyNode | undefined): boolean {
  switch (above?.type) {
    case 'BinaryExpression':
      return COMPARISONS.has(above.operator)
    case 'Property':
      return above.value === node
    case 'CallExpression':
      return above.callee.type === 'Identifier'
    default:
      return /^(AssignmentExpression|VariableDeclarator|ConditionalExpression|ReturnStatement)$/.test(above?.type ?? '')
  }
}

/** Rewrites `text` (a script) in place. Throws when one of KINDS stands where its letters count. */
export function numberKinds(text: MagicString): void {
  walk(parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' }), (node, parents) => {
    if (node.type !== 'Literal' || typeof node.value !== 'string') return
    const number = KINDS.indexOf(node.value) + 1
    if (number === 0) return
    if (!isOnlyTold(node, parents.at(-1)))
      throw new Error(
        `kinds: the letters of "${node.value}" count here: ${text.original.slice(node.start - 60, node.end + 20)}`,
      )
    text.overwrite(node.start, node.end, String(number))
  })
}
