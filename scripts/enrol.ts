// `npm run enrol -- --account ID --ean DIGITS --out FILE [--name NAME]`: a metering point, a fresh dongle bound to it, and the
// identity file that the dongle's flash is made from. The database is that of NRT_DATA_DIR.

import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { enrolHousehold, withBackend } from './enrolment.ts'
import { systemClock } from './platform.ts'

const { values } = parseArgs({
  options: {
    account: { type: 'string' },
    ean: { type: 'string' },
    out: { type: 'string' },
    name: { type: 'string', default: 'Home' },
  },
})
const { account, ean, out, name } = values
if (account === undefined || ean === undefined || out === undefined) {
  console.error('Usage: npm run enrol -- --account ID --ean <18 digits> --out FILE [--name NAME]')
  process.exit(2)
}
if (existsSync(out)) {
  console.error(`enrol: ${out} exists; it may hold a dongle's only key, so it is not written over`)
  process.exit(1)
}
try {
  const household = { ean, name, accountId: account, sinceS: systemClock.wallS(), identityFile: out }
  await withBackend(process.env, backend => enrolHousehold(backend, household))
  console.log(`enrol: the dongle is registered and bound; its identity is in ${out} (keep it secret).`)
  console.log(`       Run it virtually: node firmware/host/main.ts --identity ${out} --flash dongle.flash`)
} catch (error) {
  console.error(`enrol: ${(error as Error).message}`)
  process.exit(1)
}
