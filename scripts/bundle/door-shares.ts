// Behind the door (door.ts) each call makes only what its occasion needs: the functions there are put into a few groups, by the occasions
// that lead to them, and each group is made, and let go, under a condition. A function that is made without need takes some seven
// variables while the door is open, which is when they are scarcest.

import { type AnyNode, type ArrowFunctionExpression, parse, type VariableDeclaration } from 'acorn'
import type MagicString from 'magic-string'
import { walk } from '../../firmware/host/walk.ts'
import { CLOSE_NAME, closedNames } from './door.ts'

/** Each group costs some forty bytes. */
const GROUPS_MAX = 10

interface Share {
  name: string
  node: AnyNode
  /** What it takes while it exists. */
  variables: number
}

interface Group {
  /** Bit n: occasion n needs one of them. */
  mask: number
  shares: Share[]
}

const weightOf = (group: Group): number => group.shares.reduce((sum, one) => sum + one.variables, 0)

/** How often the occasions of a mask come, about: the list of them begins with the usual ones. */
function timesOf(mask: number): number {
  let times = 0
  for (let at = 0; at < 31 && mask >> at > 0; at++) if ((mask >> at) & 1) times += 1 / (at + 1)
  return times
}

/** The names that are used in `node`, but not inside one of `apart`. */
function namesIn(node: AnyNode, apart: ReadonlySet<AnyNode> = new Set()): Set<string> {
  const names = new Set<string>()
  walk(node, (one, parents) => {
    const above = parents.at(-1)
    const isNoUse =
      (above?.type === 'MemberExpression' && above.property === one && !above.computed) ||
      (above?.type === 'Property' && above.key === one && !above.computed) ||
      (above?.type === 'VariableDeclarator' && above.id === one)
    if (one.type === 'Identifier' && !isNoUse && !parents.some(parent => apart.has(parent))) names.add(one.name)
  })
  return names
}

/** The branches of `which`: occasion → what is done. The last alternative is the occasion that nobody asks for. */
function branchesOf(door: ArrowFunctionExpression): Map<number, AnyNode> {
  const which = (door.params[0] as { name?: string } | undefined)?.name
  const asked = (node: AnyNode | null | undefined): number | undefined => {
    if (node?.type !== 'ConditionalExpression' && node?.type !== 'IfStatement') return undefined
    const { test } = node
    if (test.type !== 'BinaryExpression' || !/^===?$/.test(test.operator)) return undefined
    const [number, name] = [test.left, test.right].sort((a, b) =>
      a.type === 'Literal' ? -1 : b.type === 'Literal' ? 1 : 0,
    )
    if (name?.type !== 'Identifier' || name.name !== which || number?.type !== 'Literal') return undefined
    return number.value as number
  }
  const found = new Map<number, AnyNode>()
  walk(door.body, (node, parents) => {
    if (found.size > 0 || asked(node) === undefined || parents.some(one => one.type === 'ArrowFunctionExpression'))
      return
    let at = node as Extract<AnyNode, { type: 'IfStatement' | 'ConditionalExpression' }>
    for (;;) {
      found.set(asked(at) as number, at.consequent as AnyNode)
      const next = at.alternate as AnyNode
      if (asked(next) === undefined) {
        found.set(found.size, next)
        return
      }
      at = next as typeof at
    }
  })
  const isWhole = [...found.keys()].every(one => one < found.size) && found.size > 1
  if (!isWhole) throw new Error('door: its branches are not as door.ts wrote them')
  return found
}

/** Which occasions lead to each of `shares`. */
function masksOf(door: ArrowFunctionExpression, shares: Share[]): Map<string, number> {
  const branches = branchesOf(door)
  const uses = new Map(shares.map(one => [one.name, namesIn(one.node)]))
  const masks = new Map(shares.map(one => [one.name, 0]))
  const reach = (names: Iterable<string>, mask: number): void => {
    for (const name of names) {
      const before = masks.get(name)
      if (before === undefined || (before | mask) === before) continue
      masks.set(name, before | mask)
      reach(uses.get(name) as Set<string>, mask)
    }
  }
  for (const [occasion, node] of branches) reach(namesIn(node), 1 << occasion)
  // what the door itself uses, outside the branches
  const apart = new Set([...branches.values(), ...shares.map(one => one.node)])
  reach(namesIn(door.body, apart), 2 ** branches.size - 1)
  return masks
}

/** As few groups as may be: those are joined first that cost the least functions made without need. */
function groupsOf(shares: Share[], masks: Map<string, number>): Group[] {
  const groups: Group[] = []
  for (const share of shares) {
    const mask = masks.get(share.name) as number
    const group = groups.find(one => one.mask === mask)
    if (group) group.shares.push(share)
    else groups.push({ mask, shares: [share] })
  }
  while (groups.length > GROUPS_MAX) {
    let best = { waste: Number.POSITIVE_INFINITY, a: 0, b: 0 }
    for (let a = 0; a < groups.length; a++) {
      for (let b = a + 1; b < groups.length; b++) {
        const [one, two] = [groups[a]!, groups[b]!]
        const both = one.mask | two.mask
        const waste =
          (timesOf(both) - timesOf(one.mask)) * weightOf(one) + (timesOf(both) - timesOf(two.mask)) * weightOf(two)
        if (waste < best.waste) best = { waste, a, b }
      }
    }
    const [gone] = groups.splice(best.b, 1)
    const kept = groups[best.a]!
    kept.mask |= gone!.mask
    kept.shares.push(...gone!.shares)
  }
  return groups
}

/** Rewrites `text` (a script after terser) in place; offsets are those of the original. */
export function shareDoor(text: MagicString): void {
  const tree = parse(text.original, { ecmaVersion: 'latest', sourceType: 'script' })
  walk(tree, (node, parents) => {
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== CLOSE_NAME) return
    const door = parents.findLast(one => one.type === 'ArrowFunctionExpression') as ArrowFunctionExpression
    if (door.body.type !== 'BlockStatement') return
    const lists = door.body.body.filter(one => one.type === 'VariableDeclaration') as VariableDeclaration[]
    const shares = lists.flatMap(list =>
      list.declarations.flatMap(({ id, init }): Share[] =>
        id.type === 'Identifier' && init?.type === 'ArrowFunctionExpression'
          ? [{ name: id.name, node: init, variables: 5 + init.params.length }]
          : [],
      ),
    )
    const groups = groupsOf(shares, masksOf(door, shares))
    const all = 2 ** branchesOf(door).size - 1
    const which = (door.params[0] as { name: string }).name
    const first = branchesOf(door).get(0) as AnyNode
    // before the choice, which terser puts into a declaration
    const at = lists.find(list => list.start < first.start && first.start < list.end)?.start ?? lists.at(-1)!.end
    takeOut(text, lists, shares)
    for (const group of groups) {
      const isAll = group.mask === all
      group.shares.forEach(({ name, node: init }, i) => {
        const before = i > 0 ? ',' : isAll ? 'var ' : `if(${group.mask}>>${which}&1){var `
        text.prependRight(init.start, `${before}${name}=`)
        if (i === group.shares.length - 1) text.appendLeft(init.end, isAll ? ';' : '}')
        text.move(init.start, init.end, at)
      })
    }
    const others = closedNames(door, text.original).filter(name => !shares.some(one => one.name === name))
    const closed = groups.map(({ mask, shares }) => {
      const names = `${shares.map(one => one.name).join('=')}=0`
      return mask === all ? names : `${mask}>>${which}&1&&(${names})`
    })
    if (others.length > 0) closed.push(`${others.join('=')}=0`)
    text.overwrite(node.start, node.end, `(${closed.join(',')})`)
  })
}

/** Takes `shares` out of the declarations that they stand in; what else is declared there stays. */
function takeOut(text: MagicString, lists: VariableDeclaration[], shares: Share[]): void {
  for (const list of lists) {
    const kept = list.declarations.filter(one => !shares.some(share => share.node === one.init))
    const isEmpty = kept.length === 0
    let at = list.start
    for (const one of list.declarations) {
      const isKept = kept.includes(one)
      if (isKept) {
        text.remove(at, one.start)
        text.prependRight(one.start, one === kept[0] ? 'var ' : ',')
        at = one.end
      } else {
        text.remove(at, one.init!.start)
        at = one.init!.end
      }
    }
    if (at < list.end) text.remove(at, list.end)
    if (!isEmpty) text.appendLeft((kept.at(-1) as AnyNode).end, ';')
  }
}
