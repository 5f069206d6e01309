import { describe, expect, test } from 'vitest'
import {
  breakAt,
  emptySeries,
  type Hole,
  holesOf,
  mergeSeries,
  type Series,
  sliceSeries,
  usualStepS,
} from '../../../backend/portal/live/series.ts'
import fc from '../../support/given-cases.ts'

const seriesAt = (times: number[], value = (timeS: number): number | null => timeS): Series => ({
  timeS: times,
  columns: [times.map(value)],
})
const seconds = (fromS: number, toS: number) => Array.from({ length: toS - fromS + 1 }, (_, i) => fromS + i)
const merge = (a: Series, b: Series) => mergeSeries(a, b, 0, 1000)
const holes = (series: Series, known: Hole[], toS = 100) => holesOf(series, 1, known, 0, toS, 30)

describe('merging by time', () => {
  test('late readings find their place between those that are there', () => {
    const merged = merge(seriesAt([1, 2, 6, 7]), seriesAt([3, 4, 5]))
    expect(merged.timeS).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(merged.columns[0]).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('a repeated reading is there once, with the newer value', () => {
    const merged = merge(
      seriesAt([1, 2, 3]),
      seriesAt([2], () => 99),
    )
    expect(merged).toEqual({ timeS: [1, 2, 3], columns: [[1, 99, 3]] })
  })

  test('any cutting and any order of arrival gives the same curve, sorted and without repeats', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 120 })
    fc.assert(
      fc.property(
        times,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.boolean(),
        (all, cuts, backwards) => {
          const parts: number[][] = []
          let at = 0
          for (let k = 0; at < all.length; k++) {
            parts.push(all.slice(at, at + cuts[k % cuts.length]!))
            at += cuts[k % cuts.length]!
          }
          if (backwards) parts.reverse()
          const arrived = parts.reduce(
            (sum, part) => merge(sum, seriesAt(part.toSorted((a, b) => a - b))),
            emptySeries(1),
          )
          expect(arrived).toEqual(seriesAt(all.toSorted((a, b) => a - b)))
        },
      ),
    )
  })

  test('forgets what is too old and keeps no more points than allowed', () => {
    expect(mergeSeries(seriesAt(seconds(1, 50)), seriesAt([51]), 40, 1000).timeS).toEqual(seconds(40, 51))
    expect(mergeSeries(seriesAt(seconds(1, 50)), seriesAt([51]), 0, 5).timeS).toEqual(seconds(47, 51))
  })

  test('a slice keeps one neighbour on either side', () => {
    expect(sliceSeries(seriesAt(seconds(1, 9)), 4, 6).timeS).toEqual([3, 4, 5, 6])
  })
})

describe('holes', () => {
  test('the usual step shows through holes', () => {
    expect(usualStepS([0, 10, 20, 30, 300, 310, 900], 1)).toBe(10)
    expect(usualStepS([], 1)).toBe(1)
  })

  test('a whole curve has none, and a batch that is due is none', () => {
    expect(holes(seriesAt(seconds(0, 100)), [])).toEqual([])
    expect(holes(seriesAt(seconds(0, 75)), [])).toEqual([])
  })

  test('a silence is a gap from its last reading to its next', () => {
    expect(holes(seriesAt([...seconds(0, 20), ...seconds(60, 100)]), [])).toEqual([{ fromS: 20, toS: 60, kind: 'gap' }])
  })

  test('a silence that lasts until now is a gap', () => {
    expect(holes(seriesAt(seconds(0, 20)), [])).toEqual([{ fromS: 20, toS: 100, kind: 'gap' }])
  })

  test('nothing at all is one gap', () => {
    expect(holes(emptySeries(1), [])).toEqual([{ fromS: 0, toS: 100, kind: 'gap' }])
  })

  test('a single lost second breaks the line only if it is on record as lost', () => {
    const series = seriesAt([...seconds(0, 20), ...seconds(22, 100)])
    expect(holes(series, [])).toEqual([])
    expect(holes(series, [{ fromS: 20, toS: 22, kind: 'loss', count: 1, reason: 'crc' }])).toEqual([
      { fromS: 20, toS: 22, kind: 'loss' },
    ])
  })

  test('a loss names the hole that it explains, not a long silence around it', () => {
    const series = seriesAt([...seconds(0, 20), ...seconds(60, 100)])
    const loss = (count: number): Hole => ({ fromS: 20, toS: 60, kind: 'loss', count, reason: 'ring-full' })
    expect(holes(series, [loss(39)])[0]?.kind).toBe('loss')
    expect(holes(series, [loss(2)])[0]?.kind).toBe('gap')
  })

  test('a loss at the edge of a batch, a mere point in time, names the hole beside it', () => {
    const series = seriesAt([...seconds(0, 20), ...seconds(30, 100)])
    expect(holes(series, [{ fromS: 20, toS: 20, kind: 'loss', count: 9, reason: 'crc' }])).toEqual([
      { fromS: 20, toS: 30, kind: 'loss' },
    ])
  })

  test('a stale record does not make a hole where readings are', () => {
    expect(holes(seriesAt(seconds(0, 100)), [{ fromS: 20, toS: 60, kind: 'gap' }])).toEqual([])
  })

  test('the line breaks in every hole and nowhere else', () => {
    const series = seriesAt([1, 2, 8, 9])
    expect(breakAt(series, [{ fromS: 2, toS: 8, kind: 'gap' }])).toEqual({
      timeS: [1, 2, 5, 8, 9],
      columns: [[1, 2, null, 8, 9]],
    })
    expect(breakAt(series, [{ fromS: 9, toS: 40, kind: 'gap' }])).toEqual(series)
  })
})
