// `npm run add-account -- --name NAME --out FILE`: an account that can hold metering points, and the key to its page. The key goes into the
// file only, readable by its owner. The database is that of NRT_DATA_DIR.

import { addAccount } from './add-account.ts'

await addAccount('add-account', (backend, name) => backend.openAccount(name))
