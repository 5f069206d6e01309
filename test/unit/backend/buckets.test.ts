import { describe, expect, test } from 'vitest'
import { columnsOf, foldBuckets } from '../../../backend/metering-points/buckets.ts'
import type { BucketRow } from '../../../backend/store/store.ts'

/** A quarter whose T1 register runs from `first` to `last`. */
function quarter(index: number, first: number, last: number, seriesNo = 1): BucketRow {
  const registers = [{ first, last }, undefined, undefined, undefined, undefined, undefined]
  return {
    seriesNo,
    startS: index * 900,
    rollup: { count: 10, powers: [{ count: 10, sum: 5000, min: 100, max: 900 }, undefined], registers },
  }
}
const itself = (startS: number) => startS

describe('buckets', () => {
  test('energy runs from the neighbour’s last register, so that quarters add up to the whole', () => {
    const rows = [quarter(0, 100, 200), quarter(1, 210, 300), quarter(2, 305, 400)]
    const buckets = foldBuckets(rows, 900, 0, itself)
    expect(buckets.map(bucket => bucket.energies[0])).toEqual([100, 100, 100])
  })

  test('energy of a gap belongs to no bucket: no spike, but the register says it', () => {
    const buckets = foldBuckets([quarter(0, 100, 200), quarter(9, 5000, 5050)], 900, 0, itself)
    expect(columnsOf(buckets, ['energyOfftakeT1Wh', 'offtakeT1Wh'])).toEqual({
      energyOfftakeT1Wh: [100, 50],
      offtakeT1Wh: [200, 5050],
    })
  })

  test('a row before the range lends its register and gives no bucket', () => {
    const buckets = foldBuckets([quarter(3, 0, 90), quarter(4, 100, 200)], 900, 4 * 900, itself)
    expect(buckets.map(({ startS, energies }) => [startS, energies[0]])).toEqual([[3600, 110]])
  })

  test('a day is exactly last minus first, gaps inside it included', () => {
    const rows = [quarter(-1, 0, 95), quarter(0, 100, 200), quarter(40, 900, 1000), quarter(96, 2000, 2100)]
    const days = foldBuckets(rows, 900, 0, startS => Math.floor(startS / 86_400) * 86_400)
    expect(days.map(({ startS, energies, rollup }) => [startS, energies[0], rollup.count])).toEqual([
      [0, 1000 - 95, 20],
      [86_400, 100, 10],
    ])
  })

  test('a new meter starts its own count: registers never run backwards into energy', () => {
    const rows = [quarter(0, 90_000, 90_100), quarter(0, 3, 5, 2), quarter(1, 6, 9, 2)]
    const buckets = foldBuckets(rows, 900, 0, itself)
    expect(buckets.map(({ energies, registers }) => [energies[0], registers[0]])).toEqual([
      [102, 5],
      [4, 9],
    ])
  })

  test('columns hold whole numbers, and an empty column is left out', () => {
    const columns = columnsOf(foldBuckets([quarter(0, 1, 2)], 900, 0, itself), [
      'offtakeW',
      'offtakeMaxW',
      'injectionW',
      'count',
    ])
    expect(columns).toEqual({ offtakeW: [500], offtakeMaxW: [900], count: [10] })
  })
})
