// Readouts through intake and keeper into a real ring on NOR flash: what becomes a reading, what a loss, and what the next
// boot still knows after the power went.

import { describe, expect, test } from 'vitest'
import { createClock } from '../../../firmware/clock.ts'
import {
  createIntake,
  type Intake,
  missedBetween,
  stepIntake,
  takeLoss,
  takeReadout,
} from '../../../firmware/intake.ts'
import { openJournal } from '../../../firmware/journal.ts'
import { createKeeper, keepAll, keepOldLosses, stepKeeper } from '../../../firmware/keeper.ts'
import { type Batch, spanOf } from '../../../shared/batch/batch.ts'
import { decodeBatch } from '../../../shared/batch/decode.ts'
import { createBatcher } from '../../../shared/session/batcher.ts'
import { nextNewer, openRing, type Ring } from '../../../shared/session/ring.ts'
import { crc16 } from '../../../shared/telegram/crc16.ts'
import { NO_CHECKSUM } from '../../../shared/telegram/readout.ts'
import { createNor, type NorModel } from '../../support/nor.ts'
import { latin1 } from '../../support/telegrams.ts'

/** Gives the port's readout of a text to the intake and does what the dongle does in the turns after. */
function takeText(intake: Intake, text: string, checksum: 'ok' | 'absent' | 'mismatch' = 'ok'): void {
  const end = text.lastIndexOf('!') + 1
  const crc = crc16(latin1(text.slice(0, end)))
  takeReadout(intake, { text, end, expected: checksum === 'absent' ? NO_CHECKSUM : checksum === 'ok' ? crc : crc ^ 1 })
  while (stepIntake(intake)) {}
  while (intake.keeper.closed.length > 0) stepKeeper(intake.keeper)
}

function readout(second: number, changes: { clock?: string; serial?: string; power?: string } = {}): string {
  const two = String(second % 60).padStart(2, '0')
  const minute = String(Math.floor(second / 60)).padStart(2, '0')
  const clock = changes.clock ?? `26080112${minute}${two}S`
  return [
    '/FLU5\\253770234_A',
    '',
    `0-0:96.1.1(${Buffer.from(changes.serial ?? '1SAG0000000001').toString('hex')})`,
    `0-0:1.0.0(${clock})`,
    '1-0:1.8.1(000123.456*kWh)',
    `1-0:1.7.0(${changes.power ?? '00.500'}*kW)`,
    '!0000',
  ].join('\r\n')
}

function batchesIn(ring: Ring): Batch[] {
  const batches: Batch[] = []
  for (let record = nextNewer(ring, -1); record; record = nextNewer(ring, record.place)) {
    const decoded = decodeBatch(record.bytes)
    if (!decoded.ok) throw new Error(decoded.fault.code)
    batches.push(decoded.value)
  }
  return batches
}

function aDongle(
  flashes: { ring: NorModel; journal: NorModel } = { ring: createNor(8), journal: createNor(2) },
  boot = 1,
) {
  const time = { seconds: 0 }
  const ring = openRing(flashes.ring)
  const { journal, unkept } = openJournal(flashes.journal, boot)
  const keeper = createKeeper(ring, createBatcher(boot, 10_000, 60), journal)
  const intake = createIntake(
    keeper,
    createClock(() => time.seconds),
    latin1,
  )
  /** One telegram per second of `seconds`. */
  const take = (...seconds: number[]) => {
    for (const second of seconds) {
      time.seconds = second
      takeText(intake, readout(second))
    }
  }
  return { flashes, ring, keeper, intake, unkept, time, take }
}
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

test('a telegram a second becomes a batch every ten seconds, and nothing is lost', () => {
  const { ring, take, keeper } = aDongle()
  take(...upTo(25))
  keepAll(keeper)
  const batches = batchesIn(ring)
  expect(batches.map(batch => [batch.firstSeq, spanOf(batch)])).toEqual([
    [0, 10],
    [10, 10],
    [20, 5],
  ])
  expect(batches.every(batch => batch.losses.length === 0)).toBe(true)
  expect(Array.from(batches[0]?.timeS ?? []).slice(0, 2)).toEqual([1785578400, 1785578401])
})

test('a readout without registers and powers is a loss: malformed', () => {
  const { ring, intake, keeper } = aDongle()
  takeText(intake, '/FLU5\r\n\r\n0-0:1.0.0(260801120000S)\r\n!0000')
  keepAll(keeper)
  expect(batchesIn(ring)[0]?.losses).toEqual([{ fromSeq: 0, count: 1, reason: 'malformed' }])
})

test('without a checksum only a meter that prints no version is believed: a newer one has lost its end', () => {
  const { ring, intake, keeper } = aDongle()
  takeText(intake, readout(1), 'absent')
  takeText(intake, readout(2).replace('0-0:1.0.0', '0-0:96.1.4(50217)\r\n0-0:1.0.0'), 'absent')
  keepAll(keeper)
  const [batch] = batchesIn(ring)
  expect(batch?.timeS.length).toBe(1)
  expect(batch?.losses).toEqual([{ fromSeq: 1, count: 1, reason: 'crc' }])
})

describe('what was missed while the interpreter was away', () => {
  test("is the gap in the meter's clock, as a loss: busy", () => {
    const { ring, take, intake, keeper } = aDongle()
    take(0, 1, 2)
    intake.wasAway = true
    take(7)
    take(9) // the meter's own skip: nothing of ours
    keepAll(keeper)
    expect(batchesIn(ring).flatMap(batch => batch.losses)).toEqual([{ fromSeq: 3, count: 4, reason: 'busy' }])
    expect(intake.lost).toBe(4)
  })

  test('counts by the period of the meter, and nothing where nothing can be known', () => {
    expect(missedBetween(5, 1)).toBe(4)
    expect(missedBetween(40, 10)).toBe(3)
    expect(missedBetween(1, 1)).toBe(0)
    expect(missedBetween(5, 0)).toBe(0)
    expect(missedBetween(86400, 1)).toBe(0)
  })
})

test('another meter gets another number, the first one its own again', () => {
  const { ring, intake, keeper } = aDongle()
  for (const serial of ['A', 'B', 'A']) takeText(intake, readout(0, { serial }))
  keepAll(keeper)
  expect(batchesIn(ring).map(batch => batch.meter)).toEqual([0, 1, 0])
})

test('after a power cut the next boot reports exactly what was in memory only', () => {
  const before = aDongle()
  before.take(...upTo(10))
  takeLoss(before.intake, 1, 'crc')
  before.take(11, 12, 13)
  const after = aDongle(before.flashes, 2)
  expect(keepOldLosses(after.keeper, after.unkept)).toBe(4)
  expect(batchesIn(after.ring).map(batch => [batch.boot, batch.firstSeq, spanOf(batch), batch.losses])).toEqual([
    [1, 0, 10, []],
    [1, 10, 4, [{ fromSeq: 10, count: 4, reason: 'power' }]],
  ])
  const third = aDongle(before.flashes, 3)
  expect(third.unkept).toEqual([])
})

test('a record that reached the ring just before the cut is not reported as lost', () => {
  const before = aDongle()
  before.take(...upTo(10))
  const record = nextNewer(before.ring, -1)
  const { ring, keeper } = aDongle({ ring: before.flashes.ring, journal: createNor(2) }, 2)
  // the journal of a boot whose mark for these ten was cut off
  expect(record).toBeDefined()
  expect(keepOldLosses(keeper, [{ boot: 1, kept: 0, noticed: 12 }])).toBe(2)
  expect(batchesIn(ring).at(-1)?.losses).toEqual([{ fromSeq: 10, count: 2, reason: 'power' }])
})

test('when the flash refuses a record, its readings become a loss: flash', () => {
  const { ring, intake, flashes, time, keeper } = aDongle()
  for (let second = 0; second < 9; second++) {
    time.seconds = second
    // powers without a pattern make a record that is much longer than one that only says what is lost
    takeText(intake, readout(second, { power: `${10 + ((second * 37) % 89)}.${100 + ((second * 611) % 899)}` }))
  }
  const write = flashes.ring.write
  let refused = 0
  flashes.ring.write = (at, bytes) => (bytes.length > 60 ? refused++ : write(at, bytes))
  keepAll(keeper)
  expect(refused).toBe(2) // the ring tries twice
  expect(batchesIn(ring).map(batch => [batch.firstSeq, batch.timeS.length, batch.losses])).toEqual([
    [0, 0, [{ fromSeq: 0, count: 9, reason: 'flash' }]],
  ])
})
