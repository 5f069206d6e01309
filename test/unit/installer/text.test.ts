// The installers' words: the compiler holds the keys of the four languages together, this holds what stands in braces, and which
// language somebody gets.

import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { dongleCommand } from '../../../installer/dongle.ts'
import { flashCommand } from '../../../installer/flash.ts'
import { labelCommand } from '../../../installer/label.ts'
import { PAGE } from '../../../installer/page/text.ts'
import { Refusal } from '../../../installer/refusal.ts'
import { releaseCommand } from '../../../installer/release.ts'
import { rolloutCommand } from '../../../installer/rollout.ts'
import { firstSpoken, LANGUAGES, languageOf } from '../../../installer/text/language.ts'
import { DICTIONARIES, phrase, say, withWhy } from '../../../installer/text/say.ts'
import { heedUsage, usageRefusal } from '../../../installer/usage.ts'
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
  const [asked, before, told, wrong, below] = await Promise.all([
    nrt(['rollout', 'status', 'ro_1', '--lang', 'nl'], { env }),
    nrt(['--lang', 'de', 'rollout', 'status', 'ro_1'], { env }),
    nrt(['label', '0123456789AB0'], { env }),
    nrt(['label', '0123456789AB9', '--lang', 'xx'], { env }),
    nrt(['audit', 'verify', '--expect', '1:00', '--json'], { env }),
  ])
  expect([asked.code, asked.err.split('\n')[0]]).toEqual([
    2,
    'nrt rollout: NRT_OPERATOR_KEY is niet ingevuld (operator.no-key)',
  ])
  expect(before.err).toContain('NRT_OPERATOR_KEY ist nicht gesetzt')
  expect([told.code, told.out]).toEqual([2, expect.stringContaining('n’est pas un numéro de dongle')])
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('nl, fr, de, en')])
  // 1 would mean that the chain is broken
  expect([below.code, JSON.parse(below.out)]).toEqual([
    2,
    expect.objectContaining({
      code: 'usage.wrong-value',
      exitCode: 2,
      next: expect.stringContaining('nrt audit verify --help'),
    }),
  ])
})

test.each([
  [['flash', '--prot', 'x'], 'usage.unknown-option', 'Er is geen optie --prot: --port?'],
  [['falsh'], 'usage.unknown-command', 'Er is geen commando falsh: flash?'],
  [['label'], 'usage.missing-argument', 'id ontbreekt'],
  [['release', 'make', 'x'], 'usage.missing-option', 'De optie --name <text> moet gegeven worden'],
  [['flash', '--tray'], 'usage.missing-value', 'De optie --tray <name> vraagt een waarde'],
  [['flash', '--require', 'gas'], 'usage.wrong-value', '--require <part...> kan niet gas zijn: p1, wifi.'],
  [
    ['dongle', 'act', '0123456789AB9', 'fly'],
    'usage.wrong-value',
    'act kan niet fly zijn: report-lost, found, give-away, clear-clone, retire.',
  ],
  [['flash', '--app-only', '--batch'], 'usage.conflict', '--app-only en --batch gaan niet samen'],
  [['rollout', 'status', 'a', 'b'], 'usage.too-many', 'Er staat meer op de regel dan dit commando aanneemt'],
])('the wrong line %j has a code and words', async (line, code, what) => {
  const program = new Command('nrt').configureOutput({ outputError: () => {} })
  for (const make of [flashCommand, labelCommand, dongleCommand, releaseCommand, rolloutCommand])
    program.addCommand(make())
  heedUsage(program)
  const error = await program.parseAsync(line, { from: 'user' }).catch(thrown => thrown)
  const refusal = usageRefusal(error)
  expect([refusal?.code, refusal?.exitCode, refusal?.inWords('nl').what]).toEqual([code, 2, what])
})
