// The wire between a meter and the dongle's P1 port: a telegram once a second, from the simulated meter, a recorded file or a
// device; and the noise that can be put on it. It does not look into telegrams.

import { createReadStream, readFileSync } from 'node:fs'
import type { HostClock } from './clock.ts'

export interface Meter {
  /** The whole telegram, CRC and all, that a meter sends at this second of epoch time. */
  telegramAt(timeS: number): string
}

export interface P1Line {
  setNoise(isOn: boolean): void
  stop(): void
}

export interface P1LineOptions {
  clock: HostClock
  /** Epoch seconds at the clock's zero. */
  startS: number
  /** Takes the bytes; asked anew each time, since the port is another after a reboot. */
  feed(bytes: Uint8Array): void
}

/** One telegram in this many is hit while noise is on. */
const NOISE_EVERY = 3
const SECOND_MS = 1000

/** Turns some bits over, at places that depend on `n` alone, so that a run can be repeated. */
function corrupted(bytes: Uint8Array, n: number): Uint8Array {
  const out = bytes.slice()
  for (let i = 0; i < 3; i++) {
    const at = (n * 7919 + i * 104729) % out.length
    out[at] = out[at]! ^ (1 << ((n + i) % 8))
  }
  return out
}

function everySecond(options: P1LineOptions, next: (timeS: number, n: number) => string): P1Line {
  const { clock } = options
  let isNoisy = false
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
    const bytes = Buffer.from(next(timeS, sent), 'latin1')
    sent++
    options.feed(isNoisy && sent % NOISE_EVERY === 0 ? corrupted(bytes, sent) : new Uint8Array(bytes))
    arm()
  }
  arm()
  return {
    setNoise: isOn => {
      isNoisy = isOn
    },
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
    options.feed(isNoisy && chunks % NOISE_EVERY === 0 ? corrupted(bytes, chunks) : bytes)
  })
  return {
    setNoise: isOn => {
      isNoisy = isOn
    },
    stop: () => stream.destroy(),
  }
}
