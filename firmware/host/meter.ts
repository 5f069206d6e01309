// A Reading → the telegram that a meter of a given model prints, checksum right, for the simulated households behind the virtual
// dongle, for tests and benchmarks. Lines, order and number formats follow eMUCS-P1 1.3 (Flanders, Brussels, Wallonia), DSMR
// 5.0.2 and Luxembourg's E-Meter P1 1.1.3; identities are invented here and belong to no real meter.

import type { Reading } from '../../shared/reading/reading.ts'
import { crc16Wide } from '../../shared/telegram/crc16-wide.ts'
import type { MonthPeak } from '../../shared/telegram/telegram-fields.ts'
import { timestampText } from '../../shared/telegram/timestamp.ts'

/**
 * fluvius: Flanders, e-MUCS 1.7 (50217), voltages, currents and per-phase powers where the reading has them. sibelga-s210 and
 * sibelga-t210d: Brussels, one and three phases, blank version, kVA limiter, two-value fuse line; they never print voltages or
 * currents. iskra: Wallonia (ORES, RESA), month peak value first. dsmr5: the Netherlands. luxembourg: totals only.
 */
export type MeterModel = 'fluvius' | 'sibelga-s210' | 'sibelga-t210d' | 'iskra' | 'dsmr5' | 'luxembourg'

export interface MeterOptions {
  /** ASCII, as decoded; each model has one of its own. */
  serial?: string
  /** Oldest first, at most 13; printed by models that keep one. */
  history?: MonthPeak[]
  textMessage?: string
}

interface Model {
  header: string
  serial: string
  lines(reading: Reading, options: MeterOptions, serial: string): string[]
}

const BLANK_VERSION = '20'.repeat(48)
const GAS_SERIAL = '7TST0000000001'
const WATER_SERIAL = '8TST0000000002'

const MODELS: { [model in MeterModel]: Model } = {
  fluvius: { header: 'FLU5\\253769484_A', serial: '1TST0000000217', lines: fluviusLines },
  'sibelga-s210': { header: 'SIB5\\353769485_A', serial: '1TST0000000210', lines: sibelgaLines },
  'sibelga-t210d': { header: 'SIB5\\253769486_A', serial: '1TST0000000211', lines: sibelgaLines },
  iskra: { header: 'ISK5\\2TST-MT382', serial: '1TST0000000382', lines: iskraLines },
  dsmr5: { header: 'TST5\\2DSMR-5.0', serial: 'E0000000000000050', lines: dsmrLines },
  luxembourg: { header: 'Lux5\\253694471_M', serial: 'TST1030700000042', lines: luxembourgLines },
}

/** The whole telegram as Latin-1 text, '/' … checksum and CRLF. `reading.timeS` is the meter's clock; absent values print no line. */
export function telegramText(model: MeterModel, reading: Reading, options: MeterOptions = {}): string {
  const { header, serial, lines } = MODELS[model]
  const all = [`/${header}`, '', ...lines(reading, options, options.serial ?? serial)]
  return withChecksum(`${all.join('\r\n')}\r\n!`)
}

/** The same as bytes. @public */
export function telegramBytes(model: MeterModel, reading: Reading, options: MeterOptions = {}): Uint8Array {
  return Buffer.from(telegramText(model, reading, options), 'latin1')
}

/** Puts the right checksum and CRLF behind a text that ends in '!'. */
export function withChecksum(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  const crc = crc16Wide(bytes, 0, bytes.length)
  return `${text}${crc.toString(16).toUpperCase().padStart(4, '0')}\r\n`
}

function fluviusLines(reading: Reading, options: MeterOptions, serial: string): string[] {
  return [
    '0-0:96.1.4(50217)',
    `0-0:96.1.1(${hexOf(serial)})`,
    `0-0:1.0.0(${timestampText(reading.timeS)})`,
    ...registerLines(reading),
    tariffLine(reading),
    number('1-0:1.4.0', reading.quarterAvgOfftakeW, 3, 5, 'kW'),
    peakLine(reading),
    historyLine(options.history),
    ...powerLines(reading),
    ...phasePowerLines(reading),
    ...voltageLines(reading),
    number('1-0:31.7.0', reading.currentL1cA, 2, 5, 'A'),
    number('1-0:51.7.0', reading.currentL2cA, 2, 5, 'A'),
    number('1-0:71.7.0', reading.currentL3cA, 2, 5, 'A'),
    '0-0:96.3.10(1)',
    '0-0:17.0.0(999.9*kW)',
    '1-0:31.4.0(999*A)',
    `0-0:96.13.0(${hexOf(options.textMessage ?? '')})`,
    ...mbusLines(reading, '24.2.3', '96.1.1'),
  ].filter(line => line !== '')
}

function sibelgaLines(reading: Reading, options: MeterOptions, serial: string): string[] {
  return [
    `0-0:96.1.1(${hexOf(serial)})`,
    `0-0:1.0.0(${timestampText(reading.timeS)})`,
    `0-0:96.1.4(${BLANK_VERSION})`,
    tariffLine(reading),
    ...registerLines(reading),
    ...powerLines(reading),
    '0-0:17.0.0(14.950*kVA)',
    '1-1:31.4.0(65.0*A,-65.0*A)',
    '0-0:96.3.10(1)',
    `0-0:96.13.0(${hexOf(options.textMessage ?? '')})`,
    ...mbusLines(reading, '24.2.3', '96.1.1'),
  ].filter(line => line !== '')
}

function iskraLines(reading: Reading, options: MeterOptions, serial: string): string[] {
  const peak = reading.monthPeakOfftakeW
  const peakTime = reading.monthPeakAtS === undefined ? '' : timestampText(reading.monthPeakAtS).slice(0, 12)
  return [
    '0-0:96.1.4(3231313130)',
    `0-0:96.1.1(${hexOf(serial)})`,
    `0-0:1.0.0(${timestampText(reading.timeS)})`,
    ...registerLines(reading),
    tariffLine(reading),
    number('1-0:1.4.0', reading.quarterAvgOfftakeW, 3, 5, 'kW'),
    peak === undefined ? '' : `1-0:1.6.0(${decimal(peak, 3, 5)}*kW)(${peakTime})`,
    ...powerLines(reading),
    ...phasePowerLines(reading),
    '0-0:96.3.10(1)',
    '0-0:17.0.0(999.9*kVA)',
    '1-0:31.4.0(999*A)',
    `0-0:96.13.0(${hexOf(options.textMessage ?? '')})`,
    ...mbusLines(reading, '24.2.3', '96.1.1'),
  ].filter(line => line !== '')
}

function dsmrLines(reading: Reading, options: MeterOptions, serial: string): string[] {
  const wholeAmps = (cA: number | undefined) => (cA === undefined ? undefined : Math.round(cA / 100))
  return [
    '1-3:0.2.8(50)',
    `0-0:1.0.0(${timestampText(reading.timeS)})`,
    `0-0:96.1.1(${hexOf(serial)})`,
    ...registerLines(reading),
    tariffLine(reading),
    ...powerLines(reading),
    '0-0:96.7.21(00004)',
    '0-0:96.7.9(00002)',
    '1-0:99.97.0()',
    '1-0:32.32.0(00001)',
    '1-0:32.36.0(00000)',
    `0-0:96.13.0(${hexOf(options.textMessage ?? '')})`,
    ...voltageLines(reading),
    number('1-0:31.7.0', wholeAmps(reading.currentL1cA), 0, 3, 'A'),
    number('1-0:51.7.0', wholeAmps(reading.currentL2cA), 0, 3, 'A'),
    number('1-0:71.7.0', wholeAmps(reading.currentL3cA), 0, 3, 'A'),
    ...phasePowerLines(reading),
    ...mbusLines(reading, '24.2.1', '96.1.0'),
  ].filter(line => line !== '')
}

function luxembourgLines(reading: Reading, options: MeterOptions, serial: string): string[] {
  const offtakeWh = reading.offtakeWh ?? sum(reading.offtakeT1Wh, reading.offtakeT2Wh)
  const injectionWh = reading.injectionWh ?? sum(reading.injectionT1Wh, reading.injectionT2Wh)
  return [
    '1-3:0.2.8(42)',
    `0-0:1.0.0(${timestampText(reading.timeS)})`,
    `0-0:42.0.0(${hexOf(serial)})`,
    number('1-0:1.8.0', offtakeWh, 3, 9, 'kWh'),
    number('1-0:2.8.0', injectionWh, 3, 9, 'kWh'),
    '1-0:3.8.0(000000.835*kvarh)',
    '1-0:4.8.0(000063.781*kvarh)',
    ...powerLines(reading),
    '1-0:3.7.0(00.000*kvar)',
    '1-0:4.7.0(00.000*kvar)',
    '0-0:17.0.0(069.0*kVA)',
    '1-1:31.4.0(100*A)(-063*A)',
    '0-0:96.3.10(1)',
    `0-0:96.13.0(${hexOf(options.textMessage ?? '')})`,
    ...voltageLines(reading),
    ...phasePowerLines(reading),
    ...mbusLines(reading, '24.2.1', '96.1.0'),
  ].filter(line => line !== '')
}

function registerLines(reading: Reading): string[] {
  return [
    number('1-0:1.8.1', reading.offtakeT1Wh, 3, 9, 'kWh'),
    number('1-0:1.8.2', reading.offtakeT2Wh, 3, 9, 'kWh'),
    number('1-0:2.8.1', reading.injectionT1Wh, 3, 9, 'kWh'),
    number('1-0:2.8.2', reading.injectionT2Wh, 3, 9, 'kWh'),
  ]
}

function powerLines(reading: Reading): string[] {
  return [number('1-0:1.7.0', reading.offtakeW, 3, 5, 'kW'), number('1-0:2.7.0', reading.injectionW, 3, 5, 'kW')]
}

function phasePowerLines(reading: Reading): string[] {
  return [
    number('1-0:21.7.0', reading.offtakeL1W, 3, 5, 'kW'),
    number('1-0:41.7.0', reading.offtakeL2W, 3, 5, 'kW'),
    number('1-0:61.7.0', reading.offtakeL3W, 3, 5, 'kW'),
    number('1-0:22.7.0', reading.injectionL1W, 3, 5, 'kW'),
    number('1-0:42.7.0', reading.injectionL2W, 3, 5, 'kW'),
    number('1-0:62.7.0', reading.injectionL3W, 3, 5, 'kW'),
  ]
}

function voltageLines(reading: Reading): string[] {
  return [
    number('1-0:32.7.0', reading.voltageL1dV, 1, 4, 'V'),
    number('1-0:52.7.0', reading.voltageL2dV, 1, 4, 'V'),
    number('1-0:72.7.0', reading.voltageL3dV, 1, 4, 'V'),
  ]
}

function tariffLine(reading: Reading): string {
  return reading.tariff === undefined ? '' : `0-0:96.14.0(${String(reading.tariff).padStart(4, '0')})`
}

function peakLine(reading: Reading): string {
  if (reading.monthPeakOfftakeW === undefined) return ''
  return `1-0:1.6.0(${time(reading.monthPeakAtS)})(${decimal(reading.monthPeakOfftakeW, 3, 5)}*kW)`
}

function historyLine(history: MonthPeak[] | undefined): string {
  if (history === undefined) return ''
  const rows = history.map(
    row => `(${time(row.monthEndAtS)})(${time(row.peakAtS)})(${decimal(row.peakW ?? 0, 3, 5)}*kW)`,
  )
  return `0-0:98.1.0(${history.length})(1-0:1.6.0)(1-0:1.6.0)${rows.length === 0 ? '()' : rows.join('')}`
}

/** Gas on channel 1, water on 2, heat on 3, each where the reading has it. */
function mbusLines(reading: Reading, gasCode: string, serialCode: string): string[] {
  const lines: string[] = []
  if (reading.gasDm3 !== undefined) {
    lines.push('0-1:24.1.0(003)', `0-1:${serialCode}(${hexOf(GAS_SERIAL)})`, '0-1:24.4.0(1)')
    lines.push(`0-1:${gasCode}(${time(reading.gasAtS)})(${decimal(reading.gasDm3, 3, 8)}*m3)`)
  }
  if (reading.waterDm3 !== undefined) {
    lines.push('0-2:24.1.0(007)', `0-2:${serialCode}(${hexOf(WATER_SERIAL)})`)
    lines.push(`0-2:24.2.1(${time(reading.waterAtS)})(${decimal(reading.waterDm3, 3, 8)}*m3)`)
  }
  if (reading.heatMJ !== undefined) {
    lines.push('0-3:24.1.0(012)', `0-3:24.2.1(${time(reading.heatAtS)})(${decimal(reading.heatMJ, 3, 8)}*GJ)`)
  }
  return lines
}

function time(timeS: number | undefined): string {
  return timeS === undefined ? '632525252525W' : timestampText(timeS)
}

function number(code: string, value: number | undefined, decimals: number, digits: number, unit: string): string {
  return value === undefined ? '' : `${code}(${decimal(value, decimals, digits)}*${unit})`
}

/** `value` as `digits` digits of which `decimals` follow the point: 9087306, 3, 9 gives 009087.306. */
function decimal(value: number, decimals: number, digits: number): string {
  const text = String(value).padStart(digits, '0')
  return decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b
}

function hexOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex').toUpperCase()
}
