// The installers' words: the compiler holds the keys of the four languages together, this holds what stands in braces, and which
// language somebody gets.

import { describe, expect, test } from 'vitest'
import { PAGE } from '../../../installer/page/text.ts'
import { Refusal } from '../../../installer/refusal.ts'
import { firstSpoken, LANGUAGES, languageOf } from '../../../installer/text/language.ts'
import { DICTIONARIES, phrase, say, withWhy } from '../../../installer/text/say.ts'
import { UPDATE_CODES } from '../../../shared/update/states.ts'
import { nrt } from '../../support/nrt-command.ts'

/** Every text of a language by its path, as troubles/port.lost/what. */
function textsIn(value: object, path = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' ? [[path + key, inner] as [string, string]] : textsIn(inner, `${path}${key}/`),
  )
}
const bracesIn = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
const english = new Map(textsIn({ ...DICTIONARIES.en, page: PAGE.en }))

describe.each(LANGUAGES)('%s', language => {
  const texts = textsIn({ ...DICTIONARIES[language], page: PAGE[language] })

  test('has every text, with the same facts in it as the English one', () => {
    expect(texts.map(([path]) => path).sort()).toEqual([...english.keys()].sort())
    for (const [path, text] of texts) {
      expect(text.trim(), path).not.toBe('')
      expect(bracesIn(text), path).toEqual(bracesIn(english.get(path) as string))
    }
  })

  test('names commands, options and files as they are called everywhere', () => {
    const fixed = (text: string): string[] =>
      (
        text.match(
          /--[a-z-]+|nrt (flash|label|release|rollout|dongle|replay|backup|restore)\b|NRT_[A-Z_]+|docs\/[\w-]+\.md|npm run [\w:-]+/g,
        ) ?? []
      ).sort()
    for (const [path, text] of texts) expect(fixed(text), path).toEqual(fixed(english.get(path) as string))
  })

  test('says sentences of sentences, and leaves no brace open where the facts are there', () => {
    const said = say(
      phrase('said.part', { part: phrase('part.p1'), said: phrase('said.not-joined', { reason: 7 }) }),
      language,
    )
    expect(said).toContain('7')
    expect(said).not.toContain('{')
  })

  test('says why a dongle did not take an update, for every code that it can give', () => {
    for (const code of UPDATE_CODES.filter(one => one !== 'none'))
      expect(withWhy(code, language)).toContain(`${code}: `)
    expect(withWhy('of-tomorrow', language)).toBe('of-tomorrow')
  })
})

test.each([
  [{}, 'en'],
  [{ LANG: 'nl_BE.UTF-8' }, 'nl'],
  [{ LANG: 'nl_BE.UTF-8', LC_MESSAGES: 'fr_BE' }, 'fr'],
  [{ LANG: 'nl_BE.UTF-8', LC_MESSAGES: 'fr_BE', LC_ALL: 'de_BE@euro' }, 'de'],
  [{ LANG: 'nl_BE.UTF-8', LC_ALL: 'C.UTF-8' }, 'en'],
  [{ LANG: 'nl_BE.UTF-8', LC_ALL: '' }, 'nl'],
  [{ LANG: 'sv_SE' }, 'en'],
])('an environment of %j means %s', (env, language) => expect(languageOf(env)).toBe(language))

test('a browser gets its first language that is spoken here', () => {
  expect(firstSpoken(['sv', 'de-CH', 'fr'])).toBe('de')
  expect(firstSpoken([])).toBe('en')
})

test('a refusal ends with 1, a question that could not be asked with 2; what the server adds stays as it is', () => {
  expect(new Refusal('rollout.same-person').exitCode).toBe(1)
  expect(new Refusal('release.too-few-signatures', { signed: 1, needed: 2 }).inWords('de').what).toBe(
    '1 vertrauenswürdige Schlüssel haben unterschrieben, 2 sind nötig',
  )
  expect(new Refusal('backend.unreachable').exitCode).toBe(2)
  expect(new Refusal('rollout.busy', {}, 'ro_1 comes first.').inWords('nl').what).toBe(
    'Er loopt al een andere uitrol: ro_1 comes first.',
  )
})

test('--lang wins over the environment, wherever it stands; a language that is none is said', async () => {
  const env = { LANG: 'fr_BE.UTF-8' }
  const [asked, before, told, wrong] = await Promise.all([
    nrt(['rollout', 'status', 'ro_1', '--lang', 'nl'], { env }),
    nrt(['--lang', 'de', 'rollout', 'status', 'ro_1'], { env }),
    nrt(['label', '0123456789AB0'], { env }),
    nrt(['label', '0123456789AB9', '--lang', 'xx'], { env }),
  ])
  expect([asked.code, asked.err.split('\n')[0]]).toEqual([
    2,
    'nrt rollout: NRT_OPERATOR_KEY is niet ingevuld (operator.no-key)',
  ])
  expect(before.err).toContain('NRT_OPERATOR_KEY ist nicht gesetzt')
  expect([told.code, told.out]).toEqual([2, expect.stringContaining('n’est pas un numéro de dongle')])
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('nl, fr, de, en')])
})
