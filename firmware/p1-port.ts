// The P1 port: the engine's serial characters through the shared scanner, the data request, and no more work than a meter can
// make. What trouble on the line is called is line-watch.ts's; what a readout says is not known here.

import { createLineWatch, type LineWatch, watchCharacters, watchWindow } from '../shared/telegram/line-watch.ts'
import { type LineCounters, newLineCounters, READOUT_BYTES_MAX } from '../shared/telegram/readout.ts'
import {
  CHUNK_CHARACTERS,
  createScanner,
  scannerFeed,
  scannerGuess,
  scannerPass,
  type TextReadout,
} from '../shared/telegram/scan.ts'
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
/** While no readout comes, every byte costs so much more: what never ends is the dearest for the interpreter. */
const WARY_COST = 2
/** Noise that the scanner need not see: many characters whose mean no text has. */
const JUDGED_CHARACTERS = 32
const TEXT_MEAN_MIN = 20
const TEXT_MEAN_MAX = 100

export interface P1Events {
  /** Where the checksum of the last readout began, as `bodyBytes`; 0 when the next has nothing to do with it. */
  last: { readonly bodyBytes: number }
  /**
   * A whole readout, its checksum not judged: who does counts the verdict. With `isGuess` it may be one: true when it is the last one with other
   * digits, and taken.
   */
  readout(readout: TextReadout, isGuess: boolean): boolean
  /** A telegram was broken off or had no end. */
  lost(): void
  /** Data request: driven high, or let go to high impedance; never pulled low (DSMR 5.0.2 section 5.7.1). */
  request(isOn: boolean): void
}

export interface P1Port {
  watch: LineWatch
  /** Once a second. */
  tick(nowMs: number): void
}

/**
 * Starts listening; `sum` adds the characters of a text and `join` joins texts natively, `counters` are of this window and get the verdicts from who judges.
 * The first tick asks the meter for data, and every other goes on asking. The line must be inverted in hardware: the engine cannot do it.
 */
export function openP1Port(
  serial: EngineSerial,
  rx: EnginePin,
  tx: EnginePin,
  counters: LineCounters,
  sum: (text: string) => number,
  join: (pieces: string[]) => string,
  events: P1Events,
): P1Port {
  const scanner = createScanner(READOUT_BYTES_MAX, counters, join)
  const watch = createLineWatch()
  let windowMs = 0
  let broken = 0
  let room = ROOM_MAX
  let charged = 0
  let format = -1
  let isSkipping = false
  // No readout in the last second.
  let isWary = true
  let hasReadout = false
  // Until the first readout what comes may be the end of a telegram that began before we listened: no fault of the line.
  let isFresh = true

  /** Readouts of this window. */
  let readouts = 0
  // With fewer chunks put aside the end of a telegram like the last one cannot be there: nobody looks for it.
  let blind = 0

  function loseBroken(): void {
    while (broken < counters.cut + counters.overrun) {
      broken++
      if (!isFresh) events.lost()
    }
  }

  /** `count` readouts were found. */
  function found(count: number): void {
    if (isFresh) {
      isFresh = false
      counters.noiseBytes = 0
      counters.cut = 0
      counters.overrun = 0
      broken = 0
    }
    isWary = false
    hasReadout = true
    readouts += count
    room -= count * READOUT_COST
    isSkipping = room < 0
  }

  /** True when the scanner may be spared this chunk. */
  function isRubbish(chunk: string): boolean {
    const length = chunk.length
    watchCharacters(watch, chunk)
    const mean = sum(chunk) / length
    if (length >= JUDGED_CHARACTERS && (mean < TEXT_MEAN_MIN || mean > TEXT_MEAN_MAX)) {
      counters.bytes += length
      counters.noiseBytes += length
      return true
    }
    room -= length * WARY_COST
    isSkipping = room < 0
    return false
  }

  // 16 times a telegram: the usual chunk costs as little as can be. Where it is not usual, `blind` and `quiet` are 0.
  function onData(chunk: string): void {
    if (blind > scanner.held.push(chunk)) return
    if (scanner.quiet > 0 && chunk.indexOf('!') < 0) scanner.quiet--
    else if (isSkipping) {
      scanner.held.pop()
      counters.bytes += chunk.length
      counters.skippedBytes += chunk.length
      isFresh = true
    } else look(chunk)
  }

  function look(chunk: string): void {
    blind = 0
    if (isWary && isRubbish(chunk)) {
      scanner.held.pop()
      return
    }
    const end = chunk.indexOf('!') < 0 ? 0 : events.last.bodyBytes
    const guess = end === 0 ? undefined : scannerGuess(scanner, end)
    if (guess === undefined || !events.readout(guess, true)) feed()
    else {
      scannerPass(scanner, guess)
      found(1)
      // nearly always there is no more
      if (scanner.held.length > 0 || isWary || isSkipping) feed()
      if (scanner.text === '' && !isSkipping) blind = end / CHUNK_CHARACTERS
    }
  }

  /** Has all that was put aside looked at and counted. */
  function feed(): void {
    scanner.quiet = 0
    const whole = scannerFeed(scanner, '')
    if (whole.length > 0) found(whole.length)
    loseBroken()
    for (const readout of whole) events.readout(readout, false)
    if (isWary || isSkipping) scanner.quiet = 0
  }

  function listen(): void {
    if (format === watch.format) return
    format = watch.format
    serial.setup(format === 0 ? P1_BAUD : OLD_P1_BAUD, {
      rx: rx,
      tx: tx,
      bytesize: 8 - format,
      parity: format === 0 ? null : 'e',
    })
  }

  function tick(nowMs: number): void {
    events.request(true)
    const isMidway = scanner.held.length > 0
    feed()
    isWary = !hasReadout
    hasReadout = false
    const read = counters.bytes - counters.skippedBytes
    room = Math.min(room + ROOM_BYTES_A_SECOND + charged - read, ROOM_MAX)
    charged = read
    isSkipping = room < 0
    if (isWary || isSkipping) scanner.quiet = 0
    if (isWary || isSkipping || isMidway) blind = 0
    // A readout and its verdict belong to one window.
    if (nowMs - windowMs < WINDOW_MS || counters.ok + counters.absent + counters.mismatch < readouts) return
    windowMs = nowMs
    readouts = 0
    const isBlind = watchWindow(watch, counters)
    Object.assign(counters, newLineCounters())
    isFresh = isBlind && broken === 0
    broken = 0
    charged = 0
    listen()
    // Some meters wait for the request to rise: it does with the next tick.
    if (watch.trouble === 'silence') events.request(false)
  }

  const port: P1Port = { watch: watch, tick: tick }
  listen()
  serial.on('data', onData)
  return port
}
