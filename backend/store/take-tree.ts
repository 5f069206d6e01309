// The database and its key tree meet: the first time, every tenure's data key is wrapped anew; afterwards the tree must be the one that the database
// remembers. A database without its tree opens no reading, so that it is missing is said at the start.

import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { type TenureKeys, tenureKeysOf } from './key-ring.ts'
import { type KeyTreeFault, openKeyTree } from './key-tree-file.ts'
import { all, first, run, type Steps } from './steps.ts'

/** Its name where nothing else is said. */
export const KEY_TREE_FILE = 'tenures.tree'

const KNOWN = `SELECT value FROM meta WHERE name = 'keyTree'`
const REMEMBER = `INSERT INTO meta (name, value) VALUES ('keyTree', ?)`
const ALL_KEYS = 'SELECT no, wrappedKey FROM tenure WHERE wrappedKey IS NOT NULL'
const WRAP_ANEW = 'UPDATE tenure SET wrappedKey = ? WHERE no = ?'

/** In a transaction that holds the writer's lock: of two programs that start at once one makes the file. */
export function* takeTree(kek: Uint8Array, file: string): Steps<Result<TenureKeys, KeyTreeFault>> {
  const known = yield* first<{ value: Uint8Array }>(KNOWN)
  const tree = openKeyTree(file, known === undefined)
  if (!tree.ok) return tree
  const keys = tenureKeysOf(kek, tree.value)
  if (known !== undefined) {
    const isIt = Buffer.from(known.value).toString('hex') === tree.value.id
    return isIt ? ok(keys) : failed({ code: 'key-tree.wrong', where: file })
  }
  for (const { no, wrappedKey } of yield* all<{ no: number; wrappedKey: Uint8Array }>(ALL_KEYS)) {
    const wrapped = keys.rewrapped(no, wrappedKey)
    if (wrapped !== undefined) yield* run(WRAP_ANEW, wrapped, no)
  }
  yield* run(REMEMBER, Buffer.from(tree.value.id, 'hex'))
  return ok(keys)
}
