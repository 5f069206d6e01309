// What is told before it is in its place must come true: certainty errs towards "the writer will say", and what the store tells while batches
// come thick and fast is what a store tells that takes them one by one.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BEHIND, createCertainty, type Lesson, UNSURE } from '../../../backend/store/sqlite/certainty.ts'
import type { Batch } from '../../../shared/batch/batch.ts'
import { aBatch, arrived, NOON_S } from '../../support/batches.ts'
import fc from '../../support/given-cases.ts'
import { openTestStore, type TestStore } from '../../support/store.ts'

const TENURE = 5
const NOW_MS = (NOON_S + 100_000) * 1000

const aLesson = (wish: Partial<Lesson> = {}): Lesson => ({
  dongleId: 'one',
  boot: 1,
  meter: 0,
  tenureNo: TENURE,
  fromS: NOON_S,
  toS: null,
  nextSeq: 60,
  ...wish,
})

function taught(lesson: Partial<Lesson> = {}) {
  const certainty = createCertainty()
  certainty.learn([aLesson(lesson)])
  return {
    certainty,
    judge: (batch: Partial<Batch> & Parameters<typeof aBatch>[0]) =>
      certainty.judge('one', { ...aBatch(batch), ...(batch.thinned && { thinned: batch.thinned }) }, NOW_MS),
  }
}

describe('a batch is certainly new', () => {
  test('when it begins behind all that is known of its boot', () => {
    expect(taught().judge({ firstSeq: 60 })).toBe(TENURE)
    expect(taught().judge({ firstSeq: 1000 })).toBe(TENURE)
  })

  test('with losses too: they are facts that only add up', () => {
    expect(taught().judge({ firstSeq: 60, losses: [{ fromSeq: 120, count: 3, reason: 'crc' }] })).toBe(TENURE)
  })
})

describe('the writer has to say of a batch', () => {
  test('of a dongle that nothing is known of, or of another one', () => {
    expect(createCertainty().judge('one', aBatch(), NOW_MS)).toBe(UNSURE)
    expect(taught().certainty.judge('two', aBatch({ firstSeq: 60 }), NOW_MS)).toBe(UNSURE)
  })

  test('that begins before what is known, or before one that was asked about', () => {
    expect(taught().judge({ firstSeq: 59 })).toBe(BEHIND)
    const { judge } = taught()
    expect(judge({ firstSeq: 200 })).toBe(TENURE)
    expect(judge({ firstSeq: 200 })).toBe(BEHIND)
    expect(judge({ firstSeq: 100 })).toBe(BEHIND)
    expect(judge({ firstSeq: 260 })).toBe(TENURE)
  })

  test('of another boot, until it says so', () => {
    const { certainty, judge } = taught()
    expect(judge({ boot: 2 })).toBe(UNSURE)
    expect(judge({ boot: 2, firstSeq: 60 })).toBe(UNSURE)
    certainty.learn([aLesson({ boot: 2, nextSeq: 60 })])
    expect(judge({ boot: 2, firstSeq: 60 })).toBe(BEHIND) // asked about before
    expect(judge({ boot: 2, firstSeq: 120 })).toBe(TENURE)
    expect(judge({ boot: 1, firstSeq: 5000 })).toBe(BEHIND)
    certainty.learn([aLesson({ boot: 1, nextSeq: 6000 })])
    expect(judge({ boot: 2, firstSeq: 180 })).toBe(TENURE)
  })

  test('from another meter, or of another tenure’s time', () => {
    expect(taught().judge({ firstSeq: 60, meter: 1 })).toBe(UNSURE)
    expect(taught({ fromS: NOON_S + 1 }).judge({ firstSeq: 60 })).toBe(UNSURE)
    expect(taught({ toS: NOON_S }).judge({ firstSeq: 60 })).toBe(UNSURE)
    expect(taught({ toS: NOON_S + 1 }).judge({ firstSeq: 60 })).toBe(TENURE)
  })

  test('that is thinned, has losses alone, or tells a time that cannot be', () => {
    expect(taught().judge({ firstSeq: 60, thinned: { periodS: 10, span: 600 } })).toBe(UNSURE)
    expect(taught().judge({ firstSeq: 60, count: 0, losses: [{ fromSeq: 60, count: 3, reason: 'crc' }] })).toBe(UNSURE)
    expect(taught().judge({ firstSeq: 60, startS: NOON_S + 10 * 86_400 })).toBe(UNSURE)
  })

  test('when a binding has changed', () => {
    const { certainty, judge } = taught()
    certainty.forget()
    expect(judge({ firstSeq: 60 })).toBe(UNSURE)
  })
})

describe('the store', () => {
  let t: TestStore
  let dongleId: string
  let boot = 0
  beforeEach(async () => {
    t = await openTestStore()
    ;({ dongleId } = await t.addDongle(1))
  })
  afterEach(() => t.close())

  /** One by one, by the rule: numbers that are stored once are never stored again. */
  function expectedOf(batches: Batch[]): string[] {
    const stored: Batch[] = []
    return batches.map(batch => {
      const beside = stored.find(
        one =>
          one.boot === batch.boot &&
          one.firstSeq < batch.firstSeq + batch.timeS.length &&
          batch.firstSeq < one.firstSeq + one.timeS.length,
      )
      if (beside === undefined) {
        stored.push(batch)
        return 'stored'
      }
      return JSON.stringify(beside) === JSON.stringify(batch) ? 'duplicate' : 'quarantined'
    })
  }

  test('tells what it would tell if everything came one by one, whatever comes together', async () => {
    const anyBatch = fc.record({
      boot: fc.integer({ min: 0, max: 1 }),
      firstSeq: fc.integer({ min: 0, max: 40 }).map(n => n * 5),
      count: fc.constantFrom(5, 5, 5, 10),
      addWh: fc.constantFrom(0, 0, 0, 0, 1),
    })
    const anyStream = fc.array(
      fc.record({
        group: fc.array(anyBatch, { minLength: 1, maxLength: 4 }),
        isForgotten: fc.constantFrom(true, false, false, false, false, false),
      }),
      { maxLength: 25 },
    )
    await fc.assert(
      fc.asyncProperty(anyStream, async stream => {
        boot += 2
        const groups = stream.map(({ group }) =>
          group.map(wish => aBatch({ ...wish, boot: boot + wish.boot, startS: NOON_S + wish.firstSeq })),
        )
        const told: Promise<string[]>[] = []
        for (let i = 0; i < groups.length; i++) {
          // every second one joins what is under way
          const one = t.lazy.commit((groups[i] as Batch[]).map(batch => arrived(dongleId, batch, NOW_MS)))
          told.push(one.then(committed => committed.map(({ outcome }) => outcome.kind)))
          if (i % 2 === 1) await one
          if (stream[i]?.isForgotten) t.lazy.forget()
        }
        expect((await Promise.all(told)).flat()).toEqual(expectedOf(groups.flat()))
      }),
      { numRuns: 60 },
    )
  })
})
