// `npm run add-installer -- --name NAME --out FILE`: an account for a person at the bench, and the key with which `nrt flash` registers
// dongles. The key goes into the file only, readable by its owner. The database is that of NRT_DATA_DIR.

import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { withBackend } from './enrolment.ts'

const { values } = parseArgs({ options: { name: { type: 'string' }, out: { type: 'string' } } })
const { name, out } = values
if (name === undefined || out === undefined) {
  console.error('Usage: npm run add-installer -- --name NAME --out FILE')
  process.exit(2)
}
if (existsSync(out)) {
  console.error(`add-installer: ${out} exists and is not written over`)
  process.exit(1)
}
try {
  const { accountId, accessKey } = await withBackend(process.env, backend => backend.openInstaller(name))
  writeFileSync(out, `${accessKey}\n`, { mode: 0o600, flag: 'wx' })
  console.log(`add-installer: ${name} is ${accountId}; the key is in ${out}`)
} catch (error) {
  console.error(`add-installer: ${(error as Error).message}`)
  process.exit(1)
}
