import { describe, expect, test } from 'vitest'
import { createEventParser } from '../../../backend/portal/api/event-parser.ts'
import { powerScale, powerTicks, timeTicks } from '../../../backend/portal/live/axis.ts'
import type { Picture } from '../../../backend/portal/live/curves.ts'
import { missingOf, plotColumns, spotAt, stretchesOf } from '../../../backend/portal/live/summary.ts'
import { dayTariff, signalWord } from '../../../backend/portal/live/verdict.ts'
import { createFormat } from '../../../backend/portal/text/format.ts'
import { chooseLanguage, DICTIONARIES, LANGUAGES } from '../../../backend/portal/text/languages.ts'
import fc from '../../support/given-cases.ts'

const NOON_S = 1_772_366_400
const BRUSSELS = createFormat('nl', 'Europe/Brussels')

describe('the event stream', () => {
  const parse = (chunks: string[]) => {
    const parser = createEventParser()
    return chunks.flatMap(chunk => parser.feed(chunk))
  }

  test('gives events with their kind, data and the id to come back with', () => {
    expect(
      parse([': heartbeat\n\nid: 7\nevent: reading\ndata: {"a":1}\n\nevent: quality\ndata: x\ndata: y\n\n']),
    ).toEqual([
      { event: 'reading', data: '{"a":1}', lastId: '7' },
      { event: 'quality', data: 'x\ny', lastId: '7' },
    ])
  })

  test('does not care how the text is cut, nor which line ends are used', () => {
    const lines = ['id: 1', 'event: reading', 'data: {"timeS":1}', '', ': beat', '', 'data: é', '', '']
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        (cuts, end) => {
          const text = `${lines.join(end)}: tail\n`
          const chunks: string[] = []
          let at = 0
          for (let k = 0; at < text.length; k++) {
            chunks.push(text.slice(at, at + cuts[k % cuts.length]!))
            at += cuts[k % cuts.length]!
          }
          expect(parse(chunks)).toEqual(parse([`${lines.join('\n')}\n`]))
          expect(parse(chunks)).toHaveLength(2)
        },
      ),
    )
  })

  test('drops an event that grows beyond all bounds, and only that one', () => {
    const line = `data: ${'x'.repeat(1_000_000)}\n`
    expect(parse([line, line, line, line, line, '\ndata: ok\n\n']).map(event => event.data)).toEqual(['ok'])
  })
})

describe('the grid', () => {
  test('stands on round local times, also on the day that has 25 hours', () => {
    const autumnS = Date.UTC(2026, 9, 24, 22) / 1000 // midnight in Brussels, summer time still
    const ticks = timeTicks(autumnS, autumnS + 25 * 3600, 500, BRUSSELS.zoneOffsetS)
    const clocks = ticks.map(BRUSSELS.clockMinutes)
    expect(clocks[0]).toBe('00:00')
    expect(clocks.at(-1)).toBe('00:00')
    for (const clock of clocks) expect(Number.parseInt(clock, 10) % 3).toBe(0)
  })

  test('has room for its labels', () => {
    for (const width of [200, 320, 700, 1200]) {
      for (const length of [300, 3600, 86_400]) {
        const ticks = timeTicks(NOON_S, NOON_S + length, width, BRUSSELS.zoneOffsetS)
        expect(ticks.length, `${length} s on ${width} px`).toBeGreaterThan(0)
        expect(ticks.length * 50, `${length} s on ${width} px`).toBeLessThanOrEqual(width + 50)
      }
    }
  })

  test('the power scale holds both extremes, contains zero and ends on its lines', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 90_000 }), (offtake, injection) => {
        const { min, max, stepW } = powerScale(offtake, injection)
        const ticks = powerTicks(min, max, stepW)
        expect(max).toBeGreaterThanOrEqual(offtake)
        expect(min).toBeLessThanOrEqual(-injection)
        expect(ticks).toContain(0)
        expect(max - min).toBeGreaterThanOrEqual(500)
        expect(ticks.length).toBeLessThanOrEqual(9)
      }),
    )
  })
})

describe('the curve in numbers', () => {
  const times = Array.from({ length: 301 }, (_, i) => NOON_S - 300 + i).filter(
    at => at < NOON_S - 99 || at > NOON_S - 60,
  )
  const picture: Picture = {
    fromS: NOON_S - 300,
    toS: NOON_S,
    series: { timeS: times, columns: [times.map(() => 0), times.map(at => (at > NOON_S - 60 ? 400 : 0))] },
    holes: [{ fromS: NOON_S - 100, toS: NOON_S - 59, kind: 'gap' }],
    nicks: [],
    isKnown: true,
  }

  test('means of round stretches, newest first, none where nothing was measured', () => {
    const stretches = stretchesOf(picture)
    expect(stretches).toHaveLength(10)
    expect(stretches[0]).toEqual({ fromS: NOON_S - 30, toS: NOON_S, offtakeW: 0, injectionW: 400 })
    expect(stretches[2]).toEqual({ fromS: NOON_S - 90, toS: NOON_S - 60, offtakeW: undefined, injectionW: undefined })
  })

  test('what is at a moment: the nearest reading, or the hole', () => {
    expect(spotAt(picture, NOON_S - 10.4)).toEqual({
      kind: 'reading',
      timeS: NOON_S - 10,
      offtakeW: 0,
      injectionW: 400,
    })
    expect(spotAt(picture, NOON_S - 80).kind).toBe('gap')
    expect(spotAt({ ...picture, series: { timeS: [], columns: [[], []] }, holes: [] }, NOON_S).kind).toBe('nothing')
  })

  test('injection is drawn below the line, and rest is not drawn', () => {
    const [, offtake, injection] = plotColumns(picture)
    expect(offtake?.every(cell => cell === null)).toBe(true)
    expect(Math.min(...(injection ?? []).map(cell => cell ?? 0))).toBe(-400)
  })

  test('what is missing adds up', () => {
    const holes = [...picture.holes, { fromS: 1, toS: 4, kind: 'loss' as const }]
    expect(missingOf(holes)).toEqual({ gaps: 1, gapS: 41, losses: 1, lossS: 3 })
  })
})

describe('words', () => {
  test('the remembered language goes before the browser’s, Dutch is the last resort', () => {
    expect(chooseLanguage('de', ['fr-BE'])).toBe('de')
    expect(chooseLanguage(null, ['pl', 'fr-BE', 'en'])).toBe('fr')
    expect(chooseLanguage('xx', ['pl'])).toBe('nl')
  })

  test('no language leaves a text empty, and each has its own words', () => {
    for (const language of LANGUAGES) {
      for (const [key, text] of Object.entries(DICTIONARIES[language])) {
        if (typeof text === 'string') expect(text.trim(), `${language}.${key}`).not.toBe('')
      }
    }
    for (const key of ['offtake', 'powerNow', 'registers', 'keyWrong'] as const) {
      expect(new Set(LANGUAGES.map(language => DICTIONARIES[language][key])).size, key).toBe(4)
    }
  })

  test('numbers and times are in the locale, times in the metering point’s zone', () => {
    const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
    const [nl, fr, en] = (['nl', 'fr', 'en'] as const).map(language => createFormat(language, 'Europe/Brussels'))
    expect(plain(nl!.powerText(2345))).toBe('2,35 kW')
    expect(plain(nl!.powerText(999))).toBe('999 W')
    expect(plain(nl!.energy(12_345_678, 3))).toBe('12.345,678')
    expect(plain(fr!.energy(12_345_678, 3))).toBe('12 345,678')
    expect(plain(en!.energy(12_345_678, 3))).toBe('12,345.678')
    expect(nl!.clock(NOON_S)).toBe('13:00:00')
    expect(createFormat('nl', 'UTC').clock(NOON_S)).toBe('12:00:00')
    expect(nl!.ago(200)).toBe('3 minuten geleden')
  })

  test('a loss never rounds up to complete', () => {
    expect(createFormat('en', 'UTC').percent(999_999, 1_000_000)).toBe('99.99%')
    expect(createFormat('en', 'UTC').percent(5, 5)).toBe('100%')
  })

  test('day and night are Belgian or Dutch facts, not the register’s', () => {
    expect([dayTariff('BE'), dayTariff('NL'), dayTariff('LU'), dayTariff(undefined)]).toEqual([
      1,
      2,
      undefined,
      undefined,
    ])
    expect([-50, -60, -70, -80].map(signalWord)).toEqual(['strong', 'good', 'fair', 'weak'])
  })
})
