// `nrt schema`: which version of its tables a database has, and the way back to an older one.

import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { print } from './operator-rest.ts'

const HELP = `
The database is NRT_DATABASE_URL, or nrt.sqlite in NRT_DATA_DIR. A program brings an older database forward by itself when it starts, and refuses a
newer one. To go back to an older program, stop every service, make a backup, and take the steps back that it does not know: what they brought goes
with them.

Exit codes: 0 done; 1 refused; 2 wrong arguments.

Examples:
  nrt schema
  nrt schema --to 8 --yes`

interface Options {
  to?: number
  yes?: boolean
  json?: boolean
}

export function schemaCommand(): Command {
  const command = new Command('schema').description('the version of the database’s tables, and the way back')
  return command
    .option('--to <version>', 'take steps forward or back, to this version', version)
    .option('--yes', 'there is a backup: what the steps back brought may go')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      if (options.to !== undefined && !options.yes) return command.error('--to needs --yes: make a backup first')
      const { readDatabaseUrl } = await import('./serve/database.ts')
      const url = readDatabaseUrl(process.env)
      if (!url.ok) return command.error(`${url.fault.map(({ sentence }) => sentence).join(' ')}`)
      process.exitCode = await schema(options, url.value)
    })
}

async function schema({ to, json }: Options, url: string | undefined): Promise<number> {
  const { NRT_DATA_DIR: dataDir = 'data' } = process.env
  const { moveDatabase, moveFile, SCHEMA } = await import('./serve/database.ts')
  try {
    if (to !== undefined && to > SCHEMA.length) throw new Error(`this program knows up to ${SCHEMA.length}`)
    const moved = url === undefined ? moveFile(join(dataDir, 'nrt.sqlite'), to) : await moveDatabase(url, to)
    const steps = SCHEMA.map(({ name }, at) => ({ version: at + 1, name }))
    const marked = steps.map(step => `${step.version <= moved.after ? '*' : ' '} ${step.version} ${step.name}`)
    print(json ? JSON.stringify({ ...moved, program: SCHEMA.length, steps }) : marked.join('\n'))
    return 0
  } catch (error) {
    process.stderr.write(`nrt: ${(error as Error).message}\n`)
    return 1
  }
}

function version(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('A version is a whole number.')
  return Number(text)
}
