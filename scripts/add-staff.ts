// `npm run add-staff -- --role support|auditor --name NAME --out FILE`: an account for somebody who looks and changes nothing (docs/roles.md). The key
// goes into the file only, readable by its owner. The database is that of NRT_DATA_DIR.

import { addAccount } from './add-account.ts'

await addAccount('add-staff', async (backend, name, role) => {
  if (role === 'support' || role === 'auditor') return backend.openAs(name, role)
  throw new Error('--role is support or auditor')
})
