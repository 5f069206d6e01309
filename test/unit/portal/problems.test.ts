// Every problem of REST that a person's page may be answered with has words of its own there, in four languages. A new code does not
// compile here until somebody has said who is answered with it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { problemOf as ownProblem } from '../../../backend/portal/dongles/problem.ts'
import { problemOf as espProblem } from '../../../backend/portal/esp/problem.ts'
import { ESP_WORDS } from '../../../backend/portal/esp/text/languages.ts'
import { problemOf as operatorProblem } from '../../../backend/portal/operator/problem.ts'
import { OPERATOR } from '../../../backend/portal/operator/words.ts'
import { problemOf as actProblem } from '../../../backend/portal/parts/problem.ts'
import { DICTIONARIES, LANGUAGES } from '../../../backend/portal/text/languages.ts'
import { problemTable } from '../../../scripts/problem-table.ts'
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../../../shared/schema/problem.ts'

/** act: the pages of sharing, of one's data and of one's account; esp: those of a manager's acts for their ESP. */
type Page = 'own' | 'operator' | 'act' | 'esp'
const BOTH: Page[] = ['own', 'operator']
const ACT: Page[] = ['act']
const ESP: Page[] = ['esp']
/** Answered to programs and to the `nrt` command only, which has its own words (installer/text), or kept from a person by the page itself. */
const NO_PAGE: Page[] = []

const PAGES: { [code in ProblemCode]: Page[] } = {
  'request.invalid': ESP,
  'range.invalid': NO_PAGE,
  'column.unknown': NO_PAGE,
  'cursor.invalid': NO_PAGE,
  'access.missing': ['own', 'operator', 'act', 'esp'],
  'access.throttled': ['own', 'operator', 'act', 'esp'],
  'role.missing': ['operator', 'act', 'esp'],
  'sign-in.stale': ['act', 'esp'],
  'sign-in.nowhere': NO_PAGE,
  'sign-in.cancelled': NO_PAGE,
  'sign-in.expired': NO_PAGE,
  'sign-in.failed': NO_PAGE,
  'sign-in.unavailable': NO_PAGE,
  'csrf.missing': ['act', 'esp'],
  'mandate.unknown': ['act'],
  'mandate.own': ['act'],
  'mandate.too-many': ['act'],
  'token.invalid': NO_PAGE,
  'token.expired': NO_PAGE,
  'token.foreign': NO_PAGE,
  'assertion.invalid': NO_PAGE,
  'assertion.expired': NO_PAGE,
  'assertion.foreign': NO_PAGE,
  'assertion.replayed': NO_PAGE,
  'grant.unsupported': NO_PAGE,
  'esp-key.invalid': ESP,
  'esp-key.known': ESP,
  'esp-key.too-many': ESP,
  'esp-key.unknown': ESP,
  'certificate.missing': NO_PAGE,
  'certificate.foreign': NO_PAGE,
  'certificate.expired': NO_PAGE,
  'esp-certificate.invalid': ESP,
  'esp-certificate.known': ESP,
  'esp-certificate.too-many': ESP,
  'esp-certificate.unknown': ESP,
  'dongle.unknown': BOTH,
  'dongle.other-key': NO_PAGE,
  'dongle.wrong-state': ['own'],
  'metering-point.unknown': ACT,
  'dongle.busy': NO_PAGE,
  'release.unknown': NO_PAGE,
  'release.untrusted': NO_PAGE,
  'release.known': NO_PAGE,
  'action.unknown': NO_PAGE,
  'action.closed': NO_PAGE,
  'rollout.unknown': NO_PAGE,
  'rollout.busy': NO_PAGE,
  'rollout.empty': NO_PAGE,
  'rollout.same-person': NO_PAGE,
  'rollout.wrong-state': NO_PAGE,
  'claim.malformed': ['own'],
  'claim.refused': ['own'],
  'claim.throttled': ['own'],
  'account.unknown': NO_PAGE,
  'account.locked': ESP,
  'account.own': NO_PAGE,
  'holder.taken': NO_PAGE,
  'register.elsewhere': NO_PAGE,
  'register.import-invalid': NO_PAGE,
  'letter.unknown': NO_PAGE,
  'backup.nowhere': NO_PAGE,
  'backup.elsewhere': NO_PAGE,
  'backup.exists': NO_PAGE,
  'webhook.refused': ['act', 'esp'],
  'webhook.unknown': ['act', 'esp'],
  'webhook.throttled': ['act', 'esp'],
  'delivery.unknown': ['act', 'esp'],
  'route.unknown': NO_PAGE,
  'live.full': NO_PAGE,
  'service.unknown': ['act', 'esp'],
  'service.wrong-state': ['act', 'esp'],
  'service.no-privacy-policy': ['act', 'esp'],
  'service.other-text': ['act', 'esp'],
  'service.text-invalid': ['act', 'esp'],
  'esp.unknown': ['act', 'esp'],
  'esp.exists': ['act', 'esp'],
  'esp.wrong-state': ['act', 'esp'],
  'esp.not-admitted': ['act', 'esp'],
  'permission.unknown': ['act'],
  'permission.wrong-state': ['act'],
  'permission.lapsed': ['act'],
  'permission.exists': ['act'],
  'statement.other': ['act'],
  'terms.not-accepted': ['own', 'act'],
  'terms.other-version': ['act'],
  'once.missing': ['act'],
  'once.other-request': ['act'],
  'once.in-progress': ['act'],
  'notice.unknown': ['act'],
  'tenure.unknown': ['act'],
  'store.unavailable': ['own', 'act', 'esp'],
  'internal.broken': ['own', 'esp'],
}
const shownOn = (page: Page): ProblemCode[] => PROBLEM_CODES.filter(code => PAGES[code].includes(page))

/** As backend/portal/api/client.ts makes it of an answer. */
const faultOf = (problem: ProblemCode) => {
  const { status } = PROBLEMS[problem]
  const code = status === 401 || status === 403 ? 'refused' : status === 404 ? 'missing' : 'broken'
  return { code, status, problem } as const
}

function expectFourLanguages(texts: string[]): void {
  expect(texts.every(text => text.trim() !== '')).toBe(true)
  expect(new Set(texts).size).toBe(LANGUAGES.length)
}

describe('the page of one’s dongles', () => {
  test.each(shownOn('own'))('says %s in words of its own, in four languages', code => {
    expect(ownProblem(faultOf(code))).toBe(code)
    expectFourLanguages(LANGUAGES.map(one => DICTIONARIES[one].dongles.problems[ownProblem(faultOf(code))]))
  })
})

describe('support’s page', () => {
  test.each(shownOn('operator'))('says %s in four languages, and not as a server that is away', code => {
    expect(operatorProblem(faultOf(code))).not.toBe('unreachable')
    expectFourLanguages(LANGUAGES.map(one => OPERATOR[one].problems[operatorProblem(faultOf(code))]))
  })
})

describe('the ESP’s pages', () => {
  test.each(shownOn('esp'))('say %s in words of their own, in four languages', code => {
    expect(espProblem(faultOf(code))).toBe(code)
    expectFourLanguages(LANGUAGES.map(one => ESP_WORDS[one].problems[espProblem(faultOf(code))]))
  })
})

describe('the pages where somebody decides', () => {
  test.each(shownOn('act'))('say %s in words of its own, in four languages', code => {
    expect(actProblem(faultOf(code))).toBe(code)
    expectFourLanguages(LANGUAGES.map(one => DICTIONARIES[one].problems[actProblem(faultOf(code))]))
  })

  test('say what docs/reasons.md says that they do', () => {
    expect(readFileSync(join(import.meta.dirname, '../../../docs/reasons.md'), 'utf8')).toContain(problemTable()) // npm run docs:problems
  })

  test('have words for nothing else, and for an answer that they do not know', () => {
    const shown = new Set<string>([...shownOn('act'), 'unreachable'])
    expect(Object.keys(DICTIONARIES.en.problems).filter(code => !shown.has(code))).toEqual([])
    expect(actProblem({ code: 'broken', status: 500, problem: 'internal.broken' })).toBe('unreachable')
    expect(actProblem({ code: 'unreachable' })).toBe('unreachable')
  })
})
