// Writes the table of docs/reasons.md of what pages say of a problem, from the pages' own words: `npm run docs:problems`. A test holds the two together.

import { readFileSync, writeFileSync } from 'node:fs'
import { de } from '../backend/portal/text/problems/de.ts'
import { en } from '../backend/portal/text/problems/en.ts'
import { fr } from '../backend/portal/text/problems/fr.ts'
import { nl } from '../backend/portal/text/problems/nl.ts'
import type { PageProblem } from '../backend/portal/text/problems/words.ts'
import { PROBLEMS, type ProblemCode } from '../shared/schema/problem.ts'

const PAGE = new URL('../docs/reasons.md', import.meta.url)
const HEAD = '| problem | Nederlands | français | Deutsch | English |\n|---|---|---|---|---|\n'

export function problemTable(): string {
  const codes = (Object.keys(en) as PageProblem[]).filter((code): code is PageProblem & ProblemCode =>
    Object.hasOwn(PROBLEMS, code),
  )
  const rows = codes.map(code => {
    const texts = [nl, fr, de, en].map(words => words[code])
    return `| [\`${code}\`](problems/${PROBLEMS[code].slug}.md) | ${texts.join(' | ')} |`
  })
  return `${HEAD}${rows.join('\n')}\n`
}

if (import.meta.main) {
  const page = readFileSync(PAGE, 'utf8')
  writeFileSync(PAGE, page.slice(0, page.indexOf(HEAD.slice(0, 12))) + problemTable())
}
