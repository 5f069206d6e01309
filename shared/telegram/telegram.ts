// A telegram: the parsed form of a readout. Types only; parse.ts makes it, shared/reading/from-telegram.ts takes a reading from
// it, the `nrt telegram` command explains it.

import type { FieldName } from '../reading/fields.ts'
import type { TelegramFault } from './fault.ts'
import type { ObisRow } from './obis.ts'
import type { Checksum } from './readout.ts'

/** A month's highest quarter-hour average. `monthEndAtS` is the midnight that ended the month. */
export interface MonthPeak {
  monthEndAtS?: number
  peakAtS?: number
  peakW?: number
}

/** One meter behind the electricity meter (0-n, n = channel 1 … 4). */
export interface MbusMeter {
  channel: number
  type?: number
  kind?: 'gas' | 'water' | 'heat'
  serial?: string
  ean?: string
  valve?: number
  /** dm3 for gas and water, MJ for heat; absent while unknown. */
  value?: number
  atS?: number
}

/** By the names of obis.ts; numbers in the unit that ends the name. Absent is left out. */
export type TelegramFields = { [field in FieldName]?: number } & {
  timeS?: number
  meterSerial?: string
  version?: string
  ean?: string
  /** 400 (three phases and neutral) or 230 (three phases, no neutral). */
  gridV?: number
  /** 0 disconnected, 1 connected, 2 ready for reconnection. */
  breaker?: number
  limitW?: number
  limitVA?: number
  limitcA?: number
  fuseOfftakecA?: number
  fuseInjectioncA?: number
  textMessage?: string
  textCode?: string
  monthPeaks?: MonthPeak[]
  injectionMonthPeaks?: MonthPeak[]
  monthPeakInjectionW?: number
  monthPeakInjectionAtS?: number
} & { [name: string]: number | string | MonthPeak[] | undefined }

/** One OBIS line, as places in the readout's bytes: where the code begins, where the brackets begin, where the line ends. */
export interface TelegramObject {
  row: ObisRow | undefined
  at: number
  valueAt: number
  end: number
}

export interface Telegram {
  /** What follows '/', without its line end. */
  header: string
  checksum: Checksum
  /** False when the checksum is wrong or lost: then there are no fields. */
  isTrusted: boolean
  /** All object lines, known or not, in order. */
  objects: TelegramObject[]
  fields: TelegramFields
  mbus: MbusMeter[]
  faults: TelegramFault[]
  /** How many objects the table does not know: counted, not a fault; meters get new ones. */
  unknown: number
}
