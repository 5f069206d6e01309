// Every way a telegram can be wrong, by code, with the place. A fault costs the field it is about and nothing else, except those
// of the checksum, which cost the telegram.

export type TelegramFaultCode =
  | 'telegram.crc-mismatch'
  | 'telegram.crc-unreadable'
  | 'telegram.crc-absent'
  | 'telegram.line-ends'
  | 'telegram.bad-line'
  | 'telegram.bad-number'
  | 'telegram.bad-unit'
  | 'telegram.bad-time'
  | 'telegram.bad-history'
  | 'telegram.no-value'
  | 'telegram.duplicate'

export interface TelegramFault {
  code: TelegramFaultCode
  /** Byte offset in the readout, and how many bytes it is about. */
  at: number
  length: number
  /** The object's code, where it is about one. */
  obis?: string
  /** The two checksums of a mismatch. */
  expected?: number
  actual?: number
}

/** What each fault means, as a sentence for a person. */
export const FAULT_WORDS: { [code in TelegramFaultCode]: string } = {
  'telegram.crc-mismatch': 'the checksum does not match the text: not one of these values can be trusted',
  'telegram.crc-unreadable': 'the checksum is not four hexadecimal digits: not one of these values can be trusted',
  'telegram.crc-absent': 'no checksum: normal for DSMR 2.2 and 3, else the end is missing',
  'telegram.line-ends':
    'the checksum matches once the carriage returns are put back that something took out on the way',
  'telegram.bad-line': 'not an object line (A-B:C.D.E followed by values in brackets)',
  'telegram.bad-number': 'not a number',
  'telegram.bad-unit': 'a unit of another kind',
  'telegram.bad-time': 'not a moment (YYMMDDhhmmss with S or W)',
  'telegram.bad-history': 'not the count, the two column codes and the rows of a history of month peaks',
  'telegram.no-value': 'a value is missing',
  'telegram.duplicate': 'this object came before; the first one counts',
}

/** The codes for what timed-value.ts finds. */
export const TIMED_FAULTS = {
  number: 'telegram.bad-number',
  unit: 'telegram.bad-unit',
  time: 'telegram.bad-time',
  none: 'telegram.no-value',
} as const
