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

/** What came over the line since the start. Only ever rises. */
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
}

export function newLineCounters(): LineCounters {
  return { bytes: 0, ok: 0, mismatch: 0, absent: 0, cut: 0, overrun: 0, noiseBytes: 0, droppedBytes: 0 }
}

/**
 * none: every readout was good. silence: no byte came (port closed, cable, no data request). noise: bytes but no readout at all
 * (inverted line, wrong speed). half: readouts that break off (data request dropped, bytes lost in bursts). flood: bytes
 * without an end. crc: whole readouts, wrong checksum (bit errors, single bytes lost).
 */
export type LineTrouble = 'none' | 'silence' | 'noise' | 'half' | 'flood' | 'crc'

/** Names what is wrong on the line, from the counters at the start and the end of a window of some telegrams' length. */
export function lineTrouble(before: LineCounters, after: LineCounters): LineTrouble {
  if (after.bytes === before.bytes) return 'silence'
  const whole = after.ok - before.ok + (after.absent - before.absent)
  const mismatch = after.mismatch - before.mismatch
  const cut = after.cut - before.cut
  const overrun = after.overrun - before.overrun
  const noise = after.noiseBytes - before.noiseBytes
  if (whole === 0 && mismatch === 0) {
    return overrun > 0 ? 'flood' : cut > 0 ? 'half' : 'noise'
  }
  if (mismatch > 0) return 'crc'
  if (cut > 0) return 'half'
  return overrun > 0 ? 'flood' : noise > 0 ? 'noise' : 'none'
}

/**
 * Whether the values of a readout may be used. Without a checksum only those of a meter that never prints one: DSMR 2.2 and 3,
 * which also print no version. A newer telegram without a checksum has lost its end.
 */
export function isTrusted(checksum: Checksum, version: string | undefined): boolean {
  return checksum === 'ok' || (checksum === 'absent' && version === undefined)
}
