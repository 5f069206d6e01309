// `npm run matrix [-- --write] [-- --json]`: every address of the application asked as every profile. Prints who gets in where, and what is not as
// the table says; --write also writes docs/roles.md. Ends with 1 if anything differs.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ROLES_PAGE, rolesPage } from '../../scripts/roles-page.ts'
import { matrixText, tryAll } from './matrix.ts'

const { values } = parseArgs({ options: { write: { type: 'boolean' }, json: { type: 'boolean' } } })
const matrix = await tryAll()
if (values.write) writeFileSync(ROLES_PAGE, rolesPage(matrix.routes))
const wrong = [
  ...matrix.cells.filter(({ isMeant, isLetIn }) => isMeant !== isLetIn),
  ...matrix.stale.filter(({ answer }) => answer !== 'sign-in.stale'),
  ...matrix.unaccepted.filter(({ answer }) => answer !== 'terms.not-accepted'),
]
if (values.json) console.log(JSON.stringify(matrix, null, 1))
else console.log(matrixText(matrix))
for (const { method, url, profile, isLetIn, answer } of wrong) {
  console.log(`WRONG ${method} ${url} as ${profile}: ${isLetIn ? 'let in' : 'kept out'} (${answer})`)
}
console.log(
  `matrix: ${matrix.cells.length} requests, ${matrix.stale.length} with an old sign-in, ${matrix.unaccepted.length} without the terms, ${wrong.length} not as the table says`,
)
process.exitCode = wrong.length === 0 ? 0 : 1
