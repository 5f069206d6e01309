// The wire between a meter and the dongle's P1 port: a telegram once a second, from the simulated meter, a recorded file or a
// device, in one of the situations that a line can be in. It does not look into telegrams.

import { createReadStream, readFileSync } from 'node:fs'
import type { HostClock } from './clock.ts'
import { type LineSituation, onTheWire, withBitErrors } from './line-situations.ts'
import type { Wire } from './serial.ts'

export { LINE_SITUATIONS, type LineSituation } from './line-situations.ts'

export interface Meter {
  /** The whole telegram, CRC and all, that a meter sends at this second of epoch time. */
  telegramAt(timeS: number): string
}

export interface P1Line {
  setNoise(isOn: boolean): void
  /** Absent where the line only passes on what a device gives. */
  setSituation?(situation: LineSituation): void
  stop(): void
}

export interface P1LineOptions {
  clock: HostClock
  /** Epoch seconds at the clock's zero. */
  startS: number
  /** Takes the bytes; asked anew each time, since the port is another after a reboot. */
  feed(bytes: Uint8Array, wire?: Wire): void
  /** Whether the dongle drives the data request high; a meter is silent without it. Absent: always. */
  isRequested?(): boolean
}

/** One chunk of a device in this many is hit while noise is on. */
const NOISE_EVERY = 3
const SECOND_MS = 1000

function everySecond(options: P1LineOptions, next: (timeS: number, n: number) => string): P1Line {
  const { clock } = options
  let situation: LineSituation = 'good'
  let sinceCount = 0
  let isStopped = false
  let cancel = (): void => {}
  let sent = 0

  let lastS = Number.NEGATIVE_INFINITY

  /** At each whole second, however late the last one came; what was missed in between is not sent, as on a wire. */
  function arm(): void {
    const wallMs = options.startS * SECOND_MS + clock.nowMs()
    // a timer may fire a moment early: no second is sent twice
    const nextS = Math.max(Math.floor(wallMs / SECOND_MS), lastS) + 1
    cancel = clock.after(nextS * SECOND_MS - wallMs, () => send(nextS))
  }
  function send(dueS: number): void {
    if (isStopped) return
    const timeS = Math.max(dueS, Math.floor(options.startS + clock.nowMs() / SECOND_MS))
    lastS = timeS
    const telegram = new Uint8Array(Buffer.from(next(timeS, sent), 'latin1'))
    const found = onTheWire(situation, telegram, sent - sinceCount)
    sent++
    if (found && options.isRequested?.() !== false) options.feed(found.bytes, found.wire)
    arm()
  }
  function setSituation(value: LineSituation): void {
    situation = value
    sinceCount = sent
  }
  arm()
  return {
    setNoise: isOn => setSituation(isOn ? 'bit-errors' : 'good'),
    setSituation,
    stop: () => {
      isStopped = true
      cancel()
    },
  }
}

export function lineFromMeter(meter: Meter, options: P1LineOptions): P1Line {
  return everySecond(options, timeS => meter.telegramAt(timeS))
}

/** Plays the readouts of a file, one a second, over and over. A file without any is sent whole each second. */
export function lineFromFile(path: string, options: P1LineOptions): P1Line {
  const text = readFileSync(path, 'latin1')
  const readouts = text.match(/\/[^!]*![0-9A-Fa-f]{0,4}\r?\n?/g) ?? [text]
  return everySecond(options, (_timeS, n) => readouts[n % readouts.length]!)
}

/** Passes on what a device or pseudo-terminal gives. */
export function lineFromDevice(path: string, options: P1LineOptions): P1Line {
  const stream = createReadStream(path)
  let isNoisy = false
  let chunks = 0
  stream.on('data', chunk => {
    chunks++
    const bytes = new Uint8Array(Buffer.from(chunk))
    options.feed(isNoisy && chunks % NOISE_EVERY === 0 ? withBitErrors(bytes, chunks) : bytes)
  })
  return {
    setNoise: isOn => {
      isNoisy = isOn
    },
    stop: () => stream.destroy(),
  }
}
