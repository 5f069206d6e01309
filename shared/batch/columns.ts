// Columns of whole numbers into one stream of bits, each in the cheapest of five codings. It knows numbers, not fields: a
// column is a list of values 0 ... 2^40-1. Reading them back is decode-columns.ts, for node. Espruino dialect: an interpreted
// step costs about 2,500 machine instructions there, so short columns take the coding with the fewest steps.

import { assert } from '../kernel/assert.ts'
import type { Packing } from '../kernel/natives.ts'
import type { Pieces } from '../kernel/pieces.ts'
import { LIMITS } from './limits.ts'

/*  column:   1 | value sized                              every value is this one
 *            0 | coding (3 bits) | parameter (5 bits) | base sized | rest
 *  coding    0 step     base, then always the same step.           parameter: the step, zigzag; 31: the rest of it follows, sized
 *            1 changes  as step, but some differ.                  parameter as step; then how many, and for each: gap, difference
 *            2 offsets  base = the least; every value minus base.  parameter: bits of each
 *            3 rises    base = the first; differences, never < 0.  parameter: k of the Rice code
 *            4 deltas   base = the first; zigzag differences.      parameter: k of the Rice code
 *  sized:    length (5 bits) | the number's bits below its highest, which is 1.   length 0: the number 0
 *            31 (5 bits) | length - 31 (4 bits) | bits below the highest.          for 2^30 and more
 */
export const STEP = 0
export const CHANGES = 1
export const OFFSETS = 2
export const RISES = 3
export const DELTAS = 4

/** A parameter of 31 says that the rest of the step follows. */
export const STEP_PARAMETER_MAX = 31
/** A length of 31 says that four more bits of length follow. */
export const LONG_LENGTH = 31
export const LONG_LENGTH_BITS = 4
/** Bits of an offset, at most: then no offset completes more than one byte. */
export const OFFSET_BITS_MAX = 8
/** A quotient of 12 ones is not followed by a zero but by the plain number in 24 bits: a rare jump stays cheap. */
export const RICE_ONES_MAX = 12
export const RICE_ESCAPE_BITS = 24
/** 13 ones before them. */
const RICE_ESCAPE = 137422176256
const RICE_ESCAPE_LIMIT = 16777216
export const RICE_K_MAX = 12

/** Up to here the offsets are as short as anything and need one pass; beyond, a survey of the differences pays. */
export const SHORT_COLUMN = 16
// A difference above this counts as this in the survey, so that one jump does not set k for the whole column.
const SURVEY_CLAMP = 255

/** A text of more bits goes into bytes: each is a character of the dongle's memory. */
const BITS_LONG = 2048
const FILL = '0000000'

/**
 * Where bits go: as a text of zeros and ones, because the engine makes such texts of numbers, and bytes of them, natively. Of a long text
 * the whole bytes are in `bytes` already.
 */
export interface BitSink {
  packing: Packing
  bytes: Pieces
  bits: string
}

// Whole bytes of the text are packed.
function pack(sink: BitSink): void {
  const bits = sink.bits
  const whole = bits.length & -8
  if (whole > 0) sink.bytes.push(sink.packing.packBits(bits))
  sink.bits = bits.substr(whole)
}

/** Fills the last byte up with zeros and gives everything. */
export function endBits(sink: BitSink): Uint8Array {
  sink.bits += FILL
  pack(sink)
  return sink.packing.toUint8Array(sink.bytes)
}

/** `head`, in `headBits` (at most 9) bits, then a number 0 ... 2^42-1 with its length before it. */
export function putSized(sink: BitSink, head: number, headBits: number, value: number): void {
  const bits = value === 0 ? '' : value.toString(2)
  const length = bits.length
  // a one before it keeps its zeros
  let known = (1 << headBits) | head
  if (length < LONG_LENGTH) known = (known << 5) | length
  else known = (((known << 5) | LONG_LENGTH) << LONG_LENGTH_BITS) | (length - LONG_LENGTH)
  sink.bits += known.toString(2).substr(1) + bits.substr(1)
}

// How many bits a whole number has. The engine prints binary exactly beyond 2^40.
function bitsOf(value: number): number {
  return value === 0 ? 0 : value.toString(2).length
}

// 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4.
function zigzag(difference: number): number {
  return difference < 0 ? -2 * difference - 1 : 2 * difference
}

/** Writes a column in which every value is this one. */
export function writeSame(sink: BitSink, value: number): void {
  putSized(sink, 1, 1, value)
}

/** Writes a column of one value or more; they are whole, 0 ... 2^40-1. */
export function writeColumn(sink: BitSink, values: ArrayLike<number>): void {
  const first = values[0] as number
  // min and max run native on the dongle
  const least = Math.min.apply(null, values as number[])
  const most = Math.max.apply(null, values as number[])
  if (least === most) {
    writeSame(sink, first)
    return
  }
  assert(least >= 0 && most <= LIMITS.valueMax, 'a value is 0 ... LIMITS.valueMax')
  putVarying(sink, values, least, most)
  if (sink.bits.length > BITS_LONG) pack(sink)
}

function putVarying(sink: BitSink, values: ArrayLike<number>, least: number, most: number): void {
  const count = values.length
  const first = values[0] as number
  const step = (values[1] as number) - first
  const last = values[count - 1] as number
  if (first + step * (count - 1) === last && isStep(values, step)) {
    putStep(sink, STEP, step, first)
    return
  }
  const offsetBits = bitsOf(most - least)
  const mayRise = offsetBits > 1 && first === least && last === most
  if (count <= SHORT_COLUMN && offsetBits <= OFFSET_BITS_MAX && !mayRise) {
    putOffsets(sink, values, least, offsetBits)
  } else putCheapest(sink, values, least, offsetBits)
}

function isStep(values: ArrayLike<number>, step: number): boolean {
  let expected = values[0] as number
  for (const value of values as number[]) {
    if (value !== expected) return false
    expected += step
  }
  return true
}

// One pass over the differences, then the coding that it expects to be shortest.
function putCheapest(sink: BitSink, values: ArrayLike<number>, least: number, offsetBits: number): void {
  const steps = values.length - 1
  const first = values[0] as number
  const step = usualStep(values)
  let last = first
  let changes = step === 0 ? 0 : -1
  let isRising = true
  let largest = 0
  let sum = 0
  for (const value of values as number[]) {
    const difference = value - last
    last = value
    if (difference !== step) changes++
    if (difference < 0) isRising = false
    const size = difference < 0 ? -difference : difference
    if (size > largest) largest = size
    sum += size > SURVEY_CLAMP ? SURVEY_CLAMP : size
  }
  const mean = (isRising ? sum : 2 * sum) / steps
  const k = riceParameter(mean)
  const riceBits = 2 * largest < RICE_ESCAPE_LIMIT ? steps * (k + 1 + mean / (1 << k)) : 1e9
  const changeBits = 8 + changes * (10 + 2 * bitsOf(largest))
  const offsetsBits = offsetBits <= OFFSET_BITS_MAX ? (steps + 1) * offsetBits : 1e9
  if (offsetsBits <= riceBits && offsetsBits <= changeBits) putOffsets(sink, values, least, offsetBits)
  else if (changeBits <= riceBits) {
    putStep(sink, CHANGES, step, first)
    putChanges(sink, values, step, changes)
  } else putRice(sink, values, isRising ? RISES : DELTAS, k)
}

// What most differences are, if anything: a register mostly stands still, and in time a gap makes a step longer, not shorter.
function usualStep(values: ArrayLike<number>): number {
  const count = values.length
  const atStart = (values[1] as number) - (values[0] as number)
  const atEnd = (values[count - 1] as number) - (values[count - 2] as number)
  if (atStart < 0 || atEnd < 0) return 0
  return atEnd < atStart ? atEnd : atStart
}

function riceParameter(mean: number): number {
  let k = 0
  while (k < RICE_K_MAX && 2 << k <= mean) k++
  return k
}

function putStep(sink: BitSink, coding: number, step: number, base: number): void {
  const size = zigzag(step)
  const parameter = size < STEP_PARAMETER_MAX ? size : STEP_PARAMETER_MAX
  putSized(sink, (coding << 5) | parameter, 9, base)
  if (parameter === STEP_PARAMETER_MAX) putSized(sink, 0, 0, size - STEP_PARAMETER_MAX)
}

function putChanges(sink: BitSink, values: ArrayLike<number>, step: number, changes: number): void {
  putSized(sink, 0, 0, changes)
  let expected = values[0] as number
  let gap = 0
  let isFirst = true
  for (const value of values as number[]) {
    if (isFirst) isFirst = false
    else if (value === expected) gap++
    else {
      putSized(sink, 0, 0, gap)
      putSized(sink, 0, 0, zigzag(value - expected))
      gap = 0
    }
    expected = value + step
  }
}

function putOffsets(sink: BitSink, values: ArrayLike<number>, least: number, width: number): void {
  putSized(sink, (OFFSETS << 5) | width, 9, least)
  // as many as a number of 30 bits holds are one text
  const room = 30 - width
  let waiting = 1
  let bits = 0
  for (const value of values as number[]) {
    waiting = (waiting << width) | (value - least)
    bits += width
    if (bits > room) {
      sink.bits += waiting.toString(2).substr(1)
      waiting = 1
      bits = 0
    }
  }
  sink.bits += waiting.toString(2).substr(1)
}

/*  Rice code of n with k:  n >> k ones | 0 | low k bits of n      n >> k of 12 and more:  12 ones | n in 24 bits  */
function putRice(sink: BitSink, values: ArrayLike<number>, coding: number, k: number): void {
  let last = values[0] as number
  putSized(sink, (coding << 5) | k, 9, last)
  const low = (1 << k) - 1
  let text = ''
  let isFirst = true
  for (const value of values as number[]) {
    let number = value - last
    last = value
    if (isFirst) {
      isFirst = false
      continue
    }
    if (coding === DELTAS) number = number < 0 ? -2 * number - 1 : 2 * number
    const ones = number >> k
    // its first bit is a one too many
    if (ones < RICE_ONES_MAX) text += ((((4 << ones) - 2) << k) | (number & low)).toString(2).substr(1)
    else text += (RICE_ESCAPE + number).toString(2).substr(1)
  }
  sink.bits += text
}
