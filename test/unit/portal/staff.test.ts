// Staff's pages without a browser: who sees which page, what differs between two texts, the table for invoices, and words in four languages for every problem.

import { describe, expect, test } from 'vitest'
import { countCsv } from '../../../backend/portal/operator/count-csv.ts'
import { changedIn, emptyIn, isSameTerms, linesBeside } from '../../../backend/portal/operator/differences.ts'
import { staffProblemOf, wantsSignIn } from '../../../backend/portal/operator/problem.ts'
import { sectionNamed, sectionsOf } from '../../../backend/portal/operator/sections.ts'
import { STAFF } from '../../../backend/portal/operator/text/languages.ts'
import { LANGUAGES } from '../../../backend/portal/text/languages.ts'
import type { TermsText } from '../../../shared/schema/terms.ts'
import { aServiceText } from '../../support/consent-world.ts'

const EVERYTHING = ['esps', 'services', 'register', 'people', 'helpdesk', 'counts', 'terms', 'audit']

describe('which pages somebody sees', () => {
  test('follows from their roles, and nobody without one sees any', () => {
    expect(sectionsOf(['operator'])).toEqual(EVERYTHING)
    expect(sectionsOf(['grid-user', 'support'])).toEqual(['people', 'helpdesk'])
    expect(sectionsOf(['auditor'])).toEqual(['register', 'counts', 'terms', 'audit'])
    expect(sectionsOf(['support', 'auditor'])).toEqual(['register', 'people', 'helpdesk', 'counts', 'terms', 'audit'])
    for (const role of ['grid-user', 'installer', 'esp-manager'] as const) expect(sectionsOf([role])).toEqual([])
  })

  test('an address that names one that is not theirs leads to the first that is', () => {
    const own = sectionsOf(['auditor'])
    expect([sectionNamed('#audit', own), sectionNamed('#people', own), sectionNamed('', [])]).toEqual([
      ...['audit', 'register', undefined],
    ])
  })
})

describe('the table of subscriptions', () => {
  const count = { espId: 'esp_1', espName: 'Watt & Co', month: '2026-03', subscriptions: 2, meteringPoints: 1 }
  test('has a line for each provider, and a name cannot become a column or a formula', () => {
    const names = ['Watt & Co', 'A, "B"\nC', '=HYPERLINK("x")', '+32']
    expect(countCsv(names.map(espName => ({ ...count, espName }))).split('\r\n')).toEqual([
      'month,espId,espName,subscriptions,meteringPoints',
      '2026-03,esp_1,Watt & Co,2,1',
      '2026-03,esp_1,"A, ""B""\nC",2,1',
      `2026-03,esp_1,"'=HYPERLINK(""x"")",2,1`,
      "2026-03,esp_1,'+32,2,1",
      '',
    ])
  })
})

describe('what differs', () => {
  const names = { category: (name: string) => name, kind: (name: string) => name, channel: (name: string) => name }

  test('of a service, beside the lines of its statement, in the language that is read', () => {
    const text = aServiceText()
    const next = aServiceText({ summary: { ...text.summary, fr: 'Autre chose.' }, channels: ['app', 'sms'] })
    const changed = (language: 'fr' | 'en') =>
      linesBeside(next, text, language, names).flatMap(({ about, before }) => (before === undefined ? [] : [about]))
    expect([changed('fr'), changed('en')]).toEqual([['summary', 'channels'], ['channels']])
    expect(linesBeside(next, undefined, 'fr', names).every(({ before }) => before === undefined)).toBe(true)
  })

  test('of the terms of use, by part and language; what is empty is found', () => {
    const four = { nl: 'a', fr: 'b', de: 'c', en: 'd' }
    const terms: TermsText = {
      title: four,
      purposes: four,
      retention: four,
      rights: four,
      graceDays: 30,
      exportDays: 400,
    }
    expect(isSameTerms(terms, { ...terms, rights: { ...four } })).toBe(true)
    expect(isSameTerms(terms, { ...terms, graceDays: 31 })).toBe(false)
    const next = { ...terms, rights: { ...four, de: ' ', en: 'e' } }
    expect([changedIn(terms, next, 'rights'), changedIn(terms, next, 'title')]).toEqual([['de', 'en'], []])
    expect([emptyIn(terms), emptyIn(next)]).toEqual([undefined, { part: 'rights', language: 'de' }])
  })
})

describe('words', () => {
  test('a problem has its own in four languages; one without its code is a sign-in that is over', () => {
    expect(staffProblemOf({ code: 'refused', status: 401 })).toBe('access.missing')
    expect(staffProblemOf({ code: 'broken', status: 409, problem: 'esp.wrong-state' })).toBe('esp.wrong-state')
    expect(staffProblemOf({ code: 'unreachable' })).toBe('unreachable')
    expect([wantsSignIn('sign-in.stale'), wantsSignIn('role.missing')]).toEqual([true, false])
    for (const problem of Object.keys(STAFF.en.problems) as (keyof typeof STAFF.en.problems)[]) {
      expect(new Set(LANGUAGES.map(language => STAFF[language].problems[problem])).size).toBe(LANGUAGES.length)
    }
  })

  test('no language leaves a text empty', () => {
    const texts = (value: unknown): string[] => {
      if (typeof value === 'string') return [value]
      return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
    }
    for (const language of LANGUAGES) expect(texts(STAFF[language]).filter(text => text.trim() === '')).toEqual([])
  })
})
