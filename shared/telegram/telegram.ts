// A telegram: the parsed form of a readout. parse.ts makes it, shared/reading/from-telegram.ts takes a reading from it, the
// `nrt telegram` command explains it.

import type { TelegramFault } from './fault.ts'
import type { Checksum } from './readout.ts'
import type { TelegramFields } from './telegram-fields.ts'

/** One meter behind the electricity meter (0-n, n = channel 1 … 4). */
export interface MbusMeter {
  channel: number
  type?: number
  kind?: 'gas' | 'water' | 'heat'
  serial?: string
  ean?: string
  /** As the breaker: 0 closed for good, 1 open, 2 may be opened. */
  valve?: number
  /** dm3 for gas and water, MJ for heat; absent while unknown. */
  value?: number
  atS?: number
}

/** A line with a code that the table does not know, as places in the readout's bytes. */
export interface UnknownObject {
  at: number
  end: number
}

export interface Telegram {
  /** What follows '/', without its line end. */
  header: string
  checksum: Checksum
  /** False when the checksum is wrong or lost: then there are no fields. */
  isTrusted: boolean
  fields: TelegramFields
  mbus: MbusMeter[]
  faults: TelegramFault[]
  /** Kept and counted, not a fault: meters get new ones. */
  unknown: UnknownObject[]
}
