// The network between one dongle and the gateways: messages get lost, late, repeated, out of order, corrupted; links are cut,
// one way or both, and what looks like a link may be half of one. An attacker on it forges and replays, without keys.

import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import { type Faults, happens } from './faults.ts'

export interface Parcel {
  atTick: number
  bytes: Uint8Array
  /** Changed or made up on the way: nobody may believe it. */
  isTampered: boolean
  deliver(bytes: Uint8Array, isTampered: boolean): void
}

export interface Line {
  faults: Faults
  random: Random
  parcels: Parcel[]
  /** Nothing passes in these directions before the tick. */
  upCutUntil: number
  downCutUntil: number
  /** What went by, for replays (bounded). */
  recorded: Uint8Array[]
  isHealed: boolean
}

const RECORDED_MAX = 8
const PARCELS_MAX = 400

export function createLine(faults: Faults, random: Random): Line {
  return { faults, random, parcels: [], upCutUntil: 0, downCutUntil: 0, recorded: [], isHealed: false }
}

export function isCut(line: Line, direction: 'up' | 'down', tick: number): boolean {
  return tick < (direction === 'up' ? line.upCutUntil : line.downCutUntil)
}

export function carry(
  line: Line,
  direction: 'up' | 'down',
  tick: number,
  bytes: Uint8Array,
  deliver: Parcel['deliver'],
): void {
  if (isCut(line, direction, tick)) return
  const { faults, random } = line
  if (line.isHealed) {
    line.parcels.push({ atTick: tick, bytes, isTampered: false, deliver })
    return
  }
  if (line.recorded.length < RECORDED_MAX) line.recorded.push(bytes)
  else line.recorded[randomBelow(random, RECORDED_MAX)] = bytes
  // the forged one comes before the real one: behind it, its number alone would give it away
  if (happens(random, faults.forge)) {
    line.parcels.push({ atTick: tick, bytes: forged(random, bytes), isTampered: true, deliver })
  }
  const copies = happens(random, faults.drop) ? 0 : happens(random, faults.repeat) ? 2 : 1
  for (let copy = 0; copy < copies && line.parcels.length < PARCELS_MAX; copy++) {
    const atTick = tick + (happens(random, faults.delay) ? 1 + randomBelow(random, 12) : 0)
    if (happens(random, faults.corrupt)) {
      line.parcels.push({ atTick, bytes: corrupted(random, bytes), isTampered: true, deliver })
    } else line.parcels.push({ atTick, bytes, isTampered: false, deliver })
  }
  // A replay is authentic bytes at the wrong time: it may be believed, but nothing may be stored twice or lost by it.
  if (happens(random, faults.replay)) {
    const old = line.recorded[randomBelow(random, line.recorded.length)] as Uint8Array
    line.parcels.push({ atTick: tick, bytes: old, isTampered: false, deliver })
  }
}

function corrupted(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  if (randomBelow(random, 4) === 0) return copy.subarray(0, randomBelow(random, copy.length))
  const flips = 1 + randomBelow(random, 3)
  for (let i = 0; i < flips; i++) {
    const at = randomBelow(random, copy.length)
    copy[at] = (copy[at] as number) ^ (1 << randomBelow(random, 8))
  }
  return isSame(copy, bytes) ? copy.subarray(1) : copy
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** A real message with another IV or other ciphertext in it, head and tag kept: what somebody without the keys can make. */
function forged(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  const ivAt = Math.min(38, copy.length - 1)
  const at = ivAt + randomBelow(random, Math.max(1, copy.length - 34 - 32 - ivAt))
  copy[at] = (copy[at] as number) ^ (1 + randomBelow(random, 255))
  return copy
}

export function tickLine(line: Line, tick: number): void {
  const due = line.parcels.filter(parcel => parcel.atTick <= tick)
  if (due.length === 0) return
  line.parcels = line.parcels.filter(parcel => parcel.atTick > tick)
  for (const parcel of due) parcel.deliver(parcel.bytes, parcel.isTampered)
}
