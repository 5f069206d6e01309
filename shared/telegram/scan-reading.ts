// Readout text → the numbers of a reading and its CRC, for the dongle. A meter prints the same lines at the same places every
// second, so the fixed text is kept, and where in it are slots: digits that may change. All digits of the next telegram are fetched and
// parsed, and the fixed text is drawn over it, natively; if it is still the same, only digits changed, and as a CRC that
// starts at 0 is linear over GF(2), each digit's difference adds to it what a table says. The sum is the CRC of the whole text, not an
// estimate: anything but another digit in a slot sends the telegram the long way, which checks every byte and searches every line,
// in steps that each stay short (long-way.ts). It must give what framer.ts, parse.ts and from-telegram.ts give on node; the tests hold both
// against each other. Espruino dialect. See docs/adr/0015, 0038, 0073, 0074 and 0075.
//
// The engine's indexOf takes a needle for found where the text ends within it: every text searched here ends in '!'.

import { differenceBits, NO_DIFFERENCE, TABLED } from '../kernel/differences.ts'
import type { DrawOver, Natives } from '../kernel/natives.ts'
import type { FieldValues } from '../reading/fields.ts'
import { type Slots, withoutLast } from '../reading/slots.ts'
import { type Checksum, NO_CHECKSUM } from './readout.ts'

/** Numbers that describe where a slot is. */
export const SHAPE = 3
/** In front of a text whose digits are fetched: what the parser needs around those of each slot. */
export const AROUND = '1,'
/** Weights of a slot's last two digits: what each difference of four bits does. */
export const WHOLE = 16
/** Of a digit before those: for each pair of its bits what 0, 1, 2 and 3 do. */
export const PAIRED = 8
/** What followReading gives when other text than digits changed, or nothing is known yet: no CRC, and nothing that is printed or said of one. */
export const NOT_FOLLOWED = -3

export interface ReadingScan {
  natives: Natives
  drawOver: DrawOver
  /** The verdict on the telegram that took the long way last. */
  checksum: Checksum
  /** The meter's clock; undefined when it has none or it is a filler. */
  timeS?: number | undefined
  /** By field number (shared/reading/fields.ts), of the telegram that took the long way last. */
  values: FieldValues
  /** The numbers of the last telegram, and what they mean; undefined for a meter whose telegrams are not followed. */
  numbers: number[]
  slots?: Slots | undefined
  serial?: string | undefined
  version?: string | undefined
  /** Fields that were seen to change, a bit each, up to now from the last telegram of the hour before `hour` that took the long way. */
  moved: number
  hour: number

  /** The CRC of the text from '/' to '!', and how long it is. */
  crc: number
  bodyBytes: number
  /** AROUND and the text, CLEAR where they are not fixed. */
  stencil: Uint8Array
  /** Of each slot a comma, a 1 and its digits: where in AROUND and the text behind it each of them is fetched. */
  places: Uint16Array
  /** Which of `numbers` is the clock's minutes and seconds; 0: none. */
  clockAt: number
  /**
   * The slots in the order of the text, three numbers each: how many characters; how many from the dot on, 0 without; how many from where it
   * begins to the text's end. Weights depend on nothing else.
   */
  shape: Uint16Array
  /** What a digit's difference does to the CRC, of each slot's last digit first: two digits of WHOLE, then of PAIRED, the lower pair first. */
  weights: Uint16Array
  /** Where they begin, by place in `numbers`. */
  starts: Uint16Array
  /** In how many slots they are not done yet, -1 when nothing is known of them. */
  unweighed: number
  /** Bits of small differences, made with the first telegram. */
  codes: string[]
}

export function createReadingScan(natives: Natives, drawOver: DrawOver): ReadingScan {
  return {
    natives: natives,
    drawOver: drawOver,
    checksum: 'absent',
    values: [],
    numbers: [],
    moved: 0,
    hour: 0,
    crc: 0,
    bodyBytes: 0,
    stencil: new Uint8Array(0),
    places: new Uint16Array(0),
    clockAt: 0,
    shape: new Uint16Array(0),
    weights: new Uint16Array(0),
    starts: new Uint16Array(0),
    unweighed: 0,
    codes: [],
  }
}

/**
 * Whether the first `end` characters of `text`, from '/' to '!', are the telegram before with other digits: NOT_FOLLOWED, or their CRC. When that is
 * `expected`, `timeS` and `numbers` are theirs, and the slots have what differs; else nothing has changed. Every word in the loop costs: it runs for each slot.
 */
export function followReading(scan: ReadingScan, text: string, end: number, expected: number): number {
  // One that has none, between others that do, has nothing to be compared with: it is read in full.
  if (scan.unweighed || end !== scan.bodyBytes || expected === NO_CHECKSUM) return NOT_FOLLOWED
  const natives = scan.natives
  const bytes = natives.toUint8Array([AROUND, text])
  const fetched = new Uint8Array(scan.places.length)
  natives.mapInPlace(scan.places, fetched, bytes)
  const digits = natives.toString(fetched)
  scan.drawOver(bytes, scan.stencil)
  if (/[^\d,]/.test(digits) || !natives.toString(bytes).endsWith(text)) return NOT_FOLLOWED
  // Each has a 1 before it, so zeros keep their places. A comma in a slot is one number too many.
  const numbers = JSON.parse('[0' + digits + ']') as number[]
  const last = scan.numbers
  const slots = scan.slots as Slots
  const clockAt = scan.clockAt
  if (numbers.length !== last.length) return NOT_FOLLOWED
  const clock = numbers[clockAt] as number
  const minute = Math.floor(clock / 100)
  if (minute > 159 || clock % 100 > 59) return NOT_FOLLOWED
  const texts = slots.texts
  const codes = slots.codes
  const starts = scan.starts
  const weights = scan.weights
  let i = 0
  let change = 0
  let place = 0
  let crc = scan.crc
  for (const number of numbers) {
    change = number - (last[i] as number)
    if (change === 0) texts[i] += NO_DIFFERENCE
    else {
      texts[i] += codes[change + TABLED] || wildBits(slots, i, change)
      // read as if it were hexadecimal, a digit is a nibble
      change = parseInt(number as unknown as string, 16) ^ parseInt(last[i] as unknown as string, 16)
      place = starts[i] as number
      crc ^= (weights[place + (change & 15)] as number) ^ (weights[place + ((change >> 4) & 15) + WHOLE] as number)
      if (change > 255) {
        for (change >>= 8; change > 0; change >>= 2) {
          crc ^= weights[place + (change & 3) + 2 * WHOLE] as number
          place += 4
        }
      }
    }
    i++
  }
  if (crc !== expected) withoutLast(slots)
  else {
    scan.crc = crc
    scan.numbers = numbers
    if (clockAt > 0) scan.timeS = clock + (slots.terms[clockAt * 2 + 1] as number) - minute * 40
  }
  return crc
}

/** The bits of a difference that is not in the table, of a number at `place`. */
function wildBits(slots: Slots, place: number, difference: number): string {
  slots.wild++
  return differenceBits(difference * (slots.terms[place * 2] as number))
}
