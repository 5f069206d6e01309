// Writes docs/processing.md and the generated half of docs/dpia.md from the classes of data and from which column is of which (backend/privacy): `npm run
// docs:privacy`. A test holds them together.

import { readFileSync, writeFileSync } from 'node:fs'
import { ACTIVITIES, type Activity } from '../backend/privacy/activities.ts'
import { CLASSES, type ClassName, DELETIONS } from '../backend/privacy/classes.ts'
import { COLUMNS } from '../backend/privacy/columns.ts'

export const PROCESSING_PAGE = new URL('../docs/processing.md', import.meta.url)
export const DPIA_PAGE = new URL('../docs/dpia.md', import.meta.url)

const BEGIN = '<!-- from the data model: npm run docs:privacy -->'
const END = '<!-- end -->'
const NAMES = Object.keys(CLASSES) as ClassName[]

export function processingPage(): string {
  return `# Record of processing activities

Art. 30 of Regulation (EU) 2016/679. Written from \`backend/privacy\` by \`npm run docs:privacy\`; do not edit. Whoever runs the platform is the controller for the grid users' accounts and readings, and writes name, address and data protection officer into the first lines; an ESP is a controller of its own for
what it was given. No data leave the European Economic Area by the platform's doing: it calls nobody but the ESPs' addresses, the access register and the identity service that it was configured with.

| | |
|---|---|
| Controller, representative, contact | to be filled in by who runs it |
| Data protection officer | to be filled in by who runs it |

## Activities

${Object.entries(ACTIVITIES)
  .map(([name, activity]) => activityText(name, activity))
  .join('\n')}
## Retention

${classTable()}
Deleted once a day by the platform itself (\`backend/privacy/retention.ts\`), each run a line of the log:

| Rows of | when this is so many days ago | days | class |
|---|---|---|---|
${DELETIONS.map(({ table, column, days, of }) => `| \`${table}\` | \`${column}\` | ${days} | ${of} |`).join('\n')}
| readings of a tenure that is over, by its key | its end | \`exportDays\` of the terms of use | reading |

## Which column is of which class

${columnTable()}`
}

function activityText(name: string, { purpose, classes, recipients }: Activity): string {
  const whose = [...new Set(classes.map(one => CLASSES[one].whose))].join('; ')
  const bases = [...new Set(classes.map(one => CLASSES[one].basis))].map(one => `- ${one}`).join('\n')
  return `### ${name}

Purpose: ${purpose}. About: ${whose}. Categories: ${classes.join(', ')}. Recipients: ${recipients}. Transfers to third countries: none. Time limits: [below](#retention). Security: [dpia.md](dpia.md#measures).

${bases}
`
}

function classTable(): string {
  const rows = NAMES.map(name => {
    const { what, whose, basis, keep, seenBy } = CLASSES[name]
    return `| **${name}** | ${what} | ${whose} | ${basis} | ${keep} | ${seenBy} |`
  })
  return `| Class | What | About | Basis | Kept | Seen by |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`
}

function columnTable(): string {
  const rows = Object.entries(COLUMNS).map(([table, byClass]) => {
    const cells = Object.entries(byClass).map(([name, columns]) => `${name}: ${columns}`)
    return `| \`${table}\` | ${cells.join('; ')} |`
  })
  return `| Table | Columns by class |\n|---|---|\n${rows.join('\n')}\n`
}

/** The page with its generated part as it is now. */
export function withTables(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN)
  const [, after = ''] = rest.split(END)
  return `${before}${BEGIN}\n\n${classTable()}\n${END}${after}`
}

if (import.meta.main) {
  writeFileSync(PROCESSING_PAGE, processingPage())
  writeFileSync(DPIA_PAGE, withTables(readFileSync(DPIA_PAGE, 'utf8')))
}
