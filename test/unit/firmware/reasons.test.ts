import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as reason from '../../../firmware/reasons.ts'
import { LANGUAGES, SENTENCES, type Words, wordOf } from '../../../firmware/setup/page/words.ts'

const CODES = Object.entries(reason).flatMap(([name, code]) =>
  typeof code === 'number' ? [[name, code] as [string, number]] : [],
)

test('docs/reasons.md names every code, in order, with a sentence and what to do', () => {
  const page = readFileSync(new URL('../../../docs/reasons.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| (\d+) \| (\w+) \| (.+) \| (.+) \|$/gm)]
  expect(rows.map(row => [row[2], Number(row[1])])).toEqual(CODES)
  for (const [, , , means, action] of rows) {
    expect(means).toMatch(/\.$/)
    expect(action).toMatch(/[.?]$/)
  }
})

test('codes are 1 … 40, each once', () => {
  const numbers = CODES.map(([, code]) => code)
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i + 1))
  expect(numbers.length).toBeLessThanOrEqual(40)
})

test('counts each code, remembers the newest, and does not run over', () => {
  const reasons = reason.createReasons()
  expect(reason.reasonText(reasons)).toBe('0')
  for (let i = 0; i < 70_000; i++) reason.noteReason(reasons, reason.NO_ACCESS_POINT)
  reason.noteReason(reasons, reason.REFUSED_CREDENTIALS)
  expect(reason.reasonText(reasons)).toBe('29 1:65535 29:1')
})

test('a text of everything that can go wrong is cut between two reasons, within what a status carries', () => {
  const reasons = reason.createReasons()
  for (const [, code] of CODES) for (let i = 0; i < 65_535; i++) reason.noteReason(reasons, code)
  expect(reason.reasonText(reasons)).toMatch(/^40( \d+:65535)+$/)
  expect(reason.reasonText(reasons).length).toBeLessThanOrEqual(64)
})

describe('the sentences of the setup page', () => {
  test('are those of docs/reasons.md, each reason in one of them', () => {
    const page = readFileSync(new URL('../../../docs/reasons.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `(\w+)` \| ([\d, ]+) \|/gm)]
    const listed = rows.map(([, word, codes]) => [word, (codes as string).split(',').map(Number)])
    expect(listed).toEqual(SENTENCES)
    const all = SENTENCES.flatMap(([, codes]) => codes)
    expect(new Set(all).size).toBe(all.length)
  })

  test('exist for every code in every language, with a place for the name of the network where one belongs', () => {
    const en = LANGUAGES.en as Words
    expect(Object.keys(LANGUAGES).sort()).toEqual(['de', 'en', 'fr', 'nl'])
    for (const words of Object.values(LANGUAGES)) {
      for (const [, code] of CODES) expect(words[wordOf(code)].length).toBeGreaterThan(20)
      for (const word of Object.keys(en) as (keyof Words)[]) {
        expect(words[word].split('%').length, word).toBe(en[word].split('%').length)
      }
    }
  })
})
