// The dialect gate: says of a finished bundle, by its syntax tree, what the engine on the dongle would refuse or run
// otherwise. Pure: text in, findings out. The list is the engine's, measured (docs/adr/0004-dialect-gate.md); what no tree shows
// (numbers printed imprecisely, an unstable sort) is left to the device tests.

import { parse } from 'acorn'
import { analyzeScopes } from '../firmware/host/scopes.ts'
import { walk } from '../firmware/host/walk.ts'
import type { Finding, Report } from './dialect/finding.ts'
import { checkMember } from './dialect/member-rules.ts'
import { checkScopes } from './dialect/scope-rules.ts'
import { checkSyntax } from './dialect/syntax-rules.ts'

export type { Finding }

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII but NUL, which ends a text in the engine's file functions
const NOT_ASCII = /[^\x01-\x7f]/

/** Everything in `code` (a script) that the engine cannot take, in order of place; empty means fit to ship. Throws on text that is no JavaScript at all. */
export function checkDialect(code: string): Finding[] {
  const findings: Finding[] = []
  const report: Report = (rule, at, message) => {
    findings.push({ rule, at, message })
  }

  // control characters inside strings are harmless there, and esbuild writes some of them as they are
  const odd = code.search(NOT_ASCII)
  if (odd >= 0) report('non-ascii', odd, 'the file must be ASCII: the engine reads bytes, not UTF-8')
  const wide = /\\u\{/.exec(code)
  if (wide) report('wide-character', wide.index, '\\u{...} is a SyntaxError')

  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'script' })
  const scopes = analyzeScopes(tree)
  const globalsAt = new Set(scopes.references.filter(one => !one.binding).map(one => one.at))
  walk(tree, (node, parents) => {
    checkSyntax(node, parents, report)
    checkMember(node, parents, at => globalsAt.has(at), report)
  })
  checkScopes(tree, scopes, report)
  return findings.sort((a, b) => a.at - b.at)
}
