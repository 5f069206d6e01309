// The P1 port: the engine's serial characters through the shared scanner, the data request, and no more work than a meter can
// make. What trouble on the line is called is line-watch.ts's; what a readout says is not known here.

import type { TextCrc } from '../shared/telegram/crc16.ts'
import { createLineWatch, type LineWatch, watchCharacters, watchWindow } from '../shared/telegram/line-watch.ts'
import { type Checksum, newLineCounters, READOUT_BYTES_MAX } from '../shared/telegram/readout.ts'
import { createScanner, scannerFeed, type TextReadout } from '../shared/telegram/scan.ts'
import { OLD_P1_BAUD, P1_BAUD } from './config.ts'
import type { EnginePin, EngineSerial } from './engine.ts'

/** Trouble is named over windows of some telegrams' length, and of more than one of a meter that sends every ten seconds. */
const WINDOW_MS = 15000
/**
 * What the line may bring: so many bytes each second, a readout costing so many more. The longest telegram (4107) fits every
 * second, one of 1 kB more than twice. What waited while the interpreter was away may come at once.
 */
const ROOM_BYTES_A_SECOND = 5632
const READOUT_COST = 1024
const ROOM_MAX = 16384

export interface P1Events {
  /** A whole readout, its checksum right or absent. */
  readout(text: string, checksum: Checksum): void
  /** A telegram was noticed that gives no reading. */
  lost(reason: 'crc' | 'overrun'): void
  /** Data request: driven high, or let go to high impedance; never pulled low (DSMR 5.0.2 section 5.7.1). */
  request(isOn: boolean): void
}

export interface P1Port {
  watch: LineWatch
  /** Readouts and telegrams that were none, since start. */
  telegramsOk: number
  telegramsBad: number
  /** Once a second. */
  tick(nowMs: number): void
}

/** Starts listening; the first tick asks the meter for data. The line must be inverted in hardware: the engine cannot do it. */
export function openP1Port(serial: EngineSerial, rx: EnginePin, tx: EnginePin, crc: TextCrc, events: P1Events): P1Port {
  const scanner = createScanner(READOUT_BYTES_MAX, crc)
  /** Of this window. */
  const counters = scanner.counters
  const watch = createLineWatch()
  let windowMs = 0
  let broken = 0
  let room = ROOM_MAX
  let format = -1
  let isBlind = true
  // Until the first readout what comes may be the end of a telegram that began before we listened: no fault of the line.
  let isFresh = true
  let isRequested = false

  function lose(reason: 'crc' | 'overrun'): void {
    port.telegramsBad++
    events.lost(reason)
  }

  function onReadout(readout: TextReadout): void {
    room -= READOUT_COST
    isBlind = false
    if (readout.checksum === 'mismatch') lose('crc')
    else {
      port.telegramsOk++
      events.readout(readout.text, readout.checksum)
    }
  }

  function onData(chunk: string): void {
    const length = chunk.length
    if (room < length) {
      counters.bytes += length
      counters.skippedBytes += length
      isFresh = true
      return
    }
    room -= length
    if (isBlind) watchCharacters(watch, chunk)
    const readouts = scannerFeed(scanner, chunk)
    if (isFresh && readouts.length > 0) {
      isFresh = false
      counters.noiseBytes = 0
      counters.cut = 0
      counters.overrun = 0
      broken = 0
    }
    while (broken < counters.cut + counters.overrun) {
      broken++
      if (!isFresh) lose('overrun')
    }
    for (let i = 0; i < readouts.length; i++) onReadout(readouts[i] as TextReadout)
  }

  function listen(): void {
    if (format === watch.format) return
    format = watch.format
    isFresh = true
    const options = { rx: rx, tx: tx }
    if (format === 0) serial.setup(P1_BAUD, options)
    else serial.setup(OLD_P1_BAUD, Object.assign(options, { bytesize: 7, parity: 'e' } as const))
  }

  function tick(nowMs: number): void {
    room = Math.min(room + ROOM_BYTES_A_SECOND, ROOM_MAX)
    if (!isRequested) events.request(true)
    isRequested = true
    if (nowMs - windowMs < WINDOW_MS) return
    windowMs = nowMs
    watchWindow(watch, counters)
    Object.assign(counters, newLineCounters())
    broken = 0
    isBlind = true
    isFresh = false
    listen()
    // Some meters wait for the request to rise.
    if (watch.trouble === 'silence') {
      events.request(false)
      isRequested = false
      isFresh = true
    }
  }

  const port: P1Port = { watch: watch, telegramsOk: 0, telegramsBad: 0, tick: tick }
  listen()
  serial.on('data', onData)
  return port
}
