// The engine's regular expressions: classes, + * ?, alternation, capture groups, anchors, flags i g y. Everything else is
// refused here, because most of it is silently wrong there rather than an error.

import type { Report } from './finding.ts'

const REFUSED: [pattern: RegExp, what: string][] = [
  [/\{\d+(,\d*)?\}/, 'a counted repetition is matched as text; write the repetition out'],
  [/[+*?}]\?/, 'a lazy repetition is greedy; use a negated class'],
  [/\(\?<?[=!]/, 'look-around does not work; test in code'],
  [/\(\?</, 'named groups fail; count the groups'],
  [/\(\?:/, '(?: is matched as text; use a capture group'],
  [/\)[+*?{]/, 'a repeated group is matched once; loop in code'],
  [/\\[bB]/, '\\b does not work; test in code'],
  [/\\[1-9kpP]/, 'back references and properties throw'],
  [/\[[^\]]*\/[^\]]*\]/, 'a slash inside a class ends the expression; escape it outside a class'],
]

/** Escaped backslashes must not look like escapes of the next letter. */
const bare = (pattern: string): string => pattern.replaceAll('\\\\', '__').replaceAll(/\\[()[\]{}+*?]/g, '__')

export function checkRegex(regex: { pattern: string; flags: string }, at: number, report: Report): void {
  const pattern = bare(regex.pattern)
  for (const [refused, message] of REFUSED) if (refused.test(pattern)) report('regex', at, message)
  if (/[^igy]/.test(regex.flags)) report('regex', at, `flags ${regex.flags}: the engine knows i, g and y only`)
}
