// One UART as the ESP32 build gives it: bytes wait in about 5 kB (driver ring and input buffer), come out as 'data' in binary
// strings of at most 64 bytes, and are lost and counted as FIFO_FULL when the interpreter is away too long.

import { toBinary } from './bytes.ts'
import { type Call, openEmitter } from './emitter.ts'

/** 4096 of the engine's input buffer and 1024 of the UART driver. */
const BUFFER_BYTES = 5120
const CHUNK_BYTES = 64
const OPTIONS = new Set(['rx', 'tx', 'ck', 'cts', 'bytesize', 'stopbits', 'parity', 'flow', 'errors'])

export interface SerialPort {
  /** What the bundle sees. */
  api: Record<string, unknown>
  /** Bytes from the wire. Lost before setup(), as on a UART that is off. */
  feed(bytes: Uint8Array): void
  /** Baud rate after setup(). */
  baud(): number | undefined
}

export function openSerial(
  call: Call,
  error: (message: string) => Error,
  overflow: () => void,
  onWrite: (data: string) => void,
): SerialPort {
  const { emitter, fire, listenerCount } = openEmitter(call)
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let isPumping = false
  let baud: number | undefined

  /** One chunk per turn of the event loop, as the engine gives one per round of its own. */
  function pump(): void {
    const first = waiting[0]
    if (!first) {
      isPumping = false
      return
    }
    const chunk = first.subarray(0, CHUNK_BYTES)
    if (first.length > CHUNK_BYTES) waiting[0] = first.subarray(CHUNK_BYTES)
    else waiting.shift()
    waitingBytes -= chunk.length
    if (listenerCount('data') > 0) fire('data', toBinary(chunk))
    setImmediate(pump)
  }

  return {
    api: {
      ...emitter,
      setup: (rate: number, options?: Record<string, unknown>) => {
        for (const name of Object.keys(options ?? {})) {
          if (!OPTIONS.has(name)) throw error(`Unknown option "${name}"`)
        }
        baud = rate
      },
      unsetup: () => {
        baud = undefined
        waiting = []
        waitingBytes = 0
      },
      write: (...data: unknown[]) => onWrite(data.join('')),
      print: (text: unknown) => onWrite(String(text)),
      println: (text: unknown) => onWrite(`${text}\r\n`),
    },
    feed: bytes => {
      if (baud === undefined) return
      const room = BUFFER_BYTES - waitingBytes
      if (bytes.length > room) overflow()
      const taken = bytes.slice(0, room)
      if (taken.length === 0) return
      waiting.push(taken)
      waitingBytes += taken.length
      if (isPumping) return
      isPumping = true
      setImmediate(pump)
    },
    baud: () => baud,
  }
}
