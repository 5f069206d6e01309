// Scope sinking: a function that only a cold one needs moves inside it, so that its object exists while that one runs and
// not for ever. Cold functions and their reasons are listed in cold.ts. It moves source text, declarations to the front of
// the body in their old order, and refuses what would change a meaning: a name that the body would catch, a table that
// somebody writes to.

import { type AnyNode, type FunctionDeclaration, type Identifier, parse } from 'acorn'
import type MagicString from 'magic-string'
import { analyzeScopes, type Binding, type Reference } from '../../firmware/host/scopes.ts'
import { walk } from '../../firmware/host/walk.ts'

/** What may be asked of a table without changing it or keeping hold of it. */
const READERS = new Set(['indexOf', 'length', 'charAt', 'charCodeAt'])

interface Piece {
  name: string
  binding: Binding
  /** The whole top-level statement. */
  node: AnyNode
  /** Who refers to it: a piece, or undefined for code that runs at start. */
  usedBy: Set<Piece | undefined>
  isMovable: boolean
}

function isLiteral(node: AnyNode | null | undefined): boolean {
  if (!node) return false
  if (node.type === 'Literal') return !('regex' in node && node.regex)
  if (node.type === 'UnaryExpression') return node.argument.type === 'Literal'
  return (
    node.type === 'ArrayExpression' &&
    node.elements.every(one => one?.type === 'Literal' && !('regex' in one && one.regex))
  )
}

/** Offsets of identifiers that are only read from: `x[i]`, `x.length`, `x.indexOf(…)`, or, for a plain value, any use but a write. */
function readsIn(tree: AnyNode): Set<number> {
  const reads = new Set<number>()
  walk(tree, (node, parents) => {
    const member = parents.at(-1)
    if (node.type !== 'Identifier' || member?.type !== 'MemberExpression' || member.object !== node) return
    const above = parents.at(-2)
    if (above?.type === 'AssignmentExpression' && above.left === member) return
    if (above?.type === 'UpdateExpression' || (above?.type === 'UnaryExpression' && above.operator === 'delete')) return
    const property = member.property as Identifier
    if (!member.computed && !READERS.has(property.name)) return
    if (member.computed && above?.type === 'CallExpression' && above.callee === member) return
    reads.add(node.start)
  })
  return reads
}

function piecesOf(tree: Extract<AnyNode, { type: 'Program' }>, bindings: Binding[], references: Reference[]): Piece[] {
  const reads = readsIn(tree)
  const pieces: Piece[] = []
  for (const node of tree.body as AnyNode[]) {
    const isTable = node.type === 'VariableDeclaration' && node.declarations.length === 1
    const declared = isTable ? node.declarations[0] : undefined
    const id = node.type === 'FunctionDeclaration' ? (node as FunctionDeclaration).id : declared?.id
    if (id?.type !== 'Identifier') continue
    const binding = bindings.find(one => one.name === id.name && one.scope.parent === undefined)
    if (!binding) continue
    const uses = references.filter(one => one.binding === binding)
    const isPlain = declared?.init?.type === 'Literal' || declared?.init?.type === 'UnaryExpression'
    const isMovable =
      node.type === 'FunctionDeclaration'
        ? uses.every(one => !one.isWritten)
        : isLiteral(declared?.init) && uses.every(one => !one.isWritten && (isPlain || reads.has(one.at)))
    pieces.push({ name: id.name, binding, node, usedBy: new Set(), isMovable })
  }
  for (const one of references) {
    const used = pieces.find(piece => piece.binding === one.binding)
    if (!used) continue
    const user = pieces.find(piece => piece.node.start <= one.at && one.at < piece.node.end)
    if (user !== used) used.usedBy.add(user?.node.type === 'FunctionDeclaration' ? user : undefined)
  }
  return pieces
}

/** For each piece the pieces that every way to it passes through (itself too): the dominators, by the textbook's iteration. */
function dominatorsOf(pieces: Piece[]): Map<Piece, Set<Piece>> {
  const all = new Set(pieces)
  const found = new Map<Piece, Set<Piece>>(pieces.map(one => [one, new Set(all)]))
  for (let isChanged = true; isChanged; ) {
    isChanged = false
    for (const piece of pieces) {
      let common: Set<Piece> | undefined
      for (const user of piece.usedBy) {
        const theirs = user ? found.get(user)! : new Set<Piece>()
        common = common ? new Set([...common].filter(one => theirs.has(one))) : new Set(theirs)
      }
      const next = (common ?? new Set<Piece>()).add(piece)
      if (next.size !== found.get(piece)!.size) {
        found.set(piece, next)
        isChanged = true
      }
    }
  }
  return found
}

/**
 * Moves in `text` (a script) what belongs to the functions named in `cold`. Gives what moved, name → name of its new home.
 * Throws when a cold name is no function of the script's top level, or a home has a name of its own that would catch one in what it takes in.
 */
export function sink(text: MagicString, cold: string[]): Map<string, string> {
  const source = text.original
  const tree = parse(source, { ecmaVersion: 'latest', sourceType: 'script' })
  const { bindings, references } = analyzeScopes(tree)
  const pieces = piecesOf(tree, bindings, references)
  const dominators = dominatorsOf(pieces)
  const homes = new Set(
    cold.map(name => {
      const home = pieces.find(one => one.name === name && one.node.type === 'FunctionDeclaration')
      if (!home) throw new Error(`cold: ${name} is no function of the bundle's top level (scripts/bundle/cold.ts)`)
      return home
    }),
  )

  /** Names outside `piece` that it means, its own among them. */
  function meantBy(piece: Piece): Set<string> {
    const isInside = (at: number): boolean => piece.node.start <= at && at < piece.node.end
    const free = references.filter(
      one => isInside(one.at) && !(one.binding && one.binding !== piece.binding && isInside(one.binding.at)),
    )
    return new Set([piece.name, ...free.map(one => one.name)])
  }

  /** esbuild gives inner variables names that no outer one has, so this finds nothing unless that changes. */
  function refuseCapture(piece: Piece, home: Piece): void {
    const meant = meantBy(piece)
    for (const above of dominators.get(home)!) {
      const caught = bindings.find(one => one.scope.functionScope.node === above.node && meant.has(one.name))
      if (caught)
        throw new Error(
          `cold: ${above.name} has a ${caught.name} of its own, which ${piece.name} would find when moved inside`,
        )
    }
  }

  /** Where a piece goes: of the cold functions that every way to it passes through, the innermost. */
  function homeOf(piece: Piece): Piece | undefined {
    if (!piece.isMovable) return undefined
    const above = [...dominators.get(piece)!].filter(one => one !== piece && homes.has(one))
    return above.sort((a, b) => depthOf(b) - depthOf(a))[0]
  }
  const depthOf = (piece: Piece): number => dominators.get(piece)!.size

  const moves = pieces.flatMap(piece => {
    const home = homeOf(piece)
    return home ? [{ piece, home }] : []
  })
  // outer homes first: what has moved may take something in, but may not be cut
  moves.sort((a, b) => depthOf(a.home) - depthOf(b.home) || a.piece.node.start - b.piece.node.start)
  for (const { piece, home } of moves) {
    refuseCapture(piece, home)
    const body = (home.node as FunctionDeclaration).body
    text.move(piece.node.start, piece.node.end, body.start + 1)
  }
  return new Map(moves.map(({ piece, home }) => [piece.name, home.name]))
}
