// One direction of a line with a fault on it, as a pure core: bytes go in with a time, pieces come out when they are due, in order, changed where
// the fault changes them. It knows no sockets; chaos-proxy.ts carries the pieces.

import { type Random, randomBelow } from '../../shared/kernel/random.ts'

/** What may be wrong with a line. Ways of one connection are told by the proxy (drop, half-open, reset), those of bytes by a flow. */
export type LineFault =
  /** Nothing passes, either way: a firewall that swallows packets. What was sent meanwhile comes when it is healed, as TCP would send it again. */
  | { kind: 'drop' }
  /** Connections that stand are forgotten on the way: both ends keep them and hear nothing any more. New ones are fine. */
  | { kind: 'half-open' }
  /** Every connection is reset, again and again. */
  | { kind: 'reset'; everyMs: number }
  /** Everything comes later, by `ms` and up to `jitterMs` more, and in order. */
  | { kind: 'delay'; ms: number; jitterMs: number }
  /** A few bytes at a time. */
  | { kind: 'drip'; bytes: number; everyMs: number }
  /** One bit is turned in about so many bytes. */
  | { kind: 'corrupt'; perBytes: number }
  | { kind: 'bandwidth'; bytesPerS: number }

export interface Flow {
  push(bytes: Uint8Array, nowMs: number, fault: LineFault | undefined): void
  /** What is due, in order. */
  take(nowMs: number): Uint8Array[]
  /** When the next piece is due; undefined: nothing waits. */
  nextMs(): number | undefined
  /** Bytes that wait. */
  waiting(): number
  /** The fault is over: what waits is due now. */
  heal(nowMs: number): void
}

/** A line of so many bytes a second carries in so many pieces each second. */
const PIECES_PER_S = 20

interface Piece {
  bytes: Uint8Array
  atMs: number
}

export function createFlow(random: Random): Flow {
  let pieces: Piece[] = []
  let bytesWaiting = 0
  let lastMs = 0

  function enter(bytes: Uint8Array, atMs: number): void {
    lastMs = Math.max(lastMs, atMs)
    bytesWaiting += bytes.length
    pieces.push({ bytes, atMs: lastMs })
  }

  return {
    push(bytes, nowMs, fault) {
      if (fault?.kind === 'delay') enter(bytes, nowMs + fault.ms + randomBelow(random, fault.jitterMs + 1))
      else if (fault?.kind === 'drip')
        for (const part of partsOf(bytes, fault.bytes)) enter(part, Math.max(nowMs, lastMs) + fault.everyMs)
      else if (fault?.kind === 'bandwidth')
        for (const part of partsOf(bytes, Math.ceil(fault.bytesPerS / PIECES_PER_S)))
          enter(part, Math.max(nowMs, lastMs) + (part.length * 1000) / fault.bytesPerS)
      else enter(fault?.kind === 'corrupt' ? corrupted(bytes, fault.perBytes, random) : bytes, nowMs)
    },
    take(nowMs) {
      let count = 0
      while (count < pieces.length && (pieces[count] as Piece).atMs <= nowMs) count++
      const due = pieces.slice(0, count).map(piece => piece.bytes)
      pieces = pieces.slice(count)
      for (const { length } of due) bytesWaiting -= length
      return due
    },
    nextMs: () => pieces[0]?.atMs,
    waiting: () => bytesWaiting,
    heal(nowMs) {
      for (const piece of pieces) piece.atMs = Math.min(piece.atMs, nowMs)
      lastMs = Math.min(lastMs, nowMs)
    },
  }
}

function partsOf(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

function corrupted(bytes: Uint8Array, perBytes: number, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes) // a Buffer's slice() is no copy
  for (let at = randomBelow(random, 2 * perBytes); at < copy.length; at += 1 + randomBelow(random, 2 * perBytes)) {
    copy[at] = (copy[at] as number) ^ (1 << randomBelow(random, 8))
  }
  return copy
}
