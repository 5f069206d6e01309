// docs/roles.md from the table of rights (shared/schema/access.ts) and from what the application serves: `npm run matrix -- --write` writes it, a test
// holds the two together.

import type { ServedRoute } from '../backend/access/gate.ts'
import { PROFILE_NAMES, PROFILES, RIGHT_NAMES, rowOf, TOPICS, type TopicRow } from '../shared/schema/access.ts'

export const ROLES_PAGE = new URL('../docs/roles.md', import.meta.url)

export function rolesPage(routes: readonly ServedRoute[]): string {
  return `${[INTRO, profiles(), rights(), addresses(routes), topics()].join('\n')}`
}

const INTRO = `# Who may do what

Written from \`shared/schema/access.ts\` by \`npm run matrix -- --write\`; do not edit. What is not here nobody may: an address whose route names no right keeps the platform from
starting. The same command tries every address as every profile on a running application and compares with this page. Being allowed to ask is not being shown: whose data it is, each room checks itself,
and somebody else's looks like nobody's.
`

function profiles(): string {
  const rows = PROFILE_NAMES.map(name => `| \`${name}\` | ${PROFILES[name]} |`)
  return `## Profiles\n\n| Profile | Who |\n|---|---|\n${rows.join('\n')}\n`
}

function rights(): string {
  const rows = RIGHT_NAMES.map(right => {
    const { what, may, isFresh, needsTerms } = rowOf(right)
    return `| \`${right}\` | ${what} | ${may.join(', ')} | ${isFresh ? 'yes' : ''} | ${needsTerms ? 'yes' : ''} |`
  })
  return `## Rights\n\nFresh: a person must have signed in within five minutes; an access key never is fresh. Terms: only while the grid user accepts the terms of use.\n\n| Right | What | Who | Fresh | Terms |\n|---|---|---|---|---|\n${rows.join('\n')}\n`
}

function addresses(routes: readonly ServedRoute[]): string {
  const rows = routes
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, url, right }) => `| ${method} | \`${url}\` | \`${right}\` |`)
  return `## Addresses\n\n| | Address | Right |\n|---|---|---|\n${[...new Set(rows)].sort().join('\n')}\n`
}

function topics(): string {
  const rows = Object.entries<TopicRow>(TOPICS).map(
    ([topic, { what, publish, read }]) =>
      `| \`${topic}\` | ${what} | ${publish.join(', ') || 'nobody'} | ${read.join(', ') || 'nobody'} |`,
  )
  return `## MQTT topics\n\n| Topic | What | Publishes | Reads |\n|---|---|---|---|\n${rows.join('\n')}\n`
}
