// LoopbackA and LoopbackB: what is written at one end comes as 'data' at the other, by way of the engine's input buffer. No dongle has a use
// for them; they show on a table what that buffer does when it is full.

import { toBinary } from './bytes.ts'
import { type Call, openEmitter } from './emitter.ts'
import { openInputBuffer } from './input-buffer.ts'

export interface Loopback {
  ends: Record<string, unknown>[]
  stop(): void
}

export function openLoopback(call: Call, overflowed: () => void): Loopback {
  const buffer = openInputBuffer()
  const emitters = [openEmitter(call), openEmitter(call)]
  let isPumping = false
  let isStopped = false

  /** One event per turn of the event loop. */
  function pump(): void {
    const event = isStopped ? undefined : buffer.pop()
    isPumping = event !== undefined
    if (!event) return
    emitters[event.channel]?.fire('data', toBinary(event.bytes))
    setImmediate(pump)
  }

  /** Byte by byte, as the engine transmits. */
  function write(channel: number, data: string): void {
    for (const byte of Buffer.from(data, 'latin1')) if (!buffer.push(channel, Uint8Array.of(byte))) overflowed()
    if (!isPumping) setImmediate(pump)
    isPumping = true
  }

  return {
    ends: emitters.map(({ emitter }, end) => ({
      ...emitter,
      write: (...data: unknown[]) => write(1 - end, data.join('')),
    })),
    stop: () => {
      isStopped = true
    },
  }
}
