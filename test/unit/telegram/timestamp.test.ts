import { describe, expect, test } from 'vitest'
import { timeOf, timestampText } from '../../../shared/telegram/timestamp.ts'

const utcS = (text: string) => Date.parse(text) / 1000

describe('timeOf', () => {
  test.each([
    ['260715120000S', '2026-07-15T10:00:00Z'],
    ['260115120000W', '2026-01-15T11:00:00Z'],
    ['240229235959W', '2024-02-29T22:59:59Z'],
    ['261025023015S', '2026-10-25T00:30:15Z'],
    ['261025023015W', '2026-10-25T01:30:15Z'],
    ['260329030000S', '2026-03-29T01:00:00Z'],
  ])('%s is %s', (text, utc) => {
    expect(timeOf(text)).toBe(utcS(utc))
  })

  test.each([
    ['260112223000', '2026-01-12T21:30:00Z'],
    ['260712223000', '2026-07-12T20:30:00Z'],
    ['260329015959', '2026-03-29T00:59:59Z'],
    ['260329030000', '2026-03-29T01:00:00Z'],
    ['261025015959', '2026-10-24T23:59:59Z'],
    ['261025023000', '2026-10-25T00:30:00Z'],
    ['261025030000', '2026-10-25T02:00:00Z'],
  ])('%s without a season is %s by the European rule, the first of a doubled hour', (text, utc) => {
    expect(timeOf(text)).toBe(utcS(utc))
  })

  test.each([
    '',
    '632525252525W',
    '632525252525S',
    '35255255255255255S',
    '700101010000W',
    '000101000000W',
    '681027002758S',
  ])('%j is a filler, not a date', text => {
    expect(timeOf(text)).toBe('filler')
  })

  test.each([
    '260230120000W',
    '261301120000W',
    '260015120000W',
    '260132120000W',
    '260115240000W',
    '260115126000W',
    '260115120060W',
    '250229120000W',
    '260115120000s',
    '26011512000W',
    '2601151200000W',
    '26011512000xW',
    '-60115120000W',
    'W',
    'SW',
  ])('%j is no moment', text => {
    expect(timeOf(text)).toBe('bad')
  })

  test('agrees with the time zone database on Brussels, every seven hours or so of fifty years, there and back', () => {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Brussels',
      dateStyle: 'short',
      timeStyle: 'long',
      hourCycle: 'h23',
    })
    const wrong: string[] = []
    for (let timeS = utcS('2007-01-01T00:00:00Z'); timeS < utcS('2058-01-01T00:00:00Z'); timeS += 25_193 * 3) {
      const [, day, month, year, hour, minute, second, zone] = /(\d+)\/(\d+)\/20(\d+), (\d+):(\d+):(\d+) (.+)/.exec(
        format.format(timeS * 1000),
      ) as unknown as string[]
      const season = zone === 'CEST' || zone === 'GMT+2' ? 'S' : 'W'
      const text = `${year}${month}${day}${hour}${minute}${second}${season}`
      if (timestampText(timeS) !== text || timeOf(text) !== timeS) wrong.push(text)
    }
    expect(wrong).toEqual([])
  })
})

test('timestampText turns the year at local midnight', () => {
  expect([-1, 0, 1].map(offset => timestampText(utcS('2026-12-31T23:00:00Z') + offset))).toEqual([
    '261231235959W',
    '270101000000W',
    '270101000001W',
  ])
})
