import { describe, expect, test } from 'vitest'
import { type GapFacts, gapsIn } from '../../../backend/metering-points/gaps.ts'
import type { BatchRow, HoleRow } from '../../../backend/store/store.ts'

function row(boot: number, firstSeq: number, span: number, fromS: number, toS = fromS + span - 1): BatchRow {
  return { no: 0, seriesNo: 1, dongleNo: 1, boot, firstSeq, span, fromS, toS, receivedAtMs: 0, periodS: 0 }
}

function loss(boot: number, fromSeq: number, count: number, reason: HoleRow['reason'] = 'ring-full'): HoleRow {
  return { dongleNo: 1, boot, fromSeq, count, reason, fromS: null, toS: null }
}

/** Every pair of neighbours of a series stands as a seam here: what is whole must give no gap by itself. */
function facts(rows: BatchRow[], losses: HoleRow[] = [], inside: HoleRow[] = []): GapFacts {
  const between: GapFacts['between'] = (_dongleNo, boot, fromSeq, toSeq) =>
    losses.filter(one => one.boot === boot && one.fromSeq < toSeq && one.fromSeq + one.count > fromSeq)
  const numbers = [...new Set(rows.map(one => one.seriesNo))]
  const series = numbers.map(seriesNo => rows.filter(one => one.seriesNo === seriesNo))
  const seams = series.flatMap(of => of.slice(1).map((after, i) => ({ before: of[i] as BatchRow, after })))
  return { seams, ends: series.map(of => of.at(-1) as BatchRow), inside, between }
}

describe('gaps', () => {
  test('there are none while the sequence goes on', () => {
    expect(gapsIn(facts([row(1, 0, 60, 1000), row(1, 60, 60, 1060)]), 1000, 1120)).toEqual([])
  })

  test('missing numbers are a gap with a count: lost or still on their way', () => {
    expect(gapsIn(facts([row(1, 0, 60, 1000), row(1, 90, 60, 1090)]), 0, 1120)).toEqual([
      { fromS: 1059, toS: 1090, kind: 'gap', count: 30 },
    ])
  })

  test('what the dongle counted is a loss with its reason, the rest stays a gap', () => {
    const rows = [row(1, 0, 60, 1000), row(1, 90, 60, 1090)]
    expect(gapsIn(facts(rows, [loss(1, 70, 20)]), 0, 1120)).toEqual([
      { fromS: 1059, toS: 1090, kind: 'loss', count: 20, reason: 'ring-full' },
      { fromS: 1059, toS: 1090, kind: 'gap', count: 10 },
    ])
  })

  test('losses told twice or across stored readings count once and only where nothing is stored', () => {
    const rows = [row(1, 0, 60, 1000), row(1, 90, 60, 1090)]
    const losses = [loss(1, 50, 30), loss(1, 50, 60, 'flash')]
    expect(gapsIn(facts(rows, losses), 0, 1120)).toEqual([
      { fromS: 1059, toS: 1090, kind: 'loss', count: 20, reason: 'ring-full' },
      { fromS: 1059, toS: 1090, kind: 'loss', count: 10, reason: 'flash' },
    ])
  })

  test('a silent meter is a gap without a count', () => {
    expect(gapsIn(facts([row(1, 0, 60, 1000), row(1, 60, 60, 5000)]), 0, 5060)).toEqual([
      { fromS: 1059, toS: 5000, kind: 'gap' },
    ])
  })

  test('a reboot shows what both boots say, and how much of the new one is not here yet', () => {
    const rows = [row(1, 0, 60, 1000), row(2, 25, 60, 1100)]
    expect(gapsIn(facts(rows, [loss(1, 60, 8, 'power'), loss(2, 0, 5, 'busy')]), 0, 1150)).toEqual([
      { fromS: 1059, toS: 1100, kind: 'loss', count: 8, reason: 'power' },
      { fromS: 1059, toS: 1100, kind: 'loss', count: 5, reason: 'busy' },
      { fromS: 1059, toS: 1100, kind: 'gap', count: 20 },
    ])
  })

  test('a quick reboot that lost nothing leaves no gap', () => {
    expect(gapsIn(facts([row(1, 0, 60, 1000), row(2, 0, 60, 1070)]), 0, 1120)).toEqual([])
  })

  test('silence up to the end of the range is a gap, a breath is not', () => {
    expect(gapsIn(facts([row(1, 0, 60, 1000)]), 0, 1100)).toEqual([])
    expect(gapsIn(facts([row(1, 0, 60, 1000)]), 0, 2000)).toEqual([{ fromS: 1059, toS: 2000, kind: 'gap' }])
  })

  test('gaps are cut to the range and those outside it are left out', () => {
    const rows = [row(1, 0, 60, 1000), row(1, 100, 60, 1100), row(1, 200, 60, 1200)]
    expect(gapsIn(facts(rows), 1080, 1150)).toEqual([{ fromS: 1080, toS: 1100, kind: 'gap', count: 40 }])
  })

  test('holes inside batches keep their own times', () => {
    const inside: HoleRow[] = [
      { ...loss(1, 3, 2, 'crc'), fromS: 1002, toS: 1003 },
      { ...loss(1, 30, 0, 'silence'), fromS: 1020, toS: 1090 },
    ]
    expect(gapsIn(facts([row(1, 0, 62, 1000, 1120)], [], inside), 0, 1120)).toEqual([
      { fromS: 1002, toS: 1003, kind: 'loss', count: 2, reason: 'crc' },
      { fromS: 1020, toS: 1090, kind: 'gap' },
    ])
  })

  test('two series are walked apart: one dongle’s sequence says nothing of another’s', () => {
    const other = { ...row(1, 500, 60, 1000), seriesNo: 2, dongleNo: 2 }
    expect(gapsIn(facts([row(1, 0, 60, 1000), other]), 0, 1060)).toEqual([])
  })
})
