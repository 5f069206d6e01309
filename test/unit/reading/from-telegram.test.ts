import { expect, test } from 'vitest'
import { withChecksum } from '../../../firmware/host/meter.ts'
import { readingFromTelegram } from '../../../shared/reading/from-telegram.ts'
import { parseTelegram } from '../../../shared/telegram/parse.ts'
import { framed, latin1 } from '../../support/telegrams.ts'

function read(text: string, arrivedAtS?: number): object {
  const [readout] = framed(latin1(text)).readouts
  const result = readingFromTelegram(parseTelegram(readout as NonNullable<typeof readout>), arrivedAtS)
  return result.ok ? result.value : result.fault
}

const CLOCK = '0-0:1.0.0(260715120000S)\r\n'
const POWER = '1-0:1.7.0(00.100*kW)\r\n'
const telegram = (lines: string) => withChecksum(`/TST5\r\n\r\n${lines}!`)

test('takes the fields of a reading, leaves the others and what is absent', () => {
  expect(read(telegram(`0-0:96.1.4(50217)\r\n${CLOCK}${POWER}0-0:96.3.10(1)\r\n`))).toEqual({
    timeS: 1_784_109_600,
    offtakeW: 100,
  })
})

test('a wrong checksum gives no reading', () => {
  expect(read(telegram(CLOCK + POWER).replace('100*', '900*'))).toEqual({ code: 'reading.untrusted' })
})

test('a checksum lost on the way gives no reading, one that the meter never prints does', () => {
  const bare = `${CLOCK}${POWER}!\r\n`
  expect(read(`/TST5\r\n\r\n0-0:96.1.4(50217)\r\n${bare}`)).toEqual({ code: 'reading.untrusted' })
  expect(read(`/TST5\r\n\r\n${bare}`)).toEqual({ timeS: 1_784_109_600, offtakeW: 100 })
})

test('a meter without a clock gives a reading only to a caller who knows the time', () => {
  const filler = '0-0:1.0.0(632525252525W)\r\n'
  for (const clock of ['', filler]) {
    expect(read(telegram(clock + POWER))).toEqual({ code: 'reading.no-time' })
    expect(read(telegram(clock + POWER), 1_784_000_000)).toEqual({ timeS: 1_784_000_000, offtakeW: 100 })
  }
})

test('a telegram without any value is no reading', () => {
  expect(read(telegram(CLOCK))).toEqual({ code: 'reading.empty' })
})
