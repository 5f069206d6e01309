// One UART as the ESP32 build gives it (targets/esp32/jshardwareUart.c, src/jsdevices.c): bytes wait in the driver's ring and the
// engine's input buffer, come out as 'data' in binary strings of at most 64 bytes, and are lost without a word when the
// interpreter is away too long. (The Linux build leaves them in the terminal then; the chip is what is imitated here.)

import { toBinary } from './bytes.ts'
import type { HostClock } from './clock.ts'
import { type Call, openEmitter } from './emitter.ts'
import { openInputBuffer } from './input-buffer.ts'
import { P1_FORMAT, throughUart, type UartFormat } from './uart.ts'

/** With less room in the engine's buffer the driver is not asked; so many bytes it gives at once. */
const IO_FREE_MIN = 256
/** The driver's ring; what comes while it is full is thrown away. */
const RING_BYTES = 1024
/** How much comes over the wire at once, for the sake of few timers. */
const PIECE_BYTES = 64
const OPTIONS = new Set(['rx', 'tx', 'ck', 'cts', 'bytesize', 'stopbits', 'parity', 'flow', 'errors'])

/** How the bytes are on the wire; straight 115200 8N1 unless said otherwise. */
export interface Wire {
  format: UartFormat
  isInverted: boolean
}

export interface SerialPort {
  /** What the bundle sees. */
  api: Record<string, unknown>
  /** Bytes from the wire, read as setup() said. Lost before setup(), as on a UART that is off. */
  feed(bytes: Uint8Array, wire?: Wire): void
  /** Format after setup(). */
  format(): UartFormat | undefined
  stop(): void
}

const PARITIES: Record<string, UartFormat['parity']> = { e: 'even', even: 'even', o: 'odd', odd: 'odd' }

function formatOf(baud: number, options: Record<string, unknown>): UartFormat {
  const parity = PARITIES[String(options.parity)] ?? 'none'
  return { baud, parity, bytesize: options.bytesize === 7 ? 7 : 8, stopbits: options.stopbits === 2 ? 2 : 1 }
}

const isSame = (a: UartFormat, b: UartFormat): boolean =>
  a.baud === b.baud && a.parity === b.parity && a.bytesize === b.bytesize && a.stopbits === b.stopbits

interface Coming {
  bytes: Uint8Array
  /** When its last bit is there. */
  atMs: number
}

export function openSerial(
  clock: HostClock,
  call: Call,
  error: (message: string) => Error,
  onWrite: (data: string) => void,
): SerialPort {
  const { emitter, fire, listenerCount } = openEmitter(call)
  let buffer = openInputBuffer()
  /** Still in the driver's. */
  let ring: Uint8Array = new Uint8Array(0)
  /** On its way. */
  let coming: Coming[] = []
  let freeMs = 0
  let isPumping = false
  let cancel = (): void => {}
  let format: UartFormat | undefined

  /** From the driver's ring into the engine's buffer while there is room. */
  function drain(): void {
    while (ring.length > 0 && buffer.freeBytes() >= IO_FREE_MIN) {
      buffer.push(0, ring.subarray(0, IO_FREE_MIN))
      ring = ring.subarray(IO_FREE_MIN)
    }
  }

  /** What has come over the wire by now, the piece that the ring has no room for being gone. */
  function receive(): void {
    const nowMs = clock.nowMs()
    while (coming[0] && coming[0].atMs <= nowMs) {
      const { bytes } = coming.shift() as Coming
      if (ring.length + bytes.length <= RING_BYTES) ring = Buffer.concat([ring, bytes])
      drain()
    }
  }

  /** One chunk per turn of the event loop, as the engine gives one per round of its own. */
  function pump(): void {
    receive()
    const event = buffer.pop()
    if (!event) {
      wait()
      return
    }
    drain()
    if (listenerCount('data') > 0) fire('data', toBinary(event.bytes))
    setImmediate(pump)
  }

  /** Until the next piece has come. */
  function wait(): void {
    isPumping = false
    const next = coming[0]
    if (!next) return
    isPumping = true
    cancel = clock.after(Math.max(0, next.atMs - clock.nowMs()), pump)
  }

  /** Puts bytes on the wire, at the speed of the wire. */
  function send(bytes: Uint8Array, format: UartFormat): void {
    const bits = 1 + format.bytesize + (format.parity === 'none' ? 0 : 1) + format.stopbits
    const byteMs = (bits * 1000) / format.baud
    let atMs = Math.max(clock.nowMs(), freeMs)
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.slice(at, at + PIECE_BYTES)
      atMs += piece.length * byteMs
      coming.push({ bytes: piece, atMs })
    }
    freeMs = atMs
    if (!isPumping) wait()
  }

  function empty(): void {
    cancel()
    isPumping = false
    coming = []
    buffer = openInputBuffer()
    ring = new Uint8Array(0)
  }

  return {
    api: {
      ...emitter,
      setup: (baud: number, options: Record<string, unknown> = {}) => {
        for (const name of Object.keys(options)) {
          if (!OPTIONS.has(name)) throw error(`Unknown option "${name}"`)
        }
        format = formatOf(baud, options)
      },
      unsetup: () => {
        format = undefined
        empty()
      },
      write: (...data: unknown[]) => onWrite(data.join('')),
      print: (text: unknown) => onWrite(String(text)),
      println: (text: unknown) => onWrite(`${text}\r\n`),
    },
    feed: (bytes, wire = { format: P1_FORMAT, isInverted: false }) => {
      if (format === undefined) return
      const isStraight = !wire.isInverted && isSame(wire.format, format)
      send(isStraight ? bytes : throughUart(bytes, wire.format, format, wire.isInverted), format)
    },
    format: () => format,
    stop: empty,
  }
}
