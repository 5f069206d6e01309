// Every value of a telegram by name. A class, so that all telegrams have one shape: the parser fills it by name thirty times a
// telegram. Names are those of obis.ts; a number's unit ends its name; absent is undefined, never 0.

/** A month's highest quarter-hour average. `monthEndAtS` is the midnight that ended the month. */
export interface MonthPeak {
  monthEndAtS?: number
  peakAtS?: number
  peakW?: number
}

type Value = number | undefined
type Text = string | undefined

export class TelegramFields {
  meterSerial: Text = undefined
  version: Text = undefined
  /** Epoch seconds by the meter's clock. */
  timeS: Value = undefined
  offtakeT1Wh: Value = undefined
  offtakeT2Wh: Value = undefined
  injectionT1Wh: Value = undefined
  injectionT2Wh: Value = undefined
  offtakeWh: Value = undefined
  injectionWh: Value = undefined
  offtakeW: Value = undefined
  injectionW: Value = undefined
  /** The register that counts now: 1 or 2. */
  tariff: Value = undefined
  quarterAvgOfftakeW: Value = undefined
  monthPeakOfftakeW: Value = undefined
  monthPeakAtS: Value = undefined
  gasDm3: Value = undefined
  gasAtS: Value = undefined
  waterDm3: Value = undefined
  waterAtS: Value = undefined
  heatMJ: Value = undefined
  heatAtS: Value = undefined
  voltageL1dV: Value = undefined
  voltageL2dV: Value = undefined
  voltageL3dV: Value = undefined
  currentL1cA: Value = undefined
  currentL2cA: Value = undefined
  currentL3cA: Value = undefined
  offtakeL1W: Value = undefined
  offtakeL2W: Value = undefined
  offtakeL3W: Value = undefined
  injectionL1W: Value = undefined
  injectionL2W: Value = undefined
  injectionL3W: Value = undefined
  /** Of the electricity connection; 18 digits. */
  ean: Text = undefined
  /** 400: three phases and neutral; 230: three phases without. */
  gridV: Value = undefined
  /** 0 disconnected, 1 connected, 2 ready for reconnection. */
  breaker: Value = undefined
  /** The power limit, in whichever unit the meter has it; absent while none is set (999.9). */
  limitW: Value = undefined
  limitVA: Value = undefined
  limitcA: Value = undefined
  fuseOfftakecA: Value = undefined
  fuseInjectioncA: Value = undefined
  textMessage: Text = undefined
  textMessage2: Text = undefined
  textMessage3: Text = undefined
  textMessage4: Text = undefined
  textMessage5: Text = undefined
  textCode: Text = undefined
  /** The last 13 months, oldest first. */
  monthPeaks: MonthPeak[] | undefined = undefined
  injectionMonthPeaks: MonthPeak[] | undefined = undefined
  quarterAvgInjectionW: Value = undefined
  monthPeakInjectionW: Value = undefined
  monthPeakInjectionAtS: Value = undefined
  offtakeT3Wh: Value = undefined
  offtakeT4Wh: Value = undefined
  offtakeT5Wh: Value = undefined
  injectionT3Wh: Value = undefined
  injectionT4Wh: Value = undefined
  injectionT5Wh: Value = undefined
  absoluteWh: Value = undefined
  reactiveOfftakeVarh: Value = undefined
  reactiveOfftakeT1Varh: Value = undefined
  reactiveOfftakeT2Varh: Value = undefined
  reactiveInjectionVarh: Value = undefined
  reactiveInjectionT1Varh: Value = undefined
  reactiveInjectionT2Varh: Value = undefined
  reactiveQ1Varh: Value = undefined
  reactiveQ2Varh: Value = undefined
  reactiveQ3Varh: Value = undefined
  reactiveQ4Varh: Value = undefined
  reactiveOfftakeVar: Value = undefined
  reactiveInjectionVar: Value = undefined
  reactiveQ1Var: Value = undefined
  reactiveQ2Var: Value = undefined
  reactiveQ3Var: Value = undefined
  reactiveQ4Var: Value = undefined
  reactiveOfftakeL1Var: Value = undefined
  reactiveOfftakeL2Var: Value = undefined
  reactiveOfftakeL3Var: Value = undefined
  reactiveInjectionL1Var: Value = undefined
  reactiveInjectionL2Var: Value = undefined
  reactiveInjectionL3Var: Value = undefined
  apparentOfftakeVA: Value = undefined
  apparentInjectionVA: Value = undefined
  powerFailures: Value = undefined
  longPowerFailures: Value = undefined
  voltageSagsL1: Value = undefined
  voltageSagsL2: Value = undefined
  voltageSagsL3: Value = undefined
  voltageSwellsL1: Value = undefined
  voltageSwellsL2: Value = undefined
  voltageSwellsL3: Value = undefined
}

const NO_FIELDS: TelegramFields = { ...new TelegramFields() }

/** Fields of which none is known yet. A copy, as follow.ts makes them, so that engines see one shape of object. */
export function noFields(): TelegramFields {
  return { ...NO_FIELDS }
}

type NamesOf<T> = {
  [name in keyof TelegramFields]: TelegramFields[name] extends T ? name : never
}[keyof TelegramFields]

/** Names of the fields that hold a number, a text, a list of peaks. */
export type NumberName = NamesOf<number | undefined>
export type TextName = NamesOf<string | undefined>
export type PeaksName = NamesOf<MonthPeak[] | undefined>
