import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ORDER_STATES } from '../../../backend/store/tables.ts'
import * as reason from '../../../firmware/reasons.ts'
import { verdictTable } from '../../../scripts/verdict-table.ts'
import { CAUSES, causeNow, causeOf } from '../../../shared/doctor/causes.ts'
import { newConsole, takeLine } from '../../../shared/doctor/console-lines.ts'
import { diagnose, finding, LANGUAGES } from '../../../shared/doctor/diagnosis.ts'
import { type Facts, factsOfStatus, reasonsOf, resetOf, UPDATE_WORDS } from '../../../shared/doctor/facts.ts'
import { HAPPENINGS, happeningsBetween } from '../../../shared/doctor/happenings.ts'
import { findingsOf, VERDICTS, type VerdictCode } from '../../../shared/doctor/verdict.ts'
import { WishSchema } from '../../../shared/schema/dongle.ts'
import { UPDATE_CODES } from '../../../shared/update/states.ts'
import fc from '../../support/given-cases.ts'
import { LINE_TROUBLES } from '../../support/line-troubles.ts'

const verdictOf = (facts: Facts): VerdictCode => findingsOf(facts)[0]
const cable = (change: Partial<Facts>): Facts => ({ way: 'cable', link: 'open', ...change })
const cutBy = (last: number): Partial<Facts> => ({ link: 'no-gateway', reasons: { last, counts: { [last]: 3 } } })

describe('a verdict', () => {
  test.each<[VerdictCode, Facts]>([
    ['not-set-up', cable({ link: 'none' })],
    ['tls', cable(cutBy(reason.NO_TLS_MEMORY))],
    ['not-stored', cable(cutBy(reason.NO_ACKS))],
    ['change-failed', { way: 'remote', silentS: 1, link: 'open', order: 'failed' }],
    ['no-program', cable({ update: { word: 'rescue' }, p1Trouble: 'silence' })],
    ['updating', cable({ update: { word: 'begun' } })],
    ['updating', cable({ update: { word: 'given', code: 'rescue' } })],
    ['memory-worn', cable({ update: { word: 'damaged' } })],
    ['all-well', cable({ update: { word: 'healthy' } })],
    ['all-well', cable({ update: { word: 'failed', code: 'withdrawn' } })],
    ['connecting', cable({ link: 'no-network', uptimeS: 2, reasons: { last: 0, counts: {} } })],
    ['p1-half', cable({ p1Trouble: 'none', telegramsOk: 400, telegramsBad: 31 })],
    ['memory', cable({ freeVariables: 120 })],
    ['all-well', cable({ p1Trouble: 'none', telegramsOk: 4000, telegramsBad: 31, freeVariables: 2000 })],
  ])('%s', (code, facts) => {
    expect(verdictOf(facts)).toBe(code)
  })

  test('goes by cause: power before the meter, the meter before the network, the network before what waits', () => {
    const facts = cable({ quickRestarts: 4, p1Trouble: 'silence', ringPercent: 99, ...cutBy(reason.HANDSHAKE_FAILED) })
    expect(findingsOf(facts)).toEqual(['brown-out', 'p1-silent', 'wifi-password', 'ring-full'])
  })

  test('is one for whatever facts there are, and every finding has its words in four languages', () => {
    const facts = fc.record(
      {
        way: fc.constantFrom('cable' as const, 'remote' as const),
        isMute: fc.boolean(),
        state: fc.constantFrom('registered' as const, 'bound' as const, 'lost' as const),
        silentS: fc.nat(),
        quickRestarts: fc.nat(9),
        reset: fc.constantFrom('power', 'memory', 'error'),
        p1Trouble: fc.constantFrom(...LINE_TROUBLES, 'a word of the future'),
        link: fc.constantFrom('open' as const, 'no-network' as const, 'no-gateway' as const, 'none' as const),
        reasons: fc.record({ last: fc.nat(60), counts: fc.dictionary(fc.nat(60).map(String), fc.nat()) }),
        rssiDbm: fc.integer({ min: -120, max: 0 }),
        ringPercent: fc.nat(100),
        telegramsOk: fc.nat(),
        telegramsBad: fc.nat(),
      },
      { requiredKeys: ['way'] },
    )
    fc.assert(
      fc.property(facts, one => {
        const codes = findingsOf(one as Facts)
        expect(new Set(codes).size).toBe(codes.length)
        if (codes.length > 1) expect(codes).not.toContain('all-well')
        for (const code of codes) for (const language of LANGUAGES) expect(finding(code, language).say).toMatch(/[.]$/)
      }),
    )
  })

  test('of a dongle that has been silent too long says nothing of what it once told', () => {
    const status = {
      dongleId: 'x',
      boot: 1,
      receivedAtMs: 0,
      p1Trouble: 'silence',
      rssiDbm: -99,
      resetReason: 'power x1',
    }
    expect(findingsOf(factsOfStatus(status, 'bound', {}, 0, 899_000))).toContain('p1-silent')
    expect(findingsOf(factsOfStatus(status, 'bound', {}, 0, 901_000))).toEqual(['out-of-reach'])
  })
})

test('every verdict and every happening can be read aloud in four languages: short, whole, and each language its own', () => {
  for (const code of VERDICTS) {
    const said = LANGUAGES.map(language => finding(code, language))
    expect(new Set(said.map(one => one.say)).size, code).toBe(4)
    for (const { say, next } of said) {
      expect(say).toMatch(/^\p{Lu}.{5,110}\.$/u)
      expect(next).toMatch(/^\p{Lu}.{5,130}\.$/u)
    }
  }
  for (const code of HAPPENINGS) {
    for (const language of LANGUAGES) {
      const [one] = diagnose({ way: 'cable' }, [{ atS: 0, code, n: 7, word: 'seven' }], language).happenings
      expect(one?.say).not.toMatch(/[{}]|undefined/)
    }
  }
})

test('every state, wish and outcome of an order is said in the reader’s language', () => {
  for (const language of LANGUAGES) {
    const told = (code: 'state' | 'order', word: string) =>
      diagnose({ way: 'cable' }, [{ atS: 0, code, word }], language).happenings[0]?.say
    const forms = WishSchema.anyOf as unknown as { properties: { name: { const: string } } }[]
    for (const { properties } of forms) {
      for (const state of ORDER_STATES) {
        const said = told('order', `${properties.name.const}, ${state}`)
        expect(said).not.toContain('undefined')
        if (language !== 'en') expect(said).not.toContain(state)
      }
    }
    expect(told('order', 'something new, done')).toContain('something new')
    expect(told('state', 'bound')).not.toContain('bound')
  }
})

test('whatever a dongle says of an update has a verdict or needs none, and words in four languages', () => {
  const verdicts: { [verdict in VerdictCode]?: string[] } = {}
  for (const state of ['refused', 'failed', 'returned'] as const) {
    for (const code of UPDATE_CODES.filter(one => one !== 'none')) {
      const verdict = verdictOf(cable({ update: { word: state, code } }))
      verdicts[verdict] = [...new Set([...(verdicts[verdict] ?? []), `${state} ${code}`])]
    }
  }
  const refused = (...codes: string[]) => codes.map(code => `refused ${code}`)
  expect(verdicts['update-unfit']).toEqual(
    refused('malformed', 'other-board', 'other-engine', 'other-map', 'too-large'),
  )
  expect(verdicts['update-forged']).toEqual(refused('forged', 'replayed', 'below-floor'))
  expect(verdicts['update-failed']).toContain('failed hash')
  expect(findingsOf(cable({ update: { word: 'failed', code: 'flash' } }))).toEqual(['update-failed', 'memory-worn'])
  expect(verdicts['update-returned']).toEqual(expect.arrayContaining(['returned crashed', 'returned unhealthy']))
  expect(verdicts['all-well']).toEqual(expect.arrayContaining(refused('busy', 'not-newer')))
  for (const language of LANGUAGES) {
    const told = (word: string) =>
      diagnose({ way: 'cable' }, [{ atS: 0, code: 'update', n: 12, word }], language).happenings[0]?.say as string
    const said = UPDATE_WORDS.map(told)
    expect(new Set(said).size).toBe(UPDATE_WORDS.length)
    for (const code of [...UPDATE_CODES.filter(one => one !== 'none'), 'ddi', 'cancelled', 'rescue']) {
      const why = told(`failed, ${code}`).split(', ').slice(1).join(', ')
      expect(why, code).not.toBe('')
      expect(why, `${language} ${code}`).not.toBe(code)
      expect(told(`failed, ${code}`)).toMatch(/12/)
    }
    expect(told('something new')).toContain('something new')
  }
})

test('docs/diagnosis.md is what the table makes of it', () => {
  const page = readFileSync(new URL('../../../docs/diagnosis.md', import.meta.url), 'utf8')
  expect(page).toContain(verdictTable())
})

test('every word of the P1 line has a verdict, but none', () => {
  for (const word of LINE_TROUBLES) {
    expect(verdictOf(cable({ p1Trouble: word })) === 'all-well', word).toBe(word === 'none')
  }
})

test('every reason of the link has a cause, each once, and a sentence in four languages', () => {
  // 39 and 40 are the P1 port's, for the setup page: no link ever fails for them
  const codes = Object.values(reason)
    .filter(code => typeof code === 'number')
    .filter(code => code < reason.P1_SILENT)
  const restless = codes.filter(code => causeOf(code) === 'restless')
  expect(restless).toEqual([3, 8, 14, 23, 24, 31, 32, 33, 34, 37, 38])
  expect(new Set(codes.map(causeOf)).size).toBe(CAUSES.length)
})

test('where the newest reason says only that there was no connection, the one that counts most is the cause', () => {
  expect(causeNow(reasonsOf('37 1:2 4:9 37:3'))).toBe('wifi-password')
  expect(causeNow(reasonsOf('37 37:3'))).toBe('restless')
  expect(causeNow(reasonsOf('0'))).toBeUndefined()
  expect(causeNow(reasonsOf(''))).toBeUndefined()
})

describe('the console', () => {
  test('a line that is none of ours, cut or from a newer program changes nothing', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const seen = newConsole()
        if (!takeLine(seen, text, 1)) expect(seen).toEqual(newConsole())
      }),
    )
    const seen = newConsole()
    for (const line of ['now: 1,2,3', 'now: ', 'ets Jun  8 2016', '>']) expect(takeLine(seen, line, 1)).toBe(false)
    expect(seen.facts.isMute).toBe(true)
  })

  test('says how it is in one line', () => {
    const seen = newConsole()
    expect(takeLine(seen, 'now: 61,0,power x3,silence,-67,12,2100,5,2,21 18:3 21:1', 1)).toBe(true)
    expect(seen.facts).toEqual({
      way: 'cable',
      isMute: false,
      uptimeS: 61,
      link: 'no-gateway',
      reset: 'power',
      quickRestarts: 3,
      p1Trouble: 'silence',
      rssiDbm: -67,
      ringPercent: 12,
      freeVariables: 2100,
      telegramsOk: 5,
      telegramsBad: 2,
      reasons: { last: 21, counts: { 18: 3, 21: 1 } },
    })
    expect(takeLine(seen, 'loader: rescue, reset 1', 1) && takeLine(seen, 'rescue: boot 9', 2)).toBe(true)
    expect(findingsOf(seen.facts)[0]).toBe('brown-out')
    expect(findingsOf(seen.facts)).toContain('no-program')
    expect(seen.happenings).toEqual([{ atS: 2, code: 'no-program' }])
    takeLine(seen, 'now: 61,1,first,none,,0,2100,5,2,', 1)
    expect(seen.facts).toMatchObject({ link: 'none', rssiDbm: undefined, quickRestarts: 0 })
  })
})

describe('between two statuses', () => {
  const first = {
    dongleId: 'x',
    boot: 3,
    receivedAtMs: 1000,
    firmware: '1.0',
    p1Trouble: 'none',
    rssiDbm: -60,
    linkReasons: '0',
  }

  test('nothing new is no news', () => {
    expect(happeningsBetween(first, { ...first, receivedAtMs: 300_000, uptimeS: 300, rssiDbm: -63 })).toEqual([])
  })

  test('what changed is told once, and counters begin anew with a boot', () => {
    const later = {
      ...first,
      receivedAtMs: 2000,
      p1Trouble: 'inverted',
      linkReasons: '21 18:2 21:1',
      telegramsBad: 12,
      rssiDbm: -75,
    }
    expect(happeningsBetween(first, later)).toEqual([
      { atS: 2, code: 'p1', word: 'inverted' },
      { atS: 2, code: 'telegrams-bad', n: 12 },
      { atS: 2, code: 'cut', n: 18, word: 'gateway-away' },
      { atS: 2, code: 'cut', n: 21, word: 'gateway-away' },
      { atS: 2, code: 'signal', n: -75 },
    ])
    const rebooted = {
      ...later,
      receivedAtMs: 3000,
      boot: 4,
      resetReason: 'power x2',
      linkReasons: '18 18:2',
      telegramsBad: 0,
    }
    expect(happeningsBetween(later, rebooted)).toEqual([
      { atS: 3, code: 'boot-power', n: 4 },
      { atS: 3, code: 'quick-restarts', n: 2 },
      { atS: 3, code: 'cut', n: 18, word: 'gateway-away' },
    ])
  })
})

test('how a boot ended is read whatever a dongle says', () => {
  expect(resetOf('power x3')).toEqual({ reset: 'power', quickRestarts: 3 })
  expect(resetOf(undefined)).toEqual({})
  expect(resetOf('??')).toEqual({})
})
