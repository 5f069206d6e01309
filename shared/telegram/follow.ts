// A meter prints the same lines at the same places every second. What was read last is kept here with its bytes; when the next
// telegram differs from it inside the brackets of plain numbers and the clock only, those are read again and everything else
// stands. The dongle does the same over strings (scan-reading.ts). For node; it bounds itself to one telegram.

import { cursor, numberAt, timeAt } from './bytes.ts'
import type { Entry } from './entries.ts'
import type { Readout } from './framer.ts'
import type { Telegram } from './telegram.ts'
import type { NumberName } from './telegram-fields.ts'

/** A line whose value may change: the bytes from behind its first bracket to the one that closes it. */
export interface Place {
  entry: Entry
  from: number
  close: number
}

interface Copy {
  bytes: Uint8Array
  words: Int32Array
}

/** The bytes of the last telegram and room for the next; they change places, so that both are aligned to words. */
let old = newCopy(8192)
let next = newCopy(8192)
let telegram: Telegram | undefined
let places: Place[] = []
let length = 0
/** The places that differ now and what they hold. */
const changed: Place[] = []
const values: number[] = []

function newCopy(size: number): Copy {
  const bytes = new Uint8Array(size)
  return { bytes, words: new Int32Array(bytes.buffer) }
}

/** Keeps what was read in full. Only a telegram without any fault is kept: its changes are then of values alone. */
export function keep(readout: Readout, read: Telegram, found: Place[]): void {
  telegram = undefined
  if (!read.isTrusted || read.checksum !== 'ok' || read.faults.length > 0 || readout.bangAt > old.bytes.length) return
  old.bytes.set(readout.bytes.subarray(0, readout.bangAt))
  length = readout.bangAt
  places = found
  telegram = read
}

/** The telegram of `readout`, made from the last one; undefined when more differs than values. */
export function follow(readout: Readout): Telegram | undefined {
  if (telegram === undefined || readout.bangAt !== length) return undefined
  if (readout.checksum !== 'ok' || readout.isRestored) return undefined
  if (readout.bytes.length > next.bytes.length) return undefined
  next.bytes.set(readout.bytes)
  changed.length = 0
  if (!readChanges()) return undefined
  const fields = { ...telegram.fields }
  for (let i = 0; i < changed.length; i++) fields[changed[i]!.entry.name as NumberName] = values[i]
  const { header, mbus, unknown } = telegram
  telegram = { header, checksum: 'ok', isTrusted: true, fields, mbus, faults: [], unknown }
  const spare = old
  old = next
  next = spare
  return telegram
}

/** False when a byte differs outside the places, or a place holds something odd. */
function readChanges(): boolean {
  const before = old.words
  const after = next.words
  // The '!' ends both, and what follows it is the checksum's: the word they share is compared up to there.
  const last = length >> 2
  let current = 0
  for (let word = 0; word <= last; word++) {
    if (before[word] === after[word]) continue
    const to = word === last ? length : word * 4 + 4
    for (let at = word * 4; at < to; at++) {
      if (old.bytes[at] === next.bytes[at]) continue
      while (current < places.length && places[current]!.close <= at) current++
      const place = places[current]
      if (place === undefined || at < place.from || !readAgain(place)) return false
      // The rest of this place is read; the next difference that matters is behind it.
      if (place.close >= to) word = (place.close >> 2) - 1
      at = place.close
    }
  }
  return true
}

function readAgain(place: Place): boolean {
  const { entry, from, close } = place
  const value = entry.isNumber
    ? numberAt(next.bytes, from, close + 1, entry.unit, entry.unitBytes, entry.exponent)
    : timeAt(next.bytes, from, close)
  if (typeof value !== 'number' || (entry.isNumber && cursor !== close)) return false
  values[changed.length] = value
  changed.push(place)
  return true
}
