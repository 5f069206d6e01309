// The P1 port: the engine's serial characters through the shared scanner, and the troubles of the line by name. What a
// readout says is not known here. DSMR 5.0.2 section 5: 115200 8N1, a telegram a second.

import {
  type LineCounters,
  type LineTrouble,
  lineTrouble,
  newLineCounters,
  READOUT_BYTES_MAX,
} from '../shared/telegram/readout.ts'
import { createScanner, type Scanner, scannerFeed, type TextReadout } from '../shared/telegram/scan.ts'
import { P1_BAUD } from './config.ts'
import type { EnginePin, EngineSerial } from './engine.ts'

/** Trouble is named over windows of some telegrams' length. */
const WINDOW_MS = 15000

export interface P1Events {
  /** A whole readout, its checksum not judged. */
  readout(readout: TextReadout): void
  /** A telegram was broken off or had no end. */
  lost(): void
  /** The state of the line changed. */
  trouble(trouble: LineTrouble): void
}

export interface P1Port {
  scanner: Scanner
  /** Once a second. */
  tick(nowMs: number): void
}

/** Copies what lineTrouble compares. */
function copyOf(counters: Scanner['counters']): Scanner['counters'] {
  return Object.assign(newLineCounters(), counters)
}

/** Starts listening. The line must be inverted in hardware: the engine cannot do it. */
export function openP1Port(
  serial: EngineSerial,
  rx: EnginePin,
  tx: EnginePin,
  counters: LineCounters,
  events: P1Events,
): P1Port {
  const scanner = createScanner(READOUT_BYTES_MAX, counters)
  let window = copyOf(counters)
  let windowMs = 0
  let trouble: LineTrouble = 'none'
  let broken = 0

  serial.setup(P1_BAUD, { rx: rx, tx: tx })
  function look(chunk: string): void {
    const readouts = scannerFeed(scanner, chunk)
    while (broken < counters.cut + counters.overrun) {
      broken++
      events.lost()
    }
    for (let i = 0; i < readouts.length; i++) events.readout(readouts[i] as TextReadout)
  }

  serial.on('data', chunk => {
    // The usual case, 15 times in 17, without a call: the middle of a telegram.
    if (scanner.quiet > 0 && chunk.indexOf('!') < 0) {
      scanner.quiet--
      scanner.held.push(chunk)
    } else look(chunk)
  })

  return {
    scanner: scanner,
    tick: nowMs => {
      if (nowMs - windowMs < WINDOW_MS) return
      scanner.quiet = 0 // have what was put aside looked at and counted
      scannerFeed(scanner, '')
      const now = lineTrouble(window, counters)
      window = copyOf(counters)
      windowMs = nowMs
      if (now !== trouble) {
        trouble = now
        events.trouble(now)
      }
    },
  }
}
