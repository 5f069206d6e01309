// What only the long journey looks at: every page of the household, the ESP and staff in four languages at a phone's width, each by axe and for what does not fit;
// and each of the three first pages on a bad line.

import { DICTIONARIES, LANGUAGES } from '../../backend/portal/text/languages.ts'
import { until } from './parts.ts'
import { looksWell, type Person } from './people.ts'
import { firstSight, LINES, type LineName } from './slow.ts'
import type { Step, World } from './world.ts'

const PAGES = {
  anna: ['live', 'sharing', 'dongles', 'data', 'account'],
  eva: ['provider', 'services', 'keys', 'delivery', 'counts'],
  olga: ['esps', 'services', 'register', 'people', 'helpdesk', 'counts', 'terms', 'audit'],
} as const

/** What is read first at each door. */
const DOORS = { '': '.notice a.button', 'esp/': '.notice a', 'operator/': '.notice a.button' } as const

export const LONG_STEPS: readonly Step[] = [
  {
    step: 'languages',
    title: 'every page in four languages, at a phone’s width',
    async run(world) {
      let looks = 0
      for (const who of ['anna', 'eva', 'olga'] as const) {
        const person = world[who]
        await person.page.setViewportSize({ width: 360, height: 780 })
        for (const page of PAGES[who]) looks += await inFourLanguages(world, person, page)
      }
      return `${looks} looks: axe has nothing against any, and nothing scrolls sideways`
    },
  },
  {
    step: 'slow',
    title: 'the first pages on a bad line, with nothing kept from before',
    async run({ parts, people }) {
      const seen: string[] = []
      for (const line of Object.keys(LINES) as LineName[]) {
        for (const [door, useful] of Object.entries(DOORS)) {
          const nobody = await people.arrive('Nobody', 'nl')
          const { ms, bytes } = await firstSight(nobody.page, `${parts.url}/${door}`, line, useful)
          seen.push(`/${door} on ${line}: ${(ms / 1000).toFixed(1)} s, ${(bytes / 1000).toFixed(0)} kB`)
          await nobody.page.context().close()
        }
      }
      return seen.join('; ')
    },
  },
]

async function inFourLanguages({ people }: World, person: Person, name: string): Promise<number> {
  await person.go(name)
  const { page } = person
  for (const language of LANGUAGES) {
    await page.locator('.banner select').last().selectOption(language)
    await until(
      async () => (await page.evaluate('document.documentElement.lang')) === language,
      `${name} in ${language}`,
    )
    await until(async () => (await page.locator('[aria-busy="true"]').count()) === 0, `${name} at rest`)
    await looksWell(page, `${name} in ${DICTIONARIES[language].name}`)
    if (language === 'de' || language === 'fr') await people.picture(person, `${name}-${language}`)
  }
  return LANGUAGES.length
}
