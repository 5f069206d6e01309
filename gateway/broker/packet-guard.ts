// Counts MQTT packets' lengths as the bytes go by, before any parser keeps them: the parser has no limit of its own and a
// fixed header may announce 256 MB. Pure; knows fixed headers only (MQTT 3.1.1 sections 2.2 and 2.2.3), copies nothing.
//
//   byte 1: type and flags   bytes 2..5: remaining length, 7 bits each, low first, top bit = more   then that many bytes

export interface PacketGuard {
  /** Largest remaining length let through, in bytes; may be raised between packets. */
  limitBytes: number
  state: 'type' | 'length' | 'body'
  lengthBytes: number
  remaining: number
}

export function createPacketGuard(limitBytes: number): PacketGuard {
  return { limitBytes, state: 'type', lengthBytes: 0, remaining: 0 }
}

/** Walks over one chunk. A fault is final: the connection must be closed. */
export function passChunk(guard: PacketGuard, chunk: Uint8Array): 'ok' | 'packet-too-large' | 'malformed-packet' {
  let at = 0
  while (at < chunk.length) {
    if (guard.state === 'body') {
      const step = Math.min(guard.remaining, chunk.length - at)
      guard.remaining -= step
      at += step
      if (guard.remaining === 0) guard.state = 'type'
    } else if (guard.state === 'type') {
      at++
      guard.state = 'length'
      guard.lengthBytes = 0
      guard.remaining = 0
    } else {
      const verdict = passLengthByte(guard, chunk[at++] as number)
      if (verdict !== 'ok') return verdict
    }
  }
  return 'ok'
}

function passLengthByte(guard: PacketGuard, byte: number): 'ok' | 'packet-too-large' | 'malformed-packet' {
  guard.remaining += (byte & 0x7f) * 128 ** guard.lengthBytes
  guard.lengthBytes++
  if (guard.remaining > guard.limitBytes) return 'packet-too-large'
  if ((byte & 0x80) !== 0) return guard.lengthBytes === 4 ? 'malformed-packet' : 'ok'
  guard.state = guard.remaining === 0 ? 'type' : 'body'
  return 'ok'
}
