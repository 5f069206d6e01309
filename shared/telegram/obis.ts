// The one table of objects: OBIS code, what it is called here, and the unit the specification prints (eMUCS-P1 1.3 chapter 3,
// DSMR 5.0.2 section 6.12, Luxembourg E-Meter P1 1.1.3, HAN H1 2.0). The first part is what a reading holds and is all the
// dongle carries; the second is for node. In codes of medium 1 the channel may be 0 or 1 on the meter. Where two codes fill
// one name, the first in the table wins. Espruino dialect; functions, so that the rows take no memory after use.

import { FIELD_NAMES } from '../reading/fields.ts'

/**
 * The third entry is a unit of number.ts ('' for a plain count), or how else to read it: time, text, ean, peak (time and number, in
 * either order), history (month peaks), limits (fuse; one or two values), limit (W, VA or A), raw (known, kept as it stands).
 */
export type ObisRow = [code: string, name: string, unit: string]

// One string and not rows: the dongle pays for every bracket and quote, and for evaluating them. What is a field of a reading has its
// number instead of its name (shared/reading/fields.ts), clock, serial and version a letter; a code without medium is one of 1-0.
const READING_ROWS =
  '0-0:1.0.0 t time|' +
  '0-0:96.1.1 s text|' +
  '0-0:96.1.0 s text|' +
  '0-0:42.0.0 s text|' +
  '0-0:96.1.4 v text|' +
  '1-3:0.2.8 v text|' +
  '1.8.1 0 kWh|' + // offtakeT1Wh
  '1.8.2 1 kWh|' + // offtakeT2Wh
  '2.8.1 2 kWh|' + // injectionT1Wh
  '2.8.2 3 kWh|' + // injectionT2Wh
  '1.7.0 4 kW|' + // offtakeW
  '2.7.0 5 kW|' + // injectionW
  '0-0:96.14.0 6 |' + // tariff
  '1.8.0 7 kWh|' + // offtakeWh
  '2.8.0 8 kWh|' + // injectionWh
  '1.4.0 9 kW|' + // quarterAvgOfftakeW
  '1.6.0 10 peak|' + // monthPeakOfftakeW
  '32.7.0 18 V|' + // voltageL1dV
  '52.7.0 19 V|' + // voltageL2dV
  '72.7.0 20 V|' + // voltageL3dV
  '31.7.0 21 A|' + // currentL1cA
  '51.7.0 22 A|' + // currentL2cA
  '71.7.0 23 A|' + // currentL3cA
  '21.7.0 24 kW|' + // offtakeL1W
  '41.7.0 25 kW|' + // offtakeL2W
  '61.7.0 26 kW|' + // offtakeL3W
  '22.7.0 27 kW|' + // injectionL1W
  '42.7.0 28 kW|' + // injectionL2W
  '62.7.0 29 kW' // injectionL3W

/** The objects of a reading as the dongle wants them: clock, serial, version, and by number every field but the M-Bus meters. */
export function numberedRows(): ObisRow[] {
  const rows: ObisRow[] = []
  const lines = READING_ROWS.split('|')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    rows.push((line.charAt(1) === '-' ? line : '1-0:' + line).split(' ') as ObisRow)
  }
  return rows
}

const LETTERS: { [letter: string]: string } = { t: 'timeS', s: 'meterSerial', v: 'version' }

/** The same by name, for node. */
export function readingRows(): ObisRow[] {
  return numberedRows().map(([code, name, unit]) => [
    code,
    LETTERS[name] ?? (FIELD_NAMES[Number(name)] as string),
    unit,
  ])
}

/** Everything else that meters are known to print. */
export function furtherRows(): ObisRow[] {
  return [
    ['0-0:96.1.2', 'ean', 'ean'],
    ['1-0:94.32.1', 'gridV', ''],
    ['0-0:96.3.10', 'breaker', ''],
    ['0-0:17.0.0', 'limit', 'limit'],
    ['1-0:31.4.0', 'fuse', 'limits'],
    ['1-0:51.4.0', 'fuseL2', 'raw'],
    ['1-0:71.4.0', 'fuseL3', 'raw'],
    ['0-0:96.13.0', 'textMessage', 'text'],
    ['0-0:96.13.1', 'textCode', 'text'],
    ['0-0:96.13.2', 'textMessage2', 'text'],
    ['0-0:96.13.3', 'textMessage3', 'text'],
    ['0-0:96.13.4', 'textMessage4', 'text'],
    ['0-0:96.13.5', 'textMessage5', 'text'],
    ['0-0:98.1.0', 'monthPeaks', 'history'],
    ['0-0:98.1.1', 'injectionMonthPeaks', 'history'],
    ['1-0:1.8.3', 'offtakeT3Wh', 'kWh'],
    ['1-0:1.8.4', 'offtakeT4Wh', 'kWh'],
    ['1-0:1.8.5', 'offtakeT5Wh', 'kWh'],
    ['1-0:2.8.3', 'injectionT3Wh', 'kWh'],
    ['1-0:2.8.4', 'injectionT4Wh', 'kWh'],
    ['1-0:2.8.5', 'injectionT5Wh', 'kWh'],
    ['1-0:15.8.0', 'absoluteWh', 'kWh'],
    ['1-0:2.4.0', 'quarterAvgInjectionW', 'kW'],
    ['1-0:2.6.0', 'monthPeakInjectionW', 'peak'],
    ['1-0:3.8.0', 'reactiveOfftakeVarh', 'kvarh'],
    ['1-0:3.8.1', 'reactiveOfftakeT1Varh', 'kvarh'],
    ['1-0:3.8.2', 'reactiveOfftakeT2Varh', 'kvarh'],
    ['1-0:4.8.0', 'reactiveInjectionVarh', 'kvarh'],
    ['1-0:4.8.1', 'reactiveInjectionT1Varh', 'kvarh'],
    ['1-0:4.8.2', 'reactiveInjectionT2Varh', 'kvarh'],
    ['1-0:5.8.0', 'reactiveQ1Varh', 'kvarh'],
    ['1-0:6.8.0', 'reactiveQ2Varh', 'kvarh'],
    ['1-0:7.8.0', 'reactiveQ3Varh', 'kvarh'],
    ['1-0:8.8.0', 'reactiveQ4Varh', 'kvarh'],
    ['1-0:3.7.0', 'reactiveOfftakeVar', 'kvar'],
    ['1-0:4.7.0', 'reactiveInjectionVar', 'kvar'],
    ['1-0:5.7.0', 'reactiveQ1Var', 'kvar'],
    ['1-0:6.7.0', 'reactiveQ2Var', 'kvar'],
    ['1-0:7.7.0', 'reactiveQ3Var', 'kvar'],
    ['1-0:8.7.0', 'reactiveQ4Var', 'kvar'],
    ['1-0:23.7.0', 'reactiveOfftakeL1Var', 'kvar'],
    ['1-0:43.7.0', 'reactiveOfftakeL2Var', 'kvar'],
    ['1-0:63.7.0', 'reactiveOfftakeL3Var', 'kvar'],
    ['1-0:24.7.0', 'reactiveInjectionL1Var', 'kvar'],
    ['1-0:44.7.0', 'reactiveInjectionL2Var', 'kvar'],
    ['1-0:64.7.0', 'reactiveInjectionL3Var', 'kvar'],
    ['1-0:9.7.0', 'apparentOfftakeVA', 'kVA'],
    ['1-0:10.7.0', 'apparentInjectionVA', 'kVA'],
    ['1-0:13.7.0', 'powerFactor', 'raw'],
    ['1-0:33.7.0', 'powerFactorL1', 'raw'],
    ['1-0:53.7.0', 'powerFactorL2', 'raw'],
    ['1-0:73.7.0', 'powerFactorL3', 'raw'],
    ['1-0:14.7.0', 'frequency', 'raw'],
    ['0-0:96.7.21', 'powerFailures', ''],
    ['0-0:96.7.9', 'longPowerFailures', ''],
    ['1-0:99.97.0', 'powerFailureLog', 'raw'],
    ['1-0:32.32.0', 'voltageSagsL1', ''],
    ['1-0:52.32.0', 'voltageSagsL2', ''],
    ['1-0:72.32.0', 'voltageSagsL3', ''],
    ['1-0:32.36.0', 'voltageSwellsL1', ''],
    ['1-0:52.36.0', 'voltageSwellsL2', ''],
    ['1-0:72.36.0', 'voltageSwellsL3', ''],
  ]
}

/** What an M-Bus meter of this type (0-n:24.1.0, EN 13757-3) measures, or undefined for one we do not read. */
export function mbusKind(type: number): 'gas' | 'water' | 'heat' | undefined {
  if (type === 3) return 'gas'
  if (type === 6 || type === 7) return 'water'
  if (type === 4 || type === 12 || type === 13) return 'heat'
  return undefined
}
