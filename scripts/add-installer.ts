// `npm run add-installer -- --name NAME --out FILE`: an account for a person at the bench, and the key with which `nrt flash` registers
// dongles. The key goes into the file only, readable by its owner. The database is that of NRT_DATA_DIR.

import { addAccount } from './add-account.ts'

await addAccount('add-installer', (backend, name) => backend.openInstaller(name))
