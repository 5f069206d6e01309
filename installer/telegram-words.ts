// What each object of a telegram means, in words, and how its value is written for a person. Names are those of obis.ts; a test
// holds that none is forgotten.

import { timestampText } from '../shared/telegram/timestamp.ts'

/** By name; the M-Bus objects by their code behind `0-n:`. */
export const WORDS: { [name: string]: string } = {
  timeS: 'clock of the meter',
  meterSerial: 'serial number of the meter',
  version: 'version of the P1 port',
  offtakeT1Wh: 'offtake since the start, register T1',
  offtakeT2Wh: 'offtake since the start, register T2',
  injectionT1Wh: 'injection since the start, register T1',
  injectionT2Wh: 'injection since the start, register T2',
  offtakeWh: 'offtake since the start, all registers',
  injectionWh: 'injection since the start, all registers',
  offtakeW: 'offtake now',
  injectionW: 'injection now',
  tariff: 'register that counts now',
  quarterAvgOfftakeW: 'mean offtake of this quarter of an hour so far',
  monthPeakOfftakeW: "this month's highest quarter of an hour, offtake",
  voltageL1dV: 'voltage L1',
  voltageL2dV: 'voltage L2',
  voltageL3dV: 'voltage L3',
  currentL1cA: 'current L1 (without a sign)',
  currentL2cA: 'current L2 (without a sign)',
  currentL3cA: 'current L3 (without a sign)',
  offtakeL1W: 'offtake now, L1',
  offtakeL2W: 'offtake now, L2',
  offtakeL3W: 'offtake now, L3',
  injectionL1W: 'injection now, L1',
  injectionL2W: 'injection now, L2',
  injectionL3W: 'injection now, L3',
  ean: 'EAN of the connection',
  gridV: 'grid: 400 with neutral, 230 without',
  breaker: 'breaker',
  limit: 'power limit',
  fuse: 'current limit',
  fuseL2: 'current limit L2',
  fuseL3: 'current limit L3',
  textMessage: 'text of the grid operator',
  textMessage2: 'text 2 of the grid operator',
  textMessage3: 'text 3 of the grid operator',
  textMessage4: 'text 4 of the grid operator',
  textMessage5: 'text 5 of the grid operator',
  textCode: 'code of the grid operator',
  monthPeaks: 'highest quarters of an hour of the last months, offtake',
  injectionMonthPeaks: 'highest quarters of an hour of the last months, injection',
  offtakeT3Wh: 'offtake since the start, register T3',
  offtakeT4Wh: 'offtake since the start, register T4',
  offtakeT5Wh: 'offtake since the start, register T5',
  injectionT3Wh: 'injection since the start, register T3',
  injectionT4Wh: 'injection since the start, register T4',
  injectionT5Wh: 'injection since the start, register T5',
  absoluteWh: 'offtake and injection together',
  quarterAvgInjectionW: 'mean injection of this quarter of an hour so far',
  monthPeakInjectionW: "this month's highest quarter of an hour, injection",
  reactiveOfftakeVarh: 'reactive energy taken off',
  reactiveOfftakeT1Varh: 'reactive energy taken off, T1',
  reactiveOfftakeT2Varh: 'reactive energy taken off, T2',
  reactiveInjectionVarh: 'reactive energy injected',
  reactiveInjectionT1Varh: 'reactive energy injected, T1',
  reactiveInjectionT2Varh: 'reactive energy injected, T2',
  reactiveQ1Varh: 'reactive energy, quadrant 1',
  reactiveQ2Varh: 'reactive energy, quadrant 2',
  reactiveQ3Varh: 'reactive energy, quadrant 3',
  reactiveQ4Varh: 'reactive energy, quadrant 4',
  reactiveOfftakeVar: 'reactive power taken off now',
  reactiveInjectionVar: 'reactive power injected now',
  reactiveQ1Var: 'reactive power now, quadrant 1',
  reactiveQ2Var: 'reactive power now, quadrant 2',
  reactiveQ3Var: 'reactive power now, quadrant 3',
  reactiveQ4Var: 'reactive power now, quadrant 4',
  reactiveOfftakeL1Var: 'reactive power taken off now, L1',
  reactiveOfftakeL2Var: 'reactive power taken off now, L2',
  reactiveOfftakeL3Var: 'reactive power taken off now, L3',
  reactiveInjectionL1Var: 'reactive power injected now, L1',
  reactiveInjectionL2Var: 'reactive power injected now, L2',
  reactiveInjectionL3Var: 'reactive power injected now, L3',
  apparentOfftakeVA: 'apparent power taken off now',
  apparentInjectionVA: 'apparent power injected now',
  powerFactor: 'power factor',
  powerFactorL1: 'power factor L1',
  powerFactorL2: 'power factor L2',
  powerFactorL3: 'power factor L3',
  frequency: 'frequency of the grid',
  powerFailures: 'power failures',
  longPowerFailures: 'long power failures',
  powerFailureLog: 'list of long power failures',
  voltageSagsL1: 'voltage sags L1',
  voltageSagsL2: 'voltage sags L2',
  voltageSagsL3: 'voltage sags L3',
  voltageSwellsL1: 'voltage swells L1',
  voltageSwellsL2: 'voltage swells L2',
  voltageSwellsL3: 'voltage swells L3',
  '24.1.0': 'kind of meter',
  '96.1.0': 'serial number',
  '96.1.1': 'serial number',
  '96.1.2': 'EAN',
  '24.4.0': 'valve',
  '96.3.10': 'relay',
  '24.2.1': 'last capture',
  '24.2.3': 'last capture, not corrected for temperature',
  '24.3.0': 'last capture',
}

const UNITS: Array<[ending: string, decimals: number, unit: string]> = [
  ['Varh', 3, 'kvarh'],
  ['Wh', 3, 'kWh'],
  ['Var', 0, 'var'],
  ['VA', 0, 'VA'],
  ['dV', 1, 'V'],
  ['cA', 2, 'A'],
  ['Dm3', 3, 'm3'],
  ['MJ', 3, 'GJ'],
  ['W', 0, 'W'],
]

/** A number of the field `name` as a person writes it: offtakeT1Wh 9087306 is `9087.306 kWh`. */
export function amountText(name: string, value: number): string {
  if (name.endsWith('AtS') || name === 'timeS') return momentText(value)
  if (name === 'tariff') return `T${value}`
  if (name === 'breaker')
    return ['0, disconnected', '1, connected', '2, ready for reconnection'][value] ?? String(value)
  for (const [ending, decimals, unit] of UNITS) {
    if (name.endsWith(ending)) return `${fixed(value, decimals)} ${unit}`
  }
  return String(value)
}

function fixed(value: number, decimals: number): string {
  if (decimals === 0) return String(value)
  const digits = String(value).padStart(decimals + 1, '0')
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** Epoch seconds as a Belgian clock shows them, with its distance to UTC. */
export function momentText(timeS: number): string {
  const text = timestampText(timeS)
  const [year, month, day, hour, minute, second] = text.match(/../g) as string[]
  return `20${year}-${month}-${day} ${hour}:${minute}:${second} ${text.endsWith('S') ? '+02:00' : '+01:00'}`
}

/** 50217 is DSMR 5.0.2 with e-MUCS 1.7, 42 is DSMR 4.2; others stay as they are. */
export function versionText(version: string): string {
  if (/^50[23]\d\d$/.test(version)) {
    return `${version}, DSMR 5.0.${version[2]} with e-MUCS ${version[3]}.${version[4]}`
  }
  return /^[2-5]\d$/.test(version) ? `${version}, DSMR ${version[0]}.${version[1]}` : version
}
