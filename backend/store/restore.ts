// Looking into a copy of the store without changing a byte of it, and what stands where a copy is to be put. It knows the engine's files;
// what a backup is stands in backend/operating.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { verifyAudit } from '../audit/audit.ts'
import { keyRingOf, loadKek } from './key-ring.ts'
import { SCHEMA } from './schema.ts'
import { INBOX_KEY_PLACE, inboxPath } from './sqlite/inbox.ts'
import { kyselyOn } from './sqlite/kysely.ts'
import { versionOf } from './sqlite/migrations.ts'

const DATABASE = 'nrt.sqlite'

export interface LookedInto {
  dongles: number
  batches: number
  /** Newest link of the audit, which is whole; null: it is empty. */
  audit: { no: number; hash: string } | null
  /** Undefined: no key was given. */
  isKeyRight: true | undefined
}

/** `folder` holds what copyStore() wrote: the database; before there was a key tree, an inbox too. `why` is for people. */
export async function lookInto(
  folder: string,
  kek: string | undefined,
  kekFile: string | undefined,
): Promise<Result<LookedInto, { why: string }>> {
  const file = join(folder, DATABASE)
  const database = openUnchanged(file)
  const inbox = existsSync(inboxPath(file)) ? openUnchanged(inboxPath(file)) : undefined
  const databases = inbox === undefined ? [database] : [database, inbox]
  try {
    for (const one of databases) {
      const { integrity_check: found } = one.prepare('PRAGMA integrity_check(1)').get() as { integrity_check: string }
      if (found !== 'ok') return failed({ why: `${one === inbox ? 'the inbox' : 'the database'} is damaged: ${found}` })
    }
    const version = versionOf(database)
    if (version > SCHEMA.length)
      return failed({ why: `it was made by a newer program (version ${version} of the database)` })
    const isKeyRight = keyOpens(database, inbox, kek, kekFile)
    if (isKeyRight === false) return failed({ why: 'the key-encryption key is not the one it was made with' })
    // A database from before the newest steps gets the tables that are looked at only when a server opens it.
    const audit = version < SCHEMA.length ? undefined : await verifyAudit(kyselyOn(database, async () => undefined))
    if (audit !== undefined && !audit.isWhole) return failed({ why: `the audit is broken behind link ${audit.events}` })
    return ok({
      dongles: countOf(database, 'dongle'),
      batches: countOf(database, 'batch'),
      audit: audit?.newest ?? null,
      isKeyRight,
    })
  } catch (error) {
    return failed({ why: (error as Error).message })
  } finally {
    for (const one of databases) one.close()
  }
}

/** Immutable: no lock, no log, no file beside it (https://www.sqlite.org/uri.html). */
function openUnchanged(file: string): DatabaseSync {
  return new DatabaseSync(`${pathToFileURL(resolve(file)).href}?immutable=1`, { readOnly: true })
}

function countOf(database: DatabaseSync, table: 'dongle' | 'batch'): number {
  return (database.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count
}

function keyOpens(
  database: DatabaseSync,
  inbox: DatabaseSync | undefined,
  kek: string | undefined,
  kekFile: string | undefined,
): boolean | undefined {
  if (kek === undefined && kekFile === undefined) return undefined
  const loaded = loadKek(kek, kekFile ?? '', false)
  if (!loaded.ok) return false
  const keys = keyRingOf(loaded.value)
  const proof = database.prepare("SELECT value FROM meta WHERE name = 'kek'").get() as { value: Uint8Array } | undefined
  const wrapped = inbox?.prepare('SELECT wrapped FROM key').get() as { wrapped: Uint8Array } | undefined
  return (
    (proof === undefined || keys.unwrap(proof.value, 'kek') !== undefined) &&
    (wrapped === undefined || keys.unwrap(wrapped.wrapped, INBOX_KEY_PLACE) !== undefined)
  )
}

/** Files of a store in `dataDir`, and whether a process has it open: the inbox is locked by who stores readings. */
export function restoreFiles(dataDir: string): { files: string[]; isInUse: boolean } {
  const files = readdirSync(dataDir).filter(name => name.startsWith(DATABASE))
  const inbox = inboxPath(join(dataDir, DATABASE))
  return { files, isInUse: existsSync(inbox) && isLocked(inbox) }
}

function isLocked(file: string): boolean {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK')
    return false
  } catch {
    return true
  } finally {
    database.close()
  }
}
