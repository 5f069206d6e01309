// Some of our property names are the engine's or the library's too (`count`, `code`, `values`), which would keep them at full length.
// The compiler's types tell whose each one is: ours get a name of their own here, before short-names.ts shortens it.

import type MagicString from 'magic-string'
import ts from 'typescript'
import { reachedByText } from '../short-names.ts'

/** Names worth it. Not those by which the program and its setup file, another build, know a network: `ssid`, `password`. */
export const TOLD_APART = [
  'address',
  'code',
  'count',
  'end',
  'free',
  'host',
  'keys',
  'port',
  'read',
  'reason',
  'search',
  'setup',
  'table',
  'values',
  'version',
  'write',
]

/** The property that `name` stands for, where it stands for one. In an object that is handed on, the one that is expected there. */
function propertyOf(name: ts.Identifier, checker: ts.TypeChecker): ts.Symbol | undefined {
  const at = name.parent
  const isMember =
    (ts.isPropertySignature(at) || ts.isMethodSignature(at) || ts.isPropertyAccessExpression(at)) && at.name === name
  if (isMember) return checker.getSymbolAtLocation(name)
  if (!ts.isPropertyAssignment(at) && !ts.isShorthandPropertyAssignment(at)) return undefined
  if (at.name !== name) return undefined
  const expected = checker.getContextualType(at.parent)
  const property = expected && checker.getPropertyOfType(checker.getNonNullableType(expected), name.text)
  return property ?? checker.getSymbolAtLocation(name)
}

/** Rewrites `text`, which is that of `file`. `isForeign`: what is declared in that file is the engine's or the library's. Throws where types do not tell. */
export function tellApart(
  text: MagicString,
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  isForeign: (file: ts.SourceFile) => boolean,
): void {
  const reached = reachedByText(file, checker, isForeign).find(one => TOLD_APART.includes(one))
  if (reached !== undefined) throw new Error(`${file.fileName}: brackets reach ${reached}`)
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit)
    if (!ts.isIdentifier(node) || !TOLD_APART.includes(node.text)) return
    const origins = propertyOf(node, checker)?.declarations?.map(one => isForeign(one.getSourceFile())) ?? []
    if (!origins.includes(false)) return
    if (origins.includes(true)) throw new Error(`${file.fileName}: ${node.text} is ours and the engine's`)
    const isShort = ts.isShorthandPropertyAssignment(node.parent)
    text.overwrite(node.getStart(file), node.end, isShort ? `own_${node.text}: ${node.text}` : `own_${node.text}`)
  }
  visit(file)
}
