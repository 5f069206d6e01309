// The key tree on the disk, outside the database and outside its backups: whoever has an old backup and today's file opens what was not erased, and nothing
// else. It changes only when something is erased; then the old bytes are overwritten where they lay. One file for all programs on one database.
//
//   nrt-key-tree 1 <which tree it is, 32 hex digits>
//   <place> <seed, 64 hex digits>          one line for each seed that is kept

import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { isPruned, prune, SEED_BYTES, type Seeds, secretOf } from './key-tree.ts'

export interface KeyTree {
  /** Which tree it is: the database remembers it. */
  id: string
  isPruned(leaf: number): boolean
  /** 32 bytes; undefined once it is pruned. */
  secretOf(leaf: number): Uint8Array | undefined
  /** Durable when it returns; throws what the disk says, and nothing is pruned then. One at a time: the caller holds the database's lock. */
  prune(leaves: readonly number[]): void
  /** Another thread or program has pruned. */
  reload(): void
}

export type KeyTreeFault =
  | { code: 'key-tree.missing'; where: string }
  | { code: 'key-tree.malformed'; where: string }
  | { code: 'key-tree.wrong'; where: string }

const HEAD = /^nrt-key-tree 1 ([0-9a-f]{32})$/
const LINE = /^([1-9][0-9]{0,10}) ([0-9a-f]{64})$/

/** `mayCreate` only where the database knows no tree yet: a lost file must be said, not replaced by one that opens nothing. */
export function openKeyTree(file: string, mayCreate: boolean): Result<KeyTree, KeyTreeFault> {
  if (!existsSync(file)) {
    if (!mayCreate) return failed({ code: 'key-tree.missing', where: file })
    writeAnew(file, randomBytes(16).toString('hex'), new Map([[1, randomBytes(SEED_BYTES)]]))
  }
  const read = readTree(file)
  if (read === undefined) return failed({ code: 'key-tree.malformed', where: file })
  const { id } = read
  let { seeds } = read

  return ok({
    id,
    isPruned: leaf => isPruned(seeds, leaf),
    secretOf: leaf => secretOf(seeds, leaf),
    prune(leaves) {
      const newest = newestSeeds()
      const pruned = leaves.filter(leaf => prune(newest, leaf))
      if (pruned.length > 0) writeAnew(file, id, newest)
      seeds = newest
    },
    reload() {
      seeds = newestSeeds()
    },
  })

  function newestSeeds(): Seeds {
    const newest = readTree(file)
    if (newest?.id !== id) throw new Error(`the key tree in ${file} was damaged or replaced while it was in use`)
    return newest.seeds
  }
}

function readTree(file: string): { id: string; seeds: Seeds } | undefined {
  const [head = '', ...lines] = readFileSync(file, 'latin1').trimEnd().split('\n')
  const id = HEAD.exec(head)?.[1]
  const seeds: Seeds = new Map()
  for (const line of lines) {
    const [, place, seed] = LINE.exec(line) ?? []
    if (place === undefined || seed === undefined) return undefined
    seeds.set(Number(place), Buffer.from(seed, 'hex'))
  }
  return id === undefined ? undefined : { id, seeds }
}

/** The new file is whole on the disk before it takes the old one's name; what the old one said is overwritten then. */
function writeAnew(file: string, id: string, seeds: Seeds): void {
  const partial = `${file}.partial`
  const lines = Array.from(seeds, ([place, seed]) => `${place} ${Buffer.from(seed).toString('hex')}\n`)
  const written = openSync(partial, 'w', 0o600)
  writeFileSync(written, `nrt-key-tree 1 ${id}\n${lines.join('')}`)
  fsyncSync(written)
  closeSync(written)
  const old = existsSync(file) ? openSync(file, 'r+') : undefined
  renameSync(partial, file)
  syncFolder(dirname(file))
  if (old === undefined) return
  writeSync(old, Buffer.alloc(fstatSync(old).size), 0)
  fsyncSync(old)
  closeSync(old)
}

function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r')
  fsyncSync(opened)
  closeSync(opened)
}
