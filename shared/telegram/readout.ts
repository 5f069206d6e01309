// What both ways of reading the P1 line agree on: the bounds, the verdict on a checksum, and the counters that name trouble
// on the line. It knows no bytes and no strings; framer.ts (node, bytes) and scan.ts (dongle, strings) do.
// Framing: DSMR 5.0.2 section 6.2, `/XXX5 ident CRLF CRLF lines !CRC CRLF`. Espruino dialect.

/**
 * The longest readout the dongle takes, from '/' to the checksum. The longest Belgian one by the specification is 4107 bytes
 * (E360 with 13 peaks, four M-Bus meters and a text of 1024 characters); lines reach 2100.
 */
export const READOUT_BYTES_MAX = 5120

/** ok: it matches. mismatch: it does not, or is unreadable. absent: '!' with nothing behind it (DSMR 2.2 and 3 have none). */
export type Checksum = 'ok' | 'mismatch' | 'absent'

/** In place of the checksum behind '!': there is none, or it is not four hex digits. */
export const NO_CHECKSUM = -1
export const BAD_CHECKSUM = -2

/** What a checksum is worth, as printed (or one of the two above), given the CRC. */
export function verdictOn(expected: number, crc: number): Checksum {
  return expected === crc ? 'ok' : expected === NO_CHECKSUM ? 'absent' : 'mismatch'
}

/** What came over the line: since the start, or in the dongle's window of some telegrams' length. */
export interface LineCounters {
  /** Every byte that came. */
  bytes: number
  /** Readouts with a matching, a wrong or unreadable, and no checksum. */
  ok: number
  mismatch: number
  absent: number
  /** Telegrams that began (header and a line of values) and were broken off by the header of the next. */
  cut: number
  /** Telegrams that passed the bound without an end. */
  overrun: number
  /** Bytes outside any readout. Line ends, NUL and 0xFF right behind a readout are the meter's habit and not counted. */
  noiseBytes: number
  /** Bytes of readouts that were cut or overrun. */
  droppedBytes: number
  /** Bytes that were not looked at, because more came than a meter can send. */
  skippedBytes: number
}

export function newLineCounters(): LineCounters {
  return {
    bytes: 0,
    ok: 0,
    mismatch: 0,
    absent: 0,
    cut: 0,
    overrun: 0,
    noiseBytes: 0,
    droppedBytes: 0,
    skippedBytes: 0,
  }
}

/**
 * none: every readout was good. silence: no byte came (port closed, cable, no data request). noise: bytes but no readout at all,
 * and by what they look like (line-watch.ts) inverted, parity, slow or encrypted. half: readouts that break off (data request
 * dropped, bytes lost in bursts). flood: bytes without an end, or more than a meter sends. crc: whole readouts, wrong checksum
 * (bit errors, single bytes lost).
 */
export type LineTrouble =
  | 'none'
  | 'silence'
  | 'noise'
  | 'inverted'
  | 'parity'
  | 'slow'
  | 'encrypted'
  | 'half'
  | 'flood'
  | 'crc'

/** Names what is wrong on the line, from what came in a window of some telegrams' length. */
export function lineTrouble(window: LineCounters): LineTrouble {
  if (window.bytes === 0) return 'silence'
  if (window.skippedBytes > 0) return 'flood'
  if (window.mismatch > 0) return 'crc'
  const isWhole = window.ok + window.absent > 0
  if (!isWhole && window.overrun > 0) return 'flood'
  if (window.cut > 0) return 'half'
  if (window.overrun > 0) return 'flood'
  return isWhole && window.noiseBytes === 0 ? 'none' : 'noise'
}

/**
 * Whether the values of a readout may be used. Without a checksum only those of a meter that never prints one: DSMR 2.2 and 3,
 * which also print no version. A newer telegram without a checksum has lost its end.
 */
export function isTrusted(checksum: Checksum, version: string | undefined): boolean {
  return checksum === 'ok' || (checksum === 'absent' && version === undefined)
}
