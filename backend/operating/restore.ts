// A backup on this machine without a server: is it whole, and put it where a server finds it. The backup's own files are only read.

import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { type LookedInto, lookInto, restoreFiles } from '../store/restore.ts'
import { BACKUP_FILE, type BackupFacts, factsOf } from './backup-facts.ts'

export interface FoundBackup extends LookedInto {
  atS: number
  version: string
  bytes: number
}

const CHUNK_BYTES = 1_048_576

/** `why` is for people: which file, and what is wrong with it. `kek`, else `kekFile`; without either the key is not tried. */
export async function verifyBackup(
  folder: string,
  kek: string | undefined,
  kekFile: string | undefined,
): Promise<Result<FoundBackup, { why: string }>> {
  const facts = factsOf(folder)
  if (facts === undefined) return failed({ why: `${BACKUP_FILE} is missing or is not one` })
  for (const { name, bytes, sha256 } of facts.files) {
    const file = join(folder, name)
    if (!existsSync(file)) return failed({ why: `${name} is missing` })
    if (statSync(file).size !== bytes || sha256Of(file) !== sha256) return failed({ why: `${name} was changed` })
  }
  const looked = await lookInto(folder, kek, kekFile)
  if (!looked.ok) return looked
  const bytes = facts.files.reduce((sum, file) => sum + file.bytes, 0)
  return ok({ atS: facts.atS, version: facts.version, bytes, ...looked.value })
}

export type RestoreFault = { code: 'data.exists' } | { code: 'data.in-use' }

/** `folder` was verified. Nothing in `dataDir` is lost: what is there goes into its folder `asideName`, or the restore does not happen. */
export function restoreBackup(
  folder: string,
  dataDir: string,
  asideName: string | undefined,
): Result<{ aside: string | undefined }, RestoreFault> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const there = restoreFiles(dataDir)
  if (there.isInUse) return failed({ code: 'data.in-use' })
  if (there.files.length > 0 && asideName === undefined) return failed({ code: 'data.exists' })
  const aside = there.files.length === 0 || asideName === undefined ? undefined : join(dataDir, asideName)
  if (aside !== undefined) {
    mkdirSync(aside, { mode: 0o700 })
    for (const name of there.files) renameSync(join(dataDir, name), join(aside, name))
  }
  // The database last: until it is there, a server that is started makes nothing of the rest.
  for (const { name } of (factsOf(folder) as BackupFacts).files.toReversed()) {
    const partial = join(dataDir, `${name}.partial`)
    copyFileSync(join(folder, name), partial)
    sync(partial)
    renameSync(partial, join(dataDir, name))
  }
  sync(dataDir)
  return ok({ aside })
}

function sync(path: string): void {
  const opened = openSync(path, 'r')
  fsyncSync(opened)
  closeSync(opened)
}

function sha256Of(file: string): string {
  const hash = createHash('sha256')
  const opened = openSync(file, 'r')
  const chunk = Buffer.alloc(CHUNK_BYTES)
  for (let got = readSync(opened, chunk); got > 0; got = readSync(opened, chunk)) hash.update(chunk.subarray(0, got))
  closeSync(opened)
  return hash.digest('hex')
}
