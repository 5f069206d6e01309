// === → ==, where the types leave no difference, and `=== undefined` → `== null`: one to three bytes at some four hundred places.
// The engine's == was asked (2v29.277): "null" == null and "undefined" == undefined are true there, so a text is compared
// with a text only.

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

/** The source of `file` with plainer comparisons; line for line the same. */
export function plainerComparisons(file: ts.SourceFile, checker: ts.TypeChecker): string {
  let text = ''
  let at = 0
  const replace = (node: ts.Node, by: string): void => {
    text += file.text.slice(at, node.getStart(file)) + by
    at = node.end
  }
  const visit = (node: ts.Node): void => {
    const looser = ts.isBinaryExpression(node) && LOOSER[node.operatorToken.kind]
    if (!looser) {
      ts.forEachChild(node, visit)
      return
    }
    const left = checker.getTypeAtLocation(node.left)
    const right = checker.getTypeAtLocation(node.right)
    visit(node.left)
    if (isUndefined(node.right) && isOnly(left, OTHER_THAN_NULL)) {
      replace(node.operatorToken, looser)
      replace(node.right, 'null')
      return
    }
    const areSame = [NUMBERS, ts.TypeFlags.StringLike, ts.TypeFlags.BooleanLike].some(
      kind => isOnly(left, kind) && isOnly(right, kind),
    )
    if (areSame) replace(node.operatorToken, looser)
    visit(node.right)
  }
  ts.forEachChild(file, visit)
  return text + file.text.slice(at)
}
