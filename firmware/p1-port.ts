// The P1 port: the engine's serial characters through the shared scanner, and the troubles of the line by name. What a
// readout says is not known here. DSMR 5.0.2 section 5: 115200 8N1, a telegram a second.

import type { TextCrc } from '../shared/telegram/crc16.ts'
import {
  type Checksum,
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
  /** A whole readout, its checksum right or absent. */
  readout(text: string, checksum: Checksum): void
  /** A telegram was noticed that gives no reading. */
  lost(reason: 'crc' | 'overrun'): void
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
export function openP1Port(serial: EngineSerial, rx: EnginePin, tx: EnginePin, crc: TextCrc, events: P1Events): P1Port {
  const scanner = createScanner(READOUT_BYTES_MAX, crc)
  const counters = scanner.counters
  let window = copyOf(counters)
  let windowMs = 0
  let trouble: LineTrouble = 'none'
  let broken = 0

  function onReadout(readout: TextReadout): void {
    if (readout.checksum === 'mismatch') events.lost('crc')
    else events.readout(readout.text, readout.checksum)
  }

  serial.setup(P1_BAUD, { rx: rx, tx: tx })
  serial.on('data', chunk => {
    const readouts = scannerFeed(scanner, chunk)
    const brokenNow = counters.cut + counters.overrun
    while (broken < brokenNow) {
      broken++
      events.lost('overrun')
    }
    for (let i = 0; i < readouts.length; i++) onReadout(readouts[i] as TextReadout)
  })

  return {
    scanner: scanner,
    tick: nowMs => {
      if (nowMs - windowMs < WINDOW_MS) return
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
