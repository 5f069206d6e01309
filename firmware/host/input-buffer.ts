// The engine's input buffer (src/jsdevices.c): what came while the interpreter was away, in events of at most 64 bytes, each with a
// head of two. What finds no room is gone, the rest stays. Who fills it, and what a loss is called, is for whoever has it.

const BUFFER_BYTES = 4096
/** The engine keeps a little spare. */
const SPARE_BYTES = 4
const HEAD_BYTES = 2
const EVENT_BYTES_MAX = 64

export interface InputEvent {
  channel: number
  bytes: Uint8Array
}

export interface InputBuffer {
  freeBytes(): number
  /** False when there was no room for some of it. */
  push(channel: number, bytes: Uint8Array): boolean
  pop(): InputEvent | undefined
}

export function openInputBuffer(): InputBuffer {
  const events: InputEvent[] = []
  let usedBytes = 0
  const freeBytes = (): number => BUFFER_BYTES - SPARE_BYTES - usedBytes

  /** Behind the newest event, which must not be the next to go. */
  function isJoined(channel: number, bytes: Uint8Array): boolean {
    const last = events.length > 1 ? events.at(-1) : undefined
    if (!last || last.channel !== channel || freeBytes() <= 0) return false
    if (last.bytes.length + bytes.length >= EVENT_BYTES_MAX) return false
    last.bytes = Buffer.concat([last.bytes, bytes])
    usedBytes += bytes.length
    return true
  }

  function isAdded(channel: number, bytes: Uint8Array): boolean {
    if (freeBytes() < bytes.length + HEAD_BYTES) return false
    events.push({ channel, bytes })
    usedBytes += bytes.length + HEAD_BYTES
    return true
  }

  return {
    freeBytes,
    push: (channel, bytes) => {
      if (isJoined(channel, bytes)) return true
      let isWhole = true
      for (let at = 0; at < bytes.length; at += EVENT_BYTES_MAX)
        isWhole = isAdded(channel, bytes.slice(at, at + EVENT_BYTES_MAX)) && isWhole
      return isWhole
    },
    pop: () => {
      const event = events.shift()
      if (event) usedBytes -= event.bytes.length + HEAD_BYTES
      return event
    },
  }
}
