// Syntax that the engine does not read, or reads as something else. Each construct was tried on the engine (2v29.277);
// the message says what happens there and what to write instead. It looks at single nodes; meaning across nodes is in scope-rules.ts.

import type { AnyNode } from 'acorn'
import type { Report } from './finding.ts'
import { checkRegex } from './regex-rules.ts'

/** Node types that have no place in the bundle at all. */
const REFUSED: Record<string, [rule: string, message: string]> = {
  AssignmentPattern: ['default-value', 'default values are a SyntaxError; test for undefined in the body'],
  RestElement: ['rest', 'rest parameters are a SyntaxError; take an array'],
  SpreadElement: ['spread', 'spread is a SyntaxError; use concat, apply or Object.assign'],
  ObjectPattern: ['destructuring', 'destructuring is read as an expression; name each value'],
  ArrayPattern: ['destructuring', 'destructuring is read as an expression; name each value'],
  YieldExpression: ['generator', 'generators are a SyntaxError; keep the state in an object'],
  AwaitExpression: ['async', 'await is read as an identifier; use callbacks'],
  LabeledStatement: ['label', 'labels are a ReferenceError; put the inner loop into a function'],
  PrivateIdentifier: ['private-member', 'private members are a SyntaxError; use a closure'],
  StaticBlock: ['static-block', 'static blocks are a SyntaxError; assign after the class'],
  TaggedTemplateExpression: ['tagged-template', 'tagged templates are a SyntaxError; call a function'],
  MetaProperty: ['meta-property', 'new.target and import.meta are a SyntaxError'],
  ChainExpression: ['optional-chaining', '?. is a SyntaxError; esbuild lowers it at target es2015'],
  ImportExpression: ['import', 'there are no modules; esbuild bundles them'],
  ImportDeclaration: ['import', 'there are no modules; esbuild bundles them'],
  WithStatement: ['with', 'with is a SyntaxError'],
}

const REFUSED_OPERATORS: Record<string, string> = {
  '**': 'use Math.pow',
  '**=': 'use Math.pow',
  '??=': 'write the assignment out',
  '&&=': 'write the assignment out',
  '||=': 'write the assignment out',
}

/** Classes that cannot be extended: super() fails and instanceof is false. */
const NOT_EXTENDABLE = /^(Error|TypeError|SyntaxError|ReferenceError|Array|Promise|Date|RegExp|.*Array|ArrayBuffer)$/

function usesThis(node: AnyNode): boolean {
  if (node.type === 'ThisExpression') return true
  return Object.values(node).some(
    value =>
      (Array.isArray(value) && value.some(item => item && typeof item === 'object' && usesThis(item as AnyNode))) ||
      (value && typeof value === 'object' && 'type' in value && usesThis(value as AnyNode)),
  )
}

function checkFunction(node: Extract<AnyNode, { type: 'FunctionExpression' }>, report: Report): void {
  if (node.async) report('async', node.start, 'async is read as an identifier; use callbacks')
  if (node.generator) report('generator', node.start, 'generators are a SyntaxError; keep the state in an object')
}

function checkClassMember(node: Extract<AnyNode, { type: 'PropertyDefinition' }>, report: Report): void {
  if (!node.value) {
    report('class-field', node.start, 'a field without a value is a SyntaxError; set it in the constructor')
  } else if (!node.static && usesThis(node.value)) {
    report('class-field', node.start, '`this` in a field is another object; set the field in the constructor')
  }
}

function checkText(text: string, at: number, report: Report): void {
  for (const character of text) {
    if (character.charCodeAt(0) > 0xff) {
      report('wide-character', at, 'strings are bytes: a character over 255 is cut to its low byte; send UTF-8 bytes')
      return
    }
  }
}

function checkSwitch(node: Extract<AnyNode, { type: 'SwitchStatement' }>, report: Report): void {
  const index = node.cases.findIndex(one => !one.test)
  const after = index < 0 ? undefined : node.cases[index + 1]
  if (after) report('case-after-default', after.start, 'a case after default fails; put default last')
}

/** Judges one node. `parents` ends with the node directly above. */
export function checkSyntax(node: AnyNode, parents: readonly AnyNode[], report: Report): void {
  const refused = REFUSED[node.type]
  if (refused) report(refused[0], node.start, refused[1])

  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      checkFunction(node as Extract<AnyNode, { type: 'FunctionExpression' }>, report)
      break
    case 'ForOfStatement':
      if (node.await) report('async', node.start, 'for await is read as an identifier; use callbacks')
      break
    case 'BinaryExpression':
    case 'AssignmentExpression': {
      const instead = REFUSED_OPERATORS[node.operator]
      if (instead) report('operator', node.start, `${node.operator} is a SyntaxError; ${instead}`)
      break
    }
    case 'UnaryExpression':
      if (node.operator === '+' && !(node.argument.type === 'Literal' && typeof node.argument.value === 'number')) {
        report('unary-plus', node.start, 'unary plus reads "012" as octal; use parseInt(text, 10) or parseFloat')
      }
      break
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      if (node.computed) report('computed-key', node.start, 'computed keys are a SyntaxError; assign with brackets')
      if (node.type === 'PropertyDefinition') checkClassMember(node, report)
      break
    case 'ClassDeclaration':
    case 'ClassExpression':
      if (node.superClass?.type === 'Identifier' && NOT_EXTENDABLE.test(node.superClass.name)) {
        report(
          'extends-builtin',
          node.start,
          `extending ${node.superClass.name} breaks super(); return a Result or wrap`,
        )
      }
      break
    case 'SwitchStatement':
      checkSwitch(node, report)
      break
    case 'Literal':
      if ('bigint' in node && node.bigint) report('bigint', node.start, 'BigInt is a SyntaxError; use two numbers')
      if ('regex' in node && node.regex) checkRegex(node.regex, node.start, report)
      else if (typeof node.value === 'string') checkText(node.value, node.start, report)
      break
    case 'TemplateElement':
      checkText(node.value.cooked ?? '', node.start, report)
      break
    case 'Identifier':
      if (node.name === 'of' && parents.at(-1)?.type !== 'MemberExpression') {
        report('identifier-of', node.start, 'an identifier named `of` is a SyntaxError')
      }
      break
    default:
      break
  }
}
