// When hours are written makes no difference to what is in their rows; who is in use is written once a transaction. On SQLite in memory.

import { createSecretKey } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { DAY_S, DAY_SLOTS, HOUR_QUARTERS, HOUR_S, HOUR_SLOTS } from '../../../backend/store/rollup.ts'
import { decodeSlots, type Slots } from '../../../backend/store/rollup-codec.ts'
import { createRollupWriter, openRollups, rowNo, rowStartS } from '../../../backend/store/rollup-writer.ts'
import { stepsOn } from '../../../backend/store/sqlite/run-steps.ts'
import type { Ask, Steps } from '../../../backend/store/steps.ts'
import fc from '../../support/given-cases.ts'
import { batchOf } from '../../support/scripted-dongle.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
/** Of an hour, and of a day. */
const START_S = 1_790_035_200

function writerUnderTest(hoursChangedMax?: number) {
  const db = new DatabaseSync(':memory:')
  db.exec(`CREATE TABLE rollupHour (no INTEGER PRIMARY KEY, settled INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
    CREATE TABLE rollupDay (no INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT`)
  const go = stepsOn(db)
  const asked: string[] = []
  function* noted<T>(steps: Steps<T>): Steps<T> {
    for (let step = steps.next(); ; ) {
      if (step.done) return step.value
      asked.push(`${step.value.sql.slice(0, 6)} ${step.value.values[0]}`)
      step = steps.next(yield step.value as Ask)
    }
  }
  const writer = createRollupWriter(hoursChangedMax)
  const slotsIn = (table: string, rowS: number, count: number): Map<number, Slots> => {
    const rows = db.prepare(`SELECT no, sealed FROM ${table} ORDER BY no`).all() as { no: number; sealed: Uint8Array }[]
    return new Map(rows.map(({ no, sealed }) => [no, decodeSlots(openRollups(key, sealed, rowS, no), count)]))
  }
  return {
    /** Ten readings from so many seconds after the start on. */
    add: (seriesNo: number, atS: number) => go(noted(writer.add(batchOf(1, 0, 10, START_S + atS), seriesNo, key))),
    flush: () => writer.flush().forEach(steps => void go(noted(steps))),
    /** Rows written since it was asked last, by number. */
    written: () => asked.splice(0).filter(ask => ask.startsWith('INSERT')),
    discard: writer.discard,
    hours: () => slotsIn('rollupHour', HOUR_S, HOUR_SLOTS),
    days: () => slotsIn('rollupDay', DAY_S, DAY_SLOTS),
  }
}

test('hours in use are written with the transaction, however many others come in between, and those once each', () => {
  const { add, flush, written } = writerUnderTest(4)
  for (let i = 0; i < 20; i++) {
    for (const inUse of [1, 2]) add(inUse, 10 * i)
    add(100 + i, 10 * i)
  }
  expect(written()).toHaveLength(18)
  flush()
  expect(new Set(written()).size).toBe(4)
})

test('rows are the same whenever hours are written, and whether they were kept open or not', () => {
  const moment = fc.record({
    seriesNo: fc.integer({ min: 1, max: 5 }),
    atS: fc.nat(3 * HOUR_S),
    ends: fc.constantFrom('not', 'transaction', 'forgotten'),
  })
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 60 }), fc.nat(5), (moments, most) => {
      const [bounded, unbounded] = [writerUnderTest(most), writerUnderTest(Number.POSITIVE_INFINITY)]
      for (const { seriesNo, atS, ends } of moments) {
        bounded.add(seriesNo, atS)
        unbounded.add(seriesNo, atS)
        if (ends !== 'not') bounded.flush()
        if (ends === 'forgotten') bounded.discard()
      }
      for (const { flush } of [bounded, unbounded]) flush()
      expect([...bounded.hours()]).toEqual([...unbounded.hours()])
      // quarters that are over are copied when hours are written: a day may have more of them, but never other ones
      for (const { hours, days } of [bounded, unbounded]) {
        const quarters = new Map([...hours()].flatMap(([no, slots]) => quartersOf(no, slots)))
        for (const [no, slots] of days()) {
          for (const [slot, bytes] of slots.entries())
            if (bytes !== undefined) expect(bytes).toEqual(quarters.get(`${no}|${slot}`))
        }
      }
    }),
  )
})

/** An hour's quarters by the day's row and slot. */
function quartersOf(no: number, slots: Slots): [string, Uint8Array | undefined][] {
  const startS = rowStartS(no, HOUR_S)
  const dayNo = rowNo(Math.floor(no / rowNo(1, 0, HOUR_S)), startS, DAY_S)
  const first = ((startS % DAY_S) / HOUR_S) * HOUR_QUARTERS
  return slots.slice(0, HOUR_QUARTERS).map((bytes, quarter) => [`${dayNo}|${first + quarter}`, bytes])
}
