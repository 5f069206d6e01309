// `nrt backup …` and `nrt restore`: a copy of all that is stored, taken by the running server; whether one is whole; and putting one back.
// The last two need no server: they work on files of this machine, by the backend's own code.

import { Command } from 'commander'
import type { BackupList, BackupView } from '../shared/schema/operating.ts'
import { askOperator, guarded, print } from './operator-rest.ts'
import { Refusal } from './refusal.ts'

const HELP = `
  nrt backup take 2026-11-26          into NRT_BACKUP_DIR/2026-11-26 of the server, while everything goes on
  nrt backup list
  nrt backup verify FOLDER            on this machine, without a server: files, database, audit; with the key: whether it opens it

All that was acknowledged before it was begun is in it. The key-encryption key is not: keep it elsewhere, without it nothing in a backup can
be read. Nor is the key tree (tenures.tree): keep it where the key is, always the newest. take and list read the operator key from NRT_OPERATOR_KEY and the address from NRT_URL; verify reads NRT_KEK or --kek-file.
A server on PostgreSQL has none of these: PostgreSQL's own tools make its backups (docs/operating.md); take and
list say so, and verify does where NRT_DATABASE_URL is set.
Exit codes: 0 done, or whole; 1 refused, failed, or not whole; 2 the question could not be asked.`

const RESTORE_HELP = `
Verifies the backup, and puts it where a server finds it. A server that runs there is never touched; a database that is there is only moved
aside, with --move-aside. Put the newest tenures.tree beside it, and start the server.
What was acknowledged after the backup was begun is not in it, and the dongles do not have it any more: pages show gaps there. All else comes again.
Exit codes: 0 done; 1 not done, and why; 2 the question could not be asked.

Example:
  nrt restore /mnt/backups/2026-11-26 --data-dir /var/lib/nrt --kek-file /root/kek.key`

const POLL_MS = 250

interface KeyOptions {
  kekFile?: string
}

export function backupCommand(): Command {
  const command = new Command('backup').description('a copy of all that is stored').addHelpText('after', HELP)
  const exits = async (work: () => Promise<number>): Promise<void> => {
    process.exitCode = await guarded(command, work)
  }
  command
    .command('take', { isDefault: true })
    .description('the running server makes one')
    .argument('<folder>', 'a name, or a path within NRT_BACKUP_DIR')
    .option('--json', 'the backup as one JSON object')
    .action((folder: string, { json }: { json?: boolean }) => exits(() => take(folder, json === true)))
  command
    .command('list')
    .description('those that there are, newest first')
    .option('--json', 'one JSON object a line')
    .action(({ json }: { json?: boolean }) =>
      exits(async () => {
        for (const one of (await askOperator<BackupList>('GET', '/backups')).items) show(one, json === true)
        return 0
      }),
    )
  command
    .command('verify')
    .description('whether one is whole')
    .argument('<folder>')
    .option('--kek-file <file>', 'the key-encryption key, if NRT_KEK is not set')
    .option('--json', 'what is in it as one JSON object')
    .action((folder: string, { json, kekFile }: KeyOptions & { json?: boolean }) =>
      exits(async () => {
        const found = await verified(folder, kekFile)
        print(json ? JSON.stringify(found) : inWords(found))
        return 0
      }),
    )
  return command
}

export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('puts a backup where a server finds it')
    .argument('<folder>', 'the backup')
    .option('--data-dir <folder>', 'where the server looks', process.env.NRT_DATA_DIR ?? 'data')
    .option('--kek-file <file>', 'the key-encryption key, if NRT_KEK is not set')
    .option('--move-aside', 'a database that is there keeps its files under another name')
    .addHelpText('after', RESTORE_HELP)
  command.action(async (folder: string, options: KeyOptions & { dataDir: string; moveAside?: boolean }) => {
    process.exitCode = await guarded(command, async () => {
      // It would lie where no server looks: one that has this setting does not open the file.
      if (process.env.NRT_DATABASE_URL) throw new Refusal('data.elsewhere')
      const found = await verified(folder, options.kekFile)
      const { restore } = await import('./serve/backups.ts')
      const restored = restore(folder, options.dataDir, options.moveAside === true)
      if (!restored.ok) throw new Refusal(restored.fault.code, { where: options.dataDir })
      print(`${inWords(found)}\nrestored into ${options.dataDir}; start the server`)
      if (restored.value.aside !== undefined) print(`what was there is in ${restored.value.aside}`)
      return 0
    })
  })
  return command
}

async function take(folder: string, isJson: boolean): Promise<number> {
  let one = await askOperator<BackupView>('POST', '/backups', { folder })
  while (one.state === 'running') {
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
    const { items } = await askOperator<BackupList>('GET', '/backups')
    one = items.find(other => other.name === one.name) ?? { ...one, state: 'failed', why: 'the server was restarted' }
  }
  if (one.state === 'failed') throw new Refusal('backup.failed', { why: one.why ?? '' })
  show(one, isJson)
  return 0
}

async function verified(folder: string, kekFile: string | undefined) {
  const { verifyBackup } = await import('./serve/backups.ts')
  const found = await verifyBackup(folder, process.env.NRT_KEK, kekFile)
  if (!found.ok) {
    // such a server's backups are not for this command, and taking another one here is no help
    if (process.env.NRT_DATABASE_URL) throw new Refusal('backup.elsewhere', {}, found.fault.why)
    throw new Refusal('backup.broken', { why: found.fault.why })
  }
  return found.value
}

function inWords({
  atS,
  version,
  bytes,
  dongles,
  batches,
  audit,
  isKeyRight,
}: Awaited<ReturnType<typeof verified>>): string {
  const key = isKeyRight === undefined ? 'no key was given, so it is not known whether it opens it' : 'the key opens it'
  const newest = audit === null ? 'no events' : `newest ${audit.no}:${audit.hash}`
  return `whole: taken ${new Date(atS * 1000).toISOString()} by nrt ${version}, ${bytes} bytes
${dongles} dongles, ${batches} batches; audit whole, ${newest}; ${key}`
}

function show(one: BackupView, isJson: boolean): void {
  const size = one.bytes === null ? '' : `  ${one.bytes} bytes`
  const why = one.why === null ? '' : `  ${one.why}`
  print(
    isJson
      ? JSON.stringify(one)
      : `${new Date(one.atS * 1000).toISOString()}  ${one.state}  ${one.folder}${size}${why}`,
  )
}
