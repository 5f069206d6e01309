import { describe, expect, test } from 'vitest'
import { type MeterModel, telegramBytes, telegramText } from '../../../firmware/host/meter.ts'
import { readingFromTelegram } from '../../../shared/reading/from-telegram.ts'
import type { Reading } from '../../../shared/reading/reading.ts'
import { parseTelegram } from '../../../shared/telegram/parse.ts'
import { framed } from '../../support/telegrams.ts'

const READING: Reading = {
  timeS: 1_768_498_205,
  offtakeT1Wh: 12_345_678,
  offtakeT2Wh: 9,
  injectionT1Wh: 999_999_999,
  injectionT2Wh: 0,
  offtakeW: 3210,
  injectionW: 0,
  tariff: 2,
  quarterAvgOfftakeW: 7,
  monthPeakOfftakeW: 5678,
  monthPeakAtS: 1_767_806_100,
  gasDm3: 112_384,
  gasAtS: 1_768_497_900,
  waterDm3: 1,
  waterAtS: 1_768_497_900,
  heatMJ: 2,
  heatAtS: 1_768_497_900,
  voltageL1dV: 2314,
  voltageL2dV: 0,
  voltageL3dV: 2301,
  currentL1cA: 476,
  currentL2cA: 0,
  currentL3cA: 12_345,
  offtakeL1W: 1,
  offtakeL2W: 2,
  offtakeL3W: 3,
  injectionL1W: 4,
  injectionL2W: 5,
  injectionL3W: 6,
}
const U_I = /^(voltage|current)/
const PHASES = /^(offtake|injection)L/
const PEAKS = /^(quarterAvg|monthPeak)/
const T1_T2 = /T[12]Wh$|^tariff$/

function readBack(model: MeterModel, reading: Reading): object {
  const { readouts } = framed(telegramBytes(model, reading))
  const result = readingFromTelegram(parseTelegram(readouts[0] as (typeof readouts)[0]))
  return result.ok ? result.value : result.fault
}

function without(...kinds: RegExp[]): object {
  return Object.fromEntries(Object.entries(READING).filter(([name]) => !kinds.some(kind => kind.test(name))))
}

describe('a reading through a meter and back', () => {
  test.each<[MeterModel, object]>([
    ['fluvius', READING],
    ['sibelga-s210', without(U_I, PHASES, PEAKS)],
    ['sibelga-t210d', without(U_I, PHASES, PEAKS)],
    ['iskra', without(U_I)],
    ['dsmr5', { ...without(PEAKS), currentL1cA: 500, currentL3cA: 12_300 }],
    ['luxembourg', { ...without(PEAKS, T1_T2, /^current/), offtakeWh: 12_345_687, injectionWh: 999_999_999 }],
  ])('%s prints what it can', (model, wanted) => {
    expect(readBack(model, READING)).toEqual(wanted)
  })

  test('what the reading has not gets no line', () => {
    expect(readBack('fluvius', { timeS: READING.timeS, offtakeW: 1 })).toEqual({ timeS: READING.timeS, offtakeW: 1 })
  })

  test('a Flemish telegram with three phases, gas and 13 peaks has the size of a real one', () => {
    const history = Array.from({ length: 13 }, (_, month) => ({
      monthEndAtS: READING.timeS - month,
      peakAtS: READING.timeS,
      peakW: 1,
    }))
    const { waterDm3: _, heatMJ: __, ...reading } = READING
    expect(telegramText('fluvius', reading, { history }).length).toBe(1370)
  })

  test('the serial and the message are for the caller to say', () => {
    const { readouts } = framed(telegramBytes('sibelga-s210', READING, { serial: '1TST9', textMessage: 'Hallo' }))
    const { fields } = parseTelegram(readouts[0] as (typeof readouts)[0])
    expect([fields.meterSerial, fields.textMessage]).toEqual(['1TST9', 'Hallo'])
  })
})
