// What add-account, add-installer and add-operator have in common: an account in the database of NRT_DATA_DIR, its key in a new file of its owner's.

import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Backend } from '../backend/main.ts'
import { withBackend } from './enrolment.ts'

type Opens = (
  backend: Backend,
  name: string,
  role: string | undefined,
) => Promise<{ accountId: string; accessKey: string }>

/** Ends the process with 2 for a wrong command line and 1 when it could not be done. */
export async function addAccount(command: string, opens: Opens): Promise<void> {
  const { values } = parseArgs({
    options: { name: { type: 'string' }, out: { type: 'string' }, role: { type: 'string' } },
  })
  const { name, out, role } = values
  if (name === undefined || out === undefined) {
    console.error(`Usage: npm run ${command} -- --name NAME --out FILE`)
    process.exit(2)
  }
  if (existsSync(out)) {
    console.error(`${command}: ${out} exists and is not written over`)
    process.exit(1)
  }
  try {
    const { accountId, accessKey } = await withBackend(process.env, backend => opens(backend, name, role))
    writeFileSync(out, `${accessKey}\n`, { mode: 0o600, flag: 'wx' })
    console.log(`${command}: ${name} is ${accountId}; the key is in ${out}`)
  } catch (error) {
    console.error(`${command}: ${(error as Error).message}`)
    process.exit(1)
  }
}
