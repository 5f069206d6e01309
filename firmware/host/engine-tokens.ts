// The engine's own short form of a script: its lexer takes a byte from 138 on for an operator or a keyword (Espruino 2v29, src/jslex.h,
// whose order is fixed because its tools depend on it). The build writes it (scripts/bundle/tokenise.ts); the virtual dongle reads
// it back here.

const FIRST = 138
const OPERATORS = '== === != !== <= << <<= >= >> >>> >>= >>>= += -= ++ -- *= /= %= &= && |= || ^= =>'
const KEYWORDS =
  'if else do while for break continue function return var let const this throw try catch finally true false null undefined new in ' +
  'instanceof switch case default delete typeof void debugger class extends super static of'

/** In the order of their bytes. */
export const TOKENS = `${OPERATORS} ${KEYWORDS}`.split(' ')

/** The byte, as a character, that stands for an operator or a keyword; undefined for any other text. */
export function tokenOf(text: string): string | undefined {
  const at = TOKENS.indexOf(text)
  return at < 0 ? undefined : String.fromCharCode(FIRST + at)
}

/** Of two parts side by side: whether nothing but a space tells them apart. */
export function needsSpace(before: string, after: string): boolean {
  return /[\w$]$/.test(before) && /^[\w$]/.test(after)
}

/** A script, or a script in the short form, as a script. What stands in quotes is left alone. */
export function withoutTokens(code: string): string {
  if (!/[\x8a-\xc6]/.test(code)) return code
  let script = ''
  let last = ''
  let wasToken = false
  for (const [part] of code.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|[\x8a-\xc6]|[\w$]+|./gs)) {
    const token = part.length === 1 ? TOKENS[part.charCodeAt(0) - FIRST] : undefined
    const text = token ?? part
    script += (wasToken || token !== undefined) && needsSpace(last, text) ? ` ${text}` : text
    last = text.slice(-1)
    wasToken = token !== undefined
  }
  return script
}
