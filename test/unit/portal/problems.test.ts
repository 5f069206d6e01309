// Every problem of REST that a person's page may be answered with has words of its own there, in four languages. A new code does not
// compile here until somebody has said who is answered with it.

import { describe, expect, test } from 'vitest'
import { problemOf as ownProblem } from '../../../backend/portal/dongles/problem.ts'
import { problemOf as espProblem } from '../../../backend/portal/esp/problem.ts'
import { ESP_WORDS } from '../../../backend/portal/esp/text/languages.ts'
import { problemOf as operatorProblem } from '../../../backend/portal/operator/problem.ts'
import { OPERATOR } from '../../../backend/portal/operator/words.ts'
import { DICTIONARIES, LANGUAGES } from '../../../backend/portal/text/languages.ts'
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../../../shared/schema/problem.ts'

type Page = 'own' | 'operator' | 'esp'
const BOTH: Page[] = ['own', 'operator']
/** Of a manager's acts for their ESP. */
const ESP: Page[] = ['esp']
/** Answered to programs and to the `nrt` command only, which has its own words (installer/text), or kept from a person by the page itself. */
const NO_PAGE: Page[] = []

const PAGES: { [code in ProblemCode]: Page[] } = {
  'request.invalid': ESP,
  'range.invalid': NO_PAGE,
  'column.unknown': NO_PAGE,
  'cursor.invalid': NO_PAGE,
  'access.missing': [...BOTH, 'esp'],
  'access.throttled': [...BOTH, 'esp'],
  'role.missing': ['operator', 'esp'],
  'sign-in.stale': ESP,
  'sign-in.nowhere': NO_PAGE,
  'sign-in.cancelled': NO_PAGE,
  'sign-in.expired': NO_PAGE,
  'sign-in.failed': NO_PAGE,
  'sign-in.unavailable': NO_PAGE,
  'csrf.missing': ESP,
  'mandate.unknown': NO_PAGE,
  'mandate.own': NO_PAGE,
  'mandate.too-many': NO_PAGE,
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
  'dongle.unknown': BOTH,
  'dongle.other-key': NO_PAGE,
  'dongle.wrong-state': ['own'],
  'metering-point.unknown': NO_PAGE,
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
  'webhook.refused': ESP,
  'webhook.unknown': ESP,
  'delivery.unknown': ESP,
  'route.unknown': NO_PAGE,
  'live.full': NO_PAGE,
  'service.unknown': ESP,
  'service.wrong-state': ESP,
  'service.no-privacy-policy': ESP,
  'service.other-text': ESP,
  'service.text-invalid': ESP,
  'esp.unknown': ESP,
  'esp.exists': ESP,
  'esp.wrong-state': ESP,
  'esp.not-admitted': ESP,
  'permission.unknown': NO_PAGE,
  'permission.wrong-state': NO_PAGE,
  'permission.lapsed': NO_PAGE,
  'permission.exists': NO_PAGE,
  'statement.other': NO_PAGE,
  'terms.not-accepted': NO_PAGE,
  'terms.other-version': NO_PAGE,
  'once.missing': NO_PAGE,
  'once.other-request': NO_PAGE,
  'once.in-progress': NO_PAGE,
  'notice.unknown': NO_PAGE,
  'tenure.unknown': NO_PAGE,
  'store.unavailable': ['own', 'esp'],
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
