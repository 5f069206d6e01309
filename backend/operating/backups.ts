// Backups on this server's own disk, in folders of NRT_BACKUP_DIR and nowhere else: whoever has the operator key can have one made, not taken
// away. A backup is whole or not there: it gets its name when everything of it is on the disk.

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { BackupView } from '../../shared/schema/operating.ts'
import type { Store } from '../store/store.ts'
import { BACKUP_FILE, type BackupFacts, factsOf } from './backup-facts.ts'

export type BackupFault =
  | { code: 'backup.elsewhere' }
  | { code: 'backup.nowhere' }
  | { code: 'backup.exists' }
  | { code: 'backup.outside'; where: string }

export interface Backups {
  /** `folder`: a name, or a whole path within the folder of backups. Resolves when it is begun; what became of it is in list(). */
  take(folder: string, actor: string): Promise<Result<BackupView, BackupFault>>
  /** Newest first. */
  list(): Result<BackupView[], { code: 'backup.elsewhere' | 'backup.nowhere' }>
  /** Epoch seconds; undefined: none is known. */
  newestAtS(): number | undefined
}

interface Setup {
  store: Store
  /** Absent: nobody may have a backup made. */
  dir: string | undefined
  version: string
  nowS(): number
  /** Writes down who did it, before it is done. */
  note(actor: string, name: string): Promise<void>
  /** Each time one is done, or could not be made. */
  ended(error?: Error): void
}

type CopyTo = NonNullable<Store['copyTo']>

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

export function createBackups({ store, dir, version, nowS, note, ended }: Setup): Backups {
  const begun = new Map<string, BackupView>()
  let running: Promise<void> = Promise.resolve()

  return { take, list, newestAtS: () => known().find(one => one.state === 'done')?.atS }

  /** Where none are made by this program, an empty list would say that there are none. */
  function placeOf(): Result<{ copyTo: CopyTo; dir: string }, { code: 'backup.elsewhere' | 'backup.nowhere' }> {
    const { copyTo } = store
    if (copyTo === undefined) return failed({ code: 'backup.elsewhere' })
    return dir === undefined ? failed({ code: 'backup.nowhere' }) : ok({ copyTo, dir })
  }

  async function take(wanted: string, actor: string): Promise<Result<BackupView, BackupFault>> {
    const place = placeOf()
    if (!place.ok) return place
    const { copyTo, dir } = place.value
    const name = isAbsolute(wanted) ? relative(resolve(dir), resolve(wanted)) : wanted
    if (!NAME.test(name)) return failed({ code: 'backup.outside', where: resolve(dir) })
    const folder = resolve(dir, name)
    if (existsSync(folder) || begun.get(name)?.state === 'running') return failed({ code: 'backup.exists' })
    const view: BackupView = { name, folder, state: 'running', atS: nowS(), bytes: null, why: null }
    begun.set(name, view)
    await note(actor, name)
    running = running.then(() => make(view, copyTo))
    return ok(view)
  }

  async function make(view: BackupView, copyTo: CopyTo): Promise<void> {
    const partial = `${view.folder}.partial`
    try {
      rmSync(partial, { recursive: true, force: true })
      mkdirSync(partial, { recursive: true, mode: 0o700 })
      const files = await copyTo(partial)
      const facts: BackupFacts = { format: 1, version, atS: view.atS, files }
      writeFileSync(join(partial, BACKUP_FILE), `${JSON.stringify(facts, undefined, 2)}\n`, { flush: true })
      renameSync(partial, view.folder)
      syncFolder(resolve(view.folder, '..'))
      begun.set(view.name, { ...view, state: 'done', bytes: files.reduce((sum, file) => sum + file.bytes, 0) })
      ended()
    } catch (error) {
      rmSync(partial, { recursive: true, force: true })
      begun.set(view.name, { ...view, state: 'failed', why: (error as Error).message })
      ended(error as Error)
    }
  }

  function list(): ReturnType<Backups['list']> {
    const place = placeOf()
    return place.ok ? ok(known()) : place
  }

  function known(): BackupView[] {
    const views = new Map(begun)
    for (const name of dir !== undefined && existsSync(dir) ? readdirSync(dir) : []) {
      const facts = views.has(name) ? undefined : factsOf(join(dir as string, name))
      if (facts === undefined) continue
      const bytes = facts.files.reduce((sum, file) => sum + file.bytes, 0)
      views.set(name, { name, folder: resolve(dir as string, name), state: 'done', atS: facts.atS, bytes, why: null })
    }
    return [...views.values()].sort((a, b) => b.atS - a.atS)
  }
}

function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r')
  fsyncSync(opened)
  closeSync(opened)
}
