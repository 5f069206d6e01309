// Which property names of the bundle may be shortened: ours alone. The interpreter reads source text at run time, so a long
// name costs flash, time at every use, and memory in every object. A name that the engine or the language has stays, and so
// does one that is reached by brackets: the compiler's types say which those are.

import { runInNewContext } from 'node:vm'
import { parse } from 'acorn'
import ts from 'typescript'
import { LANGUAGE_GLOBALS, MISSING_METHODS, MISSING_STATICS } from '../firmware/host/builtins.ts'
import { walk } from '../firmware/host/walk.ts'

/** Nothing is gained below this. */
const LENGTH_MIN = 2

/** Names of the language's library that the engine has: node's, less what is missing there. The gate refuses the missing ones as the library's, so they can be ours. */
function libraryNames(): string[] {
  const owners = runInNewContext(`Object.getOwnPropertyNames(globalThis).map(name => {
    const value = globalThis[name]
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return [name, [], []]
    const kin = [value.prototype, value.prototype && Object.getPrototypeOf(value.prototype)].filter(Boolean)
    return [name, Object.getOwnPropertyNames(value), kin.flatMap(one => Object.getOwnPropertyNames(one))]
  })`) as [owner: string, statics: string[], methods: string[]][]
  return owners.flatMap(([owner, statics, methods]) => {
    if (!LANGUAGE_GLOBALS.includes(owner)) return []
    const isTyped = /^(Uint|Int|Float)\d+\w*Array$/.test(owner)
    const missing = [...(MISSING_METHODS[isTyped ? 'TypedArray' : owner] ?? []), ...(MISSING_METHODS.Object ?? [])]
    return [
      owner,
      ...statics.filter(name => !MISSING_STATICS[owner]?.includes(name)),
      ...methods.filter(name => !missing.includes(name)),
    ]
  })
}

/** Names of members and globals that the declarations of the engine's API have, also written out in its comments' code. */
function declaredNames(file: ts.SourceFile): string[] {
  const names: string[] = []
  const visit = (node: ts.Node): void => {
    const isMember =
      ts.isPropertySignature(node) ||
      ts.isMethodSignature(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isVariableDeclaration(node)
    if (isMember && node.name && ts.isIdentifier(node.name)) names.push(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return names
}

/** Names that brackets, `in`, or a walk over an object's own names can reach in `file`; of what `isForeign` says is declared elsewhere none. */
export function reachedByText(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  isForeign: (file: ts.SourceFile) => boolean = () => false,
): string[] {
  const names: string[] = []
  function reachAll(owner: ts.Type): void {
    for (const { name, declarations = [] } of checker.getPropertiesOfType(owner)) {
      if (!declarations.some(one => isForeign(one.getSourceFile()))) names.push(name)
    }
  }
  /** The texts that `key` can be; all names of `owner` where that is any text. */
  function reach(key: ts.Type, owner: ts.Type): void {
    for (const one of key.isUnion() ? key.types : [key]) {
      if (one.isStringLiteral()) names.push(one.value)
      else if (one.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.Any | ts.TypeFlags.Unknown)) {
        reachAll(owner)
      }
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isElementAccessExpression(node)) {
      const owner = checker.getTypeAtLocation(node.expression)
      // of lists and texts the language's own names could be reached only, and those stay anyway
      // a cast may say less than there is
      const key = node.argumentExpression
      const named = ts.isAsExpression(key) ? [key, key.expression] : [key]
      for (const one of named) reach(checker.getTypeAtLocation(one), checker.getNonNullableType(owner))
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword) {
      reach(checker.getTypeAtLocation(node.left), checker.getTypeAtLocation(node.right))
    }
    if (ts.isForInStatement(node)) {
      reachAll(checker.getTypeAtLocation(node.expression))
    }
    if (
      ts.isCallExpression(node) &&
      /^(Object\.(keys|values|entries)|JSON\.\w+)$/.test(node.expression.getText(file))
    ) {
      for (const one of node.arguments) reachAll(checker.getTypeAtLocation(one))
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return names
}

/** The sources with their types: `entry` and `declarations` (of the engine's API) are absolute paths. */
export function programOf(entry: string, declarations: string[]): ts.Program {
  return ts.createProgram([entry, ...declarations], {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    lib: ['lib.es2015.d.ts'],
    types: [],
  })
}

/** Names in the sources that are not ours alone. */
export function foreignNames(program: ts.Program, declarations: string[]): Set<string> {
  const checker = program.getTypeChecker()
  const names = new Set(libraryNames())
  for (const file of program.getSourceFiles()) {
    if (program.isSourceFileDefaultLibrary(file)) continue
    const found = declarations.includes(file.fileName) ? declaredNames(file) : reachedByText(file, checker)
    for (const name of found) names.add(name)
  }
  return names
}

/** The property names in `code` (a script) that belong to nobody else, sorted. */
export function ownNames(code: string, foreign: ReadonlySet<string>): string[] {
  const found = new Set<string>()
  walk(parse(code, { ecmaVersion: 'latest', sourceType: 'script' }), node => {
    if (node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier') {
      found.add(node.property.name)
    }
    if (node.type === 'Property' && !node.computed && node.key.type === 'Identifier') found.add(node.key.name)
  })
  return [...found].filter(name => name.length >= LENGTH_MIN && !foreign.has(name)).sort()
}
