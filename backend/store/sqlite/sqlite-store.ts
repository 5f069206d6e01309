// The store on one SQLite file: opens it, proves the key-encryption key, and puts reader, committer and group commit together behind the
// Store interface. Only main.ts and tests import it.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { failed, ok, type Result } from '../../../shared/kernel/result.ts'
import { type KekFault, keyRingOf, loadKek } from '../key-ring.ts'
import type { Store } from '../store.ts'
import { createAside } from './aside.ts'
import { createCommitter } from './commit.ts'
import { createGroupCommit, type GroupObserver } from './group.ts'
import { kyselyOn } from './kysely.ts'
import { type Connections, openConnections } from './open.ts'
import { createPlacement } from './placement.ts'
import { createReader } from './read.ts'

export interface SqliteStoreOptions {
  path: string
  /** 64 hexadecimal digits; else `kekFile` holds them, and is made with a new database. */
  kek?: string
  kekFile: string
  bytesMax?: number
  observer: GroupObserver
}

/** `connections` are for tests and benchmarks that must hurt or measure the file itself. */
export type SqliteStore = Store & { connections: Connections }

export function openSqliteStore(options: SqliteStoreOptions): Result<SqliteStore, KekFault> {
  const kek = loadKek(options.kek, options.kekFile, !existsSync(options.path))
  if (!kek.ok) return kek
  const connections = openConnections(options.path, options.bytesMax)
  const { writer, reader } = connections
  const keys = keyRingOf(kek.value)
  if (!provesKek()) {
    void connections.close()
    return failed({ code: 'kek.wrong', where: options.kek === undefined ? options.kekFile : 'NRT_KEK' })
  }
  const registers = kyselyOn(writer)
  const placement = createPlacement(writer, keys)
  const committer = createCommitter(writer, placement)
  const group = createGroupCommit(writer, options.path, registers, committer, placement.forget, options.observer)
  const aside = createAside(writer, placement, committer, group)
  const touch = writer.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', ?)")
  const eraseKey = writer.prepare('UPDATE tenure SET wrappedKey = NULL, erasedAtS = ? WHERE no = ?')

  return ok({
    ...createReader(reader, placement.keyOf),
    connections,
    registers,
    keys,
    commit: group.commit,
    bury: letters => group.write(() => letters.forEach(committer.buryOne)),
    replay: aside.replay,
    release: aside.release,
    forget: placement.forget,
    readiness: group.readiness,
    async erase(tenureNo, atS) {
      // secure_delete overwrites the key's bytes in the page, the checkpoint those in the log.
      writer.exec('PRAGMA secure_delete = ON')
      await group.write(() => eraseKey.run(atS, tenureNo))
      placement.forget()
      committer.discard()
      writer.exec('PRAGMA secure_delete = OFF; PRAGMA wal_checkpoint(TRUNCATE)')
    },
    async probe() {
      await group.write(() => touch.run(randomBytes(8))).catch(() => undefined) // the trouble itself is in readiness()
      return group.readiness()
    },
    async close() {
      await group.close()
      await registers.destroy()
      await connections.close()
    },
  })

  /** A known text sealed by the first start opens with the same KEK only: a wrong one is said at start, not at the first reading. */
  function provesKek(): boolean {
    const proof = writer.prepare("SELECT value FROM meta WHERE name = 'kek'").get() as { value: Uint8Array } | undefined
    if (proof !== undefined) return keys.unwrap(proof.value, 'kek') !== undefined
    writer.prepare("INSERT INTO meta (name, value) VALUES ('kek', ?)").run(keys.wrap(Buffer.from('nrt'), 'kek'))
    return true
  }
}
