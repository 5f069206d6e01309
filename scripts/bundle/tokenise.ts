// The finished script in the engine's short form: a byte for each operator of several characters and each keyword, as the engine's lexer
// takes them (firmware/host/engine-tokens.ts), an eighth fewer bytes in flash. The gate, the map and the report are about the
// script, which can be read back character by character.

import { type Node, parse, type Token } from 'acorn'
import { needsSpace, tokenOf, withoutTokens } from '../../firmware/host/engine-tokens.ts'
import { walk } from '../../firmware/host/walk.ts'

export interface Tokenised {
  /** A character a byte. */
  code: string
  /** Where in the script each byte comes from. */
  origins: number[]
}

/** Throws when the short form would not read back as the same script. */
export function tokenise(script: string): Tokenised {
  const tokens: Token[] = []
  const tree = parse(script, { ecmaVersion: 'latest', sourceType: 'script', onToken: tokens })
  // a keyword behind a dot or before a colon is a name
  const names = new Set<number>()
  const templates: Node[] = []
  walk(tree, node => {
    if (node.type === 'TemplateLiteral') templates.push(node)
    if (node.type === 'MemberExpression' && !node.computed) names.add((node.property as Node).start)
    if (node.type === 'Property' || node.type === 'MethodDefinition') names.add(node.key.start)
  })
  const origins: number[] = []
  let code = ''
  let end = 0
  let wasToken = false
  function put(text: string, at: number): void {
    for (let i = 0; i < text.length; i++) origins.push(at + i)
    code += text
  }
  for (const token of tokens) {
    const text = script.slice(token.start, token.end)
    const isText = templates.some(one => one.start <= token.start && token.start < one.end)
    const short = isText || names.has(token.start) ? undefined : tokenOf(text)
    const space = script.slice(end, token.start)
    const isSpare = space === ' ' && (wasToken || short !== undefined) && needsSpace(script.charAt(end - 1), text)
    if (!isSpare) put(space, end)
    put(short ?? text, token.start)
    end = token.end
    wasToken = short !== undefined
  }
  put(script.slice(end), end)
  if (withoutTokens(code) !== script) throw new Error('tokenise: the short form does not read back as the script')
  return { code, origins }
}
