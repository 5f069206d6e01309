// A target's code, bundled, with a counter at each place where it can go one way or another: what a coverage-guided fuzzer is guided by.
// Counters are bytes of `globalThis.branchCounts`; node's own coverage would cost a thousand times more per input.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AnyNode, parse } from 'acorn'
import { buildSync } from 'esbuild'
import MagicString from 'magic-string'

const OUT = join(import.meta.dirname, '../../dist/fuzz')

/** Writes the bundle; gives its path and how many counters it has. */
export function buildCounting(name: string, entry: string): { file: string; branches: number } {
  const built = buildSync({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    write: false,
  })
  const source = built.outputFiles[0]?.text ?? ''
  const { code, branches } = withCounters(source)
  mkdirSync(OUT, { recursive: true })
  const file = join(OUT, `${name}.mjs`)
  writeFileSync(file, code)
  return { file, branches }
}

/** @public for its test */
export function withCounters(source: string): { code: string; branches: number } {
  const out = new MagicString(source)
  let branches = 0
  const counter = (): string => `__n[${branches++}]++`

  function block(node: AnyNode): void {
    if (node.type === 'BlockStatement') out.appendLeft(node.start + 1, `${counter()};`)
    else {
      out.appendLeft(node.start, `{${counter()};`)
      out.prependRight(node.end, '}')
    }
  }
  function value(node: AnyNode): void {
    out.appendLeft(node.start, `(${counter()},`)
    out.prependRight(node.end, ')')
  }
  function mark(node: AnyNode): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ForStatement':
      case 'ForOfStatement':
      case 'ForInStatement':
      case 'WhileStatement':
        block(node.body)
        break
      case 'ArrowFunctionExpression':
        if (node.body.type === 'BlockStatement') block(node.body)
        else value(node.body)
        break
      case 'IfStatement':
        block(node.consequent)
        if (node.alternate) block(node.alternate)
        break
      case 'SwitchCase':
        if (node.consequent[0]) out.appendLeft(node.consequent[0].start, `${counter()};`)
        break
      case 'ConditionalExpression':
        value(node.consequent)
        value(node.alternate)
        break
      case 'LogicalExpression':
        value(node.right)
    }
  }

  walk(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), mark)
  out.prepend('const __n=globalThis.branchCounts;\n')
  return { code: out.toString(), branches }
}

function walk(node: AnyNode, mark: (node: AnyNode) => void): void {
  mark(node)
  for (const child of Object.values(node) as unknown[]) {
    for (const one of Array.isArray(child) ? child : [child]) if (isNode(one)) walk(one, mark)
  }
}

function isNode(child: unknown): child is AnyNode {
  return typeof child === 'object' && child !== null && typeof (child as AnyNode).type === 'string'
}
