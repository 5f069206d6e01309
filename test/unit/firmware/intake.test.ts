// Readouts through intake and keeper into a real ring on NOR flash: what becomes a reading, what a loss, and what the next
// boot still knows after the power went.

import { describe, expect, test } from 'vitest'
import { createClock } from '../../../firmware/clock.ts'
import { PLAIN_NATIVES } from '../../../firmware/host/natives.ts'
import {
  AWAY_TELEGRAMS,
  createIntake,
  type Intake,
  missedBetween,
  stepIntake,
  takeLoss,
  takeReadout,
} from '../../../firmware/intake.ts'
import { openJournal } from '../../../firmware/journal.ts'
import { createKeeper, keepAll, keepOldLosses } from '../../../firmware/keeper.ts'
import { type Batch, spanOf } from '../../../shared/batch/batch.ts'
import { decodeBatch } from '../../../shared/batch/decode.ts'
import { createBatcher } from '../../../shared/session/batcher.ts'
import { nextNewer, openRing, type Ring } from '../../../shared/session/ring.ts'
import { crc16 } from '../../../shared/telegram/crc16.ts'
import { NO_CHECKSUM } from '../../../shared/telegram/readout.ts'
import type { TextReadout } from '../../../shared/telegram/scan.ts'
import { timestampText } from '../../../shared/telegram/timestamp.ts'
import { plainDrawOver } from '../../support/draw-over.ts'
import { keepClosed } from '../../support/keep-closed.ts'
import { CUT_MOMENTS, createNor, type NorModel } from '../../support/nor.ts'
import { latin1 } from '../../support/telegrams.ts'

/** Gives the port's readout of a text to the intake and does what the dongle does in the turns after. */
function takeText(intake: Intake, text: string, checksum: 'ok' | 'absent' | 'mismatch' = 'ok'): void {
  const end = text.lastIndexOf('!') + 1
  const crc = crc16(latin1(text.slice(0, end)))
  const expected = checksum === 'absent' ? NO_CHECKSUM : checksum === 'ok' ? crc : crc ^ 1
  takeReadout(intake, intake.clock.nowMs(), { text, end, expected }, false)
  while (stepIntake(intake)) {}
  keepClosed(intake.keeper)
}

function readout(second: number, changes: { clock?: string; serial?: string; power?: string } = {}): string {
  const two = String(second % 60).padStart(2, '0')
  const minute = String(Math.floor(second / 60)).padStart(2, '0')
  const clock = changes.clock ?? `26080112${minute}${two}S`
  return [
    '/FLU5\\253770234_A',
    '',
    // an empty pair of brackets is no serial
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
  const ring = openRing(flashes.ring, [])
  const { journal, unkept } = openJournal(flashes.journal, boot)
  const keeper = createKeeper(ring, createBatcher(boot, 10_000, 60), journal)
  const intake = createIntake(
    keeper,
    createClock(() => time.seconds),
    PLAIN_NATIVES,
    plainDrawOver,
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
    intake.awayFor = AWAY_TELEGRAMS
    take(7)
    take(9) // the meter's own skip: nothing of ours
    keepAll(keeper)
    expect(batchesIn(ring).flatMap(batch => batch.losses)).toEqual([{ fromSeq: 3, count: 4, reason: 'busy' }])
    expect(intake.lost).toBe(4)
  })

  test('counts a gap that comes behind what the port had buffered (issue 3)', () => {
    const { ring, take, intake, keeper } = aDongle()
    take(0, 1, 2)
    intake.awayFor = AWAY_TELEGRAMS
    take(3, 4, 5, 6) // came while the interpreter stood still, before the buffers were full
    take(57)
    keepAll(keeper)
    expect(batchesIn(ring).flatMap(batch => batch.losses)).toEqual([{ fromSeq: 7, count: 50, reason: 'busy' }])
  })

  test('counts by the period of the meter, and nothing where nothing can be known', () => {
    expect(missedBetween(5, 1)).toBe(4)
    expect(missedBetween(40, 10)).toBe(3)
    expect(missedBetween(1, 1)).toBe(0)
    expect(missedBetween(5, 0)).toBe(0)
    expect(missedBetween(86400, 1)).toBe(0)
  })
})

test('a wrong checksum is a loss and counted as one, in the window of the port too', () => {
  const { ring, intake, keeper } = aDongle()
  takeText(intake, readout(1), 'mismatch')
  takeText(intake, readout(2))
  takeText(intake, readout(3), 'mismatch')
  keepAll(keeper)
  expect(batchesIn(ring)[0]?.losses.map(loss => [loss.fromSeq, loss.reason])).toEqual([
    [0, 'crc'],
    [2, 'crc'],
  ])
  const { ok, mismatch, absent } = intake.counters
  expect([ok, mismatch, absent, intake.telegramsOk, intake.telegramsBad]).toEqual([1, 2, 0, 1, 2])
})

/** The port's readout of a text with a right checksum. */
function aReadout(text: string): TextReadout {
  const end = text.lastIndexOf('!') + 1
  return { text, end, expected: crc16(latin1(text.slice(0, end))) }
}

describe('a readout that comes while the one before is on its way', () => {
  test('waits for its turn, is of the moment in which it came, and neither is lost', () => {
    const { ring, intake, keeper, time } = aDongle()
    for (let second = 0; second < 5; second++) {
      time.seconds = second
      takeReadout(intake, intake.clock.nowMs(), aReadout(readout(second)), false)
      // nothing is read in the turn in which it comes
      expect(intake.telegramsOk).toBe(0)
      stepIntake(intake)
    }
    time.seconds = 60
    const readAt = []
    for (let before = 0; stepIntake(intake); before = intake.telegramsOk)
      if (intake.telegramsOk > before) readAt.push(intake.telegramsOk - before)
    expect(readAt).toEqual([1, 1, 1, 1, 1])
    expect(keeper.batcher.noticedMs).toBe(4000)
    keepAll(keeper)
    expect(batchesIn(ring).map(batch => Array.from(batch.timeS, timeS => timeS - 1785578400))).toEqual([
      [0, 1, 2, 3, 4],
    ])
  })

  test('is no guess: what looks like one is refused until the way is done', () => {
    const { intake, time, take } = aDongle()
    take(0)
    takeReadout(intake, intake.clock.nowMs(), aReadout(readout(1, { serial: 'another' })), false)
    expect(takeReadout(intake, intake.clock.nowMs(), aReadout(readout(2, { serial: 'another' })), true)).toBe(false)
    expect(intake.telegramsOk).toBe(1)
    while (stepIntake(intake)) {}
    time.seconds = 2
    expect(takeReadout(intake, intake.clock.nowMs(), aReadout(readout(2, { serial: 'another' })), true)).toBe(true)
    expect(intake.telegramsOk).toBe(3)
  })

  test('with no room for it those before are done with at once: memory is bounded and nothing is lost', () => {
    const { ring, intake, keeper } = aDongle()
    const long = (second: number) => readout(second).replace('\r\n!', `\r\n0-0:96.13.0(${'30'.repeat(450)})\r\n!`)
    for (let second = 0; second < 9; second++) {
      takeReadout(intake, intake.clock.nowMs(), aReadout(long(second)), false)
      stepIntake(intake)
      expect(intake.waiting.reduce((sum, one) => sum + one.text.length, 0)).toBeLessThan(4500)
    }
    expect(intake.telegramsOk).toBeGreaterThan(0)
    while (stepIntake(intake)) {}
    keepAll(keeper)
    expect(batchesIn(ring).map(batch => [batch.timeS.length, batch.losses.length])).toEqual([[9, 0]])
  })
})

test('another meter gets another number, the first one its own again', () => {
  const { ring, intake, keeper } = aDongle()
  for (const serial of ['A', 'B', 'A']) takeText(intake, readout(0, { serial }))
  keepAll(keeper)
  expect(batchesIn(ring).map(batch => batch.meter)).toEqual([0, 1, 0])
})

describe('a meter that was changed while the dongle was off', () => {
  const meterOf = (flashes: { ring: NorModel; journal: NorModel }, boot: number, serial: string): number => {
    const { intake, keeper, ring } = aDongle(flashes, boot)
    takeText(intake, readout(0, { serial }))
    keepAll(keeper)
    return batchesIn(ring).at(-1)?.meter as number
  }

  test('has the next number, and keeps it over further boots', () => {
    const flashes = { ring: createNor(8), journal: createNor(2) }
    expect(['A', 'A', 'B', 'B', 'C', 'C'].map((serial, i) => meterOf(flashes, i + 1, serial))).toEqual([
      0, 0, 1, 1, 2, 2,
    ])
  })

  test('no number is given twice to different meters, however many sectors the journal has gone through', () => {
    const flashes = { ring: createNor(8), journal: createNor(2) }
    expect(meterOf(flashes, 1, 'A')).toBe(0)
    const { intake } = aDongle(flashes, 2)
    for (let i = 0; i < 3 * 64 * 192; i++) {
      takeLoss(intake, 1, 'crc')
      keepClosed(intake.keeper)
    }
    expect(meterOf(flashes, 3, 'A')).toBe(0)
    expect(meterOf(flashes, 4, 'B')).toBe(1)
  })

  test.each(CUT_MOMENTS)('a power cut %s any write of the change leaves a boot that counts on', moment => {
    for (let at = 1; at < 12; at++) {
      const flashes = { ring: createNor(8), journal: createNor(2) }
      expect(meterOf(flashes, 1, 'A')).toBe(0)
      flashes.journal.cutAt(at, moment)
      try {
        meterOf(flashes, 2, 'B')
      } catch {
        // the power went
      }
      flashes.journal.cutAt(0, moment)
      expect(meterOf(flashes, 3, 'B')).toBe(1)
      expect(meterOf(flashes, 4, 'B')).toBe(1)
      expect(meterOf(flashes, 5, 'A')).toBe(2)
    }
  })

  test('nothing of the serial itself is in flash', () => {
    const flashes = { ring: createNor(8), journal: createNor(2) }
    meterOf(flashes, 1, '1SAG0000000001')
    expect(Buffer.from(flashes.journal.cells).includes('1SAG')).toBe(false)
  })

  test('a telegram without a serial belongs to the last meter met', () => {
    const flashes = { ring: createNor(8), journal: createNor(2) }
    meterOf(flashes, 1, 'A')
    meterOf(flashes, 2, 'B')
    expect(meterOf(flashes, 3, '')).toBe(1)
  })
})

describe('clock trouble', () => {
  const AT_S = 1785578400 // readout(0)
  const timesOf = (ring: Ring) => batchesIn(ring).flatMap(batch => Array.from(batch.timeS))

  test('a clock at 2000, one a month behind and none at all: the readings come with the time of the gateway, and it is said', () => {
    for (const clock of ['000101000000W', '260701120000S', '']) {
      const { ring, intake, keeper } = aDongle()
      intake.clock.learn(AT_S)
      takeText(intake, readout(0, { clock }))
      keepAll(keeper)
      expect([clock, intake.isClockWrong, timesOf(ring)]).toEqual([clock, true, [AT_S]])
    }
  })

  test('before the gateway spoke, a reading without a time goes on from the last one', () => {
    const { ring, intake, time, keeper, take } = aDongle()
    take(0, 1)
    time.seconds = 3
    takeText(intake, readout(3, { clock: '000101000000W' }))
    keepAll(keeper)
    expect(timesOf(ring)).toEqual([AT_S, AT_S + 1, AT_S + 3])
  })

  test('a clock that jumps an hour back and forth keeps every reading', () => {
    const { ring, intake, keeper } = aDongle()
    for (const second of [0, 1, 2, -3597, -3596, 5, 6, 3607, 8]) {
      takeText(intake, readout(Math.max(0, second), { clock: timestampText(AT_S + second) }))
    }
    keepAll(keeper)
    expect(timesOf(ring)).toEqual([0, 1, 2, -3597, -3596, 5, 6, 3607, 8].map(second => AT_S + second))
    expect(batchesIn(ring).flatMap(batch => batch.losses)).toEqual([])
  })

  /** Telegrams every 20 minutes, the clock printed as local time; `hasSeason` with S or W. */
  function localHours(fromS: number, hasSeason: boolean): number[] {
    const { ring, intake, time, keeper } = aDongle()
    intake.clock.learn(fromS)
    for (let i = 0; i < 15; i++) {
      time.seconds = i * 1200
      const clock = timestampText(fromS + i * 1200)
      takeText(intake, readout(0, { clock: hasSeason ? clock : clock.slice(0, 12) }))
      keepAll(keeper)
    }
    return timesOf(ring)
  }
  const OCTOBER_S = Date.UTC(2026, 9, 24, 23) / 1000
  const MARCH_S = Date.UTC(2027, 2, 27, 23) / 1000
  test.each([
    ['both hours of the end of summer time', OCTOBER_S, true],
    ['both hours of the end of summer time, of a meter that prints no season', OCTOBER_S, false],
    ['the missing hour in March', MARCH_S, true],
    ['the missing hour in March, of a meter that prints no season', MARCH_S, false],
  ])('%s: each reading at its own moment', (_, fromS, hasSeason) => {
    expect(localHours(fromS, hasSeason)).toEqual(Array.from({ length: 15 }, (_, i) => fromS + i * 1200))
  })
})

test('sequence numbers and counters go on where 32 bits end for others', () => {
  const { ring, intake, keeper, take } = aDongle()
  keeper.batcher.nextSeq = 4294967280
  keeper.journal.noticed = keeper.batcher.nextSeq
  keeper.journal.base = keeper.batcher.nextSeq
  intake.lost = 2147483647
  take(...upTo(9))
  takeLoss(intake, 1, 'crc')
  keepAll(keeper)
  expect(batchesIn(ring).map(batch => [batch.firstSeq, spanOf(batch)])).toEqual([[4294967280, 10]])
  expect(intake.lost).toBe(2147483648)
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
