// `npm run add-operator -- --name NAME --out FILE`: an account for a person who sends out updates, and the key to it. Two such people are needed
// for a rollout. The key goes into the file only, readable by its owner. The database is that of NRT_DATA_DIR.

import { addAccount } from './add-account.ts'

await addAccount('add-operator', (backend, name) => backend.openOperator(name))
