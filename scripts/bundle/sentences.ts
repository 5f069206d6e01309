// An assertion's sentence becomes a number in the bundle: the sentences are for people, who have the table beside the source
// map. The console then says `Error: 7`.

import { type AnyNode, parse } from 'acorn'
import type MagicString from 'magic-string'
import { walk } from '../../firmware/host/walk.ts'

/** Rewrites the calls of `assert(condition, 'sentence')` in `text` (a script) in place. Gives the sentences; the place is the number. */
export function numberSentences(text: MagicString): string[] {
  const sentences: string[] = []
  walk(parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' }), node => {
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'assert') return
    const sentence = node.arguments[1] as AnyNode | undefined
    if (sentence?.type !== 'Literal' || typeof sentence.value !== 'string') return
    let number = sentences.indexOf(sentence.value)
    if (number < 0) number = sentences.push(sentence.value) - 1
    text.overwrite(sentence.start, sentence.end, String(number))
  })
  return sentences
}
