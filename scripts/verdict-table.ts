// Writes the table of docs/diagnosis.md from the words of the doctor, so that support reads what dongles are judged by:
// `node scripts/verdict-table.ts`. A test holds the two together.

import { readFileSync, writeFileSync } from 'node:fs'
import { finding, LANGUAGES } from '../shared/doctor/diagnosis.ts'
import { VERDICTS } from '../shared/doctor/verdict.ts'

const PAGE = new URL('../docs/diagnosis.md', import.meta.url)
const HEAD = '| code | | what is said | what to do next |\n|---|---|---|---|\n'

/** One row per verdict and language, in the order in which causes are looked for. */
export function verdictTable(): string {
  const rows = VERDICTS.flatMap(code =>
    ['en', ...LANGUAGES.filter(one => one !== 'en')].map(language => {
      const { say, next } = finding(code, language as (typeof LANGUAGES)[number])
      return `| ${language === 'en' ? `\`${code}\`` : ''} | ${language} | ${say} | ${next} |`
    }),
  )
  return `${HEAD}${rows.join('\n')}\n`
}

if (import.meta.main) {
  const page = readFileSync(PAGE, 'utf8')
  writeFileSync(PAGE, page.slice(0, page.indexOf(HEAD.slice(0, 12))) + verdictTable())
}
