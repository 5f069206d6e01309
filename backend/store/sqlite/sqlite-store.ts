// The store on one SQLite file: opens it, proves the key-encryption key, and puts reader, registers and the writer's thread together behind
// the Store interface. Only main.ts and tests import it.

import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { failed, ok, type Result } from '../../../shared/kernel/result.ts'
import { type KekFault, type KeyRing, keyRingOf, loadKek, type TenureKeys } from '../key-ring.ts'
import { createLetters } from '../letters.ts'
import { createPlacement } from '../placement.ts'
import { createReader } from '../read.ts'
import { SCHEMA } from '../schema.ts'
import { ALONE } from '../siblings.ts'
import type { GroupObserver, Replayed, Store } from '../store.ts'
import { KEY_TREE_FILE, takeTree } from '../take-tree.ts'
import { copyStore } from './backup.ts'
import { createGroupCommit } from './group.ts'
import { enterAsGuest, guestPath } from './guest.ts'
import type { Intake } from './intake.ts'
import { kyselyOn } from './kysely.ts'
import { openConnections } from './open.ts'
import { stepsOn } from './run-steps.ts'
import { startThread } from './thread-link.ts'
import type { Writer } from './writer.ts'

export interface SqliteStoreOptions {
  path: string
  /** 64 hexadecimal digits; else `kekFile` holds them, and is made with a new database. */
  kek?: string
  kekFile: string
  /** Made with a new database; default: beside it (tenures.tree). */
  keyTreeFile?: string
  bytesMax?: number
  /** Beside the platform that has the same file open: for registers only. */
  isGuest?: boolean
  observer: GroupObserver
}

/** Room for a few groups, so that what dies with its group is never copied. */
const INTAKE_YOUNG_MB = 32
const WRITER_YOUNG_MB = 144

/** `reader` and `onWriter` are for tests and benchmarks that must hurt or measure the file itself. */
export type SqliteStore = Store & { reader: DatabaseSync; onWriter(sql: string): Promise<void> }

export function openSqliteStore(options: SqliteStoreOptions): Result<SqliteStore, KekFault> {
  const kek = loadKek(options.kek, options.kekFile, !existsSync(options.path))
  if (!kek.ok) return kek
  const connections = openConnections(options.path, options.bytesMax, options.isGuest === true)
  const { schemaBefore } = connections
  if (schemaBefore > 0 && schemaBefore < SCHEMA.length) options.observer.migrated?.(schemaBefore, SCHEMA.length)
  const keyTreeFile = options.keyTreeFile ?? join(dirname(options.path), KEY_TREE_FILE)
  const proven = provenKeys(connections.registers, kek.value, options, keyTreeFile)
  if (!proven.ok) {
    void connections.close()
    return proven
  }
  const keys = proven.value
  const setup = { path: options.path, kek: kek.value, keyTreeFile, bytesMax: options.bytesMax }
  const intake = startThread<Intake>(new URL('./intake-thread.ts', import.meta.url), setup, INTAKE_YOUNG_MB)
  const writer = startThread<Writer>(new URL('./writer-thread.ts', import.meta.url), setup, WRITER_YOUNG_MB)
  const registers = kyselyOn(connections.registers, () => group.settled())
  const leave = options.isGuest ? enterAsGuest(options.path) : () => rmSync(guestPath(options.path), { force: true })
  if (!options.isGuest) leave()
  const placement = createPlacement(keys)
  const onReader = stepsOn(connections.reader)
  const group = createGroupCommit(intake, writer, registers, options.observer)
  let copying: Promise<unknown> = Promise.resolve()

  return ok({
    ...createReader(async steps => onReader(steps), placement.keyOf),
    ...createLetters(async steps => onReader(steps), placement.keyOf),
    reader: connections.reader,
    onWriter: sql => writer.ask('exec', sql),
    registers,
    keys,
    siblings: ALONE,
    commit: group.commit,
    settled: group.settled,
    recover: group.recover,
    bury: letters => group.write(() => writer.ask('bury', letters)),
    replay,
    dropLetter: no => group.write(() => writer.ask('dropLetter', no)),
    // What was stored before is in its place then: a copy needs no inbox, whose key would open what is erased later.
    copyTo: folder =>
      besideNoCopy(async () => {
        await group.write(() => writer.ask('sync'))
        return copyStore(options.path, folder)
      }),
    release,
    forget,
    readiness: group.readiness,
    discard: dongleId => forgetting(() => writer.ask('discard', dongleId)),
    erase: (tenureNo, atS, actor) => forgetting(() => writer.ask('erase', tenureNo, atS, actor)),
    async probe() {
      await group.write(() => writer.ask('sync')).catch(() => undefined) // the trouble itself is in readiness()
      return group.readiness()
    },
    async close() {
      await copying
      await group.close()
      await registers.destroy()
      await connections.close()
      leave()
    },
  })

  /** What is erased during a copy would stay in the log, which the copy keeps from being emptied: one after the other. */
  function besideNoCopy<T>(work: () => Promise<T>): Promise<T> {
    const done = copying.then(work)
    copying = done.catch(() => undefined)
    return done
  }

  async function forgetting(work: () => Promise<void>): Promise<void> {
    try {
      await besideNoCopy(() => group.writeAlone(work))
    } finally {
      keys.reload()
      placement.forget()
    }
  }

  function forget(): void {
    placement.forget()
    group.forget()
  }

  async function replay(only?: number): Promise<Replayed> {
    const all: Replayed = { stored: 0, duplicate: 0, stillBad: 0 }
    for (let after: number | undefined = 0; after !== undefined; ) {
      const from: number = after
      const { replayed, next } = await group.write(() => writer.ask('replay', from, only))
      for (const kind of ['stored', 'duplicate', 'stillBad'] as const) all[kind] += replayed[kind]
      after = next
    }
    return all
  }

  async function release(dongleId: string): Promise<number> {
    await group.settled()
    const { no: newest } = connections.reader.prepare('SELECT coalesce(max(no), 0) AS no FROM batch').get() as {
      no: number
    }
    let all = 0
    for (let after: number | undefined = 0; after !== undefined; ) {
      const from: number = after
      const { released, next } = await group.write(() => writer.ask('release', dongleId, from, newest))
      all += released
      after = next
    }
    return all
  }
}

function provenKeys(
  db: DatabaseSync,
  kek: Uint8Array,
  options: SqliteStoreOptions,
  keyTreeFile: string,
): Result<TenureKeys, KekFault> {
  if (!provesKek(db, keyRingOf(kek))) {
    return failed({ code: 'kek.wrong', where: options.kek === undefined ? options.kekFile : 'NRT_KEK' })
  }
  db.exec('BEGIN IMMEDIATE')
  try {
    const taken = stepsOn(db)(takeTree(kek, keyTreeFile))
    db.exec('COMMIT')
    return taken
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** A known text sealed by the first start opens with the same KEK only: a wrong one is said at start, not at the first reading. */
function provesKek(db: DatabaseSync, keys: KeyRing): boolean {
  const proof = db.prepare("SELECT value FROM meta WHERE name = 'kek'").get() as { value: Uint8Array } | undefined
  if (proof !== undefined) return keys.unwrap(proof.value, 'kek') !== undefined
  db.prepare("INSERT INTO meta (name, value) VALUES ('kek', ?)").run(keys.wrap(Buffer.from('nrt'), 'kek'))
  return true
}
