// === → ==, where the types leave no difference, and `=== undefined` → `== null`: one to three bytes at some four hundred places.
// The engine's == was asked (2v29.277): "null" == null and "undefined" == undefined are true there, so a text is compared
// with a text only.

import type MagicString from 'magic-string'
import ts from 'typescript'

const LOOSER: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '!=',
}

/** Whether `type` is made of these kinds only. */
function isOnly(type: ts.Type, flags: ts.TypeFlags): boolean {
  return (type.isUnion() ? type.types : [type]).every(one => (one.flags & flags) !== 0)
}

const NUMBERS = ts.TypeFlags.NumberLike | ts.TypeFlags.Undefined
const OTHER_THAN_NULL = NUMBERS | ts.TypeFlags.BooleanLike | ts.TypeFlags.Object

function isUndefined(node: ts.Node): boolean {
  return ts.isIdentifier(node) && node.text === 'undefined'
}

/** Rewrites `text`, which is that of `file`, in place; line for line the same. */
export function plainerComparisons(text: MagicString, file: ts.SourceFile, checker: ts.TypeChecker): void {
  const replace = (node: ts.Node, by: string): void => {
    text.overwrite(node.getStart(file), node.end, by)
  }
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit)
    const looser = ts.isBinaryExpression(node) && LOOSER[node.operatorToken.kind]
    if (!looser) return
    const left = checker.getTypeAtLocation(node.left)
    const right = checker.getTypeAtLocation(node.right)
    if (isUndefined(node.right) && isOnly(left, OTHER_THAN_NULL)) {
      replace(node.operatorToken, looser)
      replace(node.right, 'null')
      return
    }
    const areSame = [NUMBERS, ts.TypeFlags.StringLike, ts.TypeFlags.BooleanLike].some(
      kind => isOnly(left, kind) && isOnly(right, kind),
    )
    if (areSame) replace(node.operatorToken, looser)
  }
  visit(file)
}
