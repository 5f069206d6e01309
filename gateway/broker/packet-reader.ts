// MQTT packets out of a socket's chunks, by the fixed header alone (MQTT 3.1.1 sections 2.2 and 2.2.3). Pure. A packet that is whole in its
// chunk is handed out in place; of one that is not, no more is kept than has come, and one that announces too much is refused by its header.
//
//   byte 1: type and flags   bytes 2..5: remaining length, 7 bits each, low first, top bit = more   then that many bytes

export interface PacketReader {
  /** Largest remaining length let through, in bytes; may be raised between packets. */
  limitBytes: number
  /** The beginning of a packet whose rest has not come, and room behind it. */
  held: Uint8Array
  heldBytes: number
}

/** Takes a packet: its first byte, and its body as `bytes[from … end-1]`, which are there during the call only. False: no more for now. */
export type TakePacket = (head: number, bytes: Uint8Array, from: number, end: number) => boolean

export type PacketFault = 'packet-too-large' | 'malformed-packet'

const NOTHING = new Uint8Array(0)
const LENGTH_BYTES_MAX = 4

export function createPacketReader(limitBytes: number): PacketReader {
  return { limitBytes, held: NOTHING, heldBytes: 0 }
}

/** Hands out what is whole, up to a `take` that says no; the rest stays for the next chunk, which may be empty. A fault is final. */
export function takePackets(reader: PacketReader, chunk: Uint8Array, take: TakePacket): PacketFault | undefined {
  const isHeld = reader.heldBytes > 0
  if (isHeld) append(reader, chunk)
  const bytes = isHeld ? reader.held : chunk
  const end = isHeld ? reader.heldBytes : chunk.length
  let at = 0
  let isTaken = true
  while (isTaken && at < end) {
    if (!hasRightFlags(bytes[at] as number)) return 'malformed-packet'
    let length = 0
    let bodyAt = at + 1
    let isLength = false
    while (!isLength && bodyAt < end && bodyAt - at <= LENGTH_BYTES_MAX) {
      const byte = bytes[bodyAt] as number
      length += (byte & 0x7f) * 128 ** (bodyAt - at - 1)
      bodyAt++
      isLength = byte < 0x80
    }
    if (length > reader.limitBytes) return 'packet-too-large'
    if (!isLength && bodyAt - at > LENGTH_BYTES_MAX) return 'malformed-packet'
    if (!isLength || end - bodyAt < length) break
    isTaken = take(bytes[at] as number, bytes, bodyAt, bodyAt + length)
    at = bodyAt + length
  }
  keep(reader, bytes, at, end)
  return undefined
}

/** The bits below the type are fixed for all but PUBLISH (table 2.2) [MQTT-2.2.2-2]; types 0 and 15 are none. */
function hasRightFlags(head: number): boolean {
  const type = head >> 4
  if (type === 3) return true
  const fixed = type === 6 || type === 8 || type === 10 ? 2 : 0
  return type !== 0 && type !== 15 && (head & 0x0f) === fixed
}

/** Doubles the room, so that a packet that drips in byte by byte is copied a few times only. */
function append(reader: PacketReader, chunk: Uint8Array): void {
  const needed = reader.heldBytes + chunk.length
  if (needed > reader.held.length) {
    const larger = new Uint8Array(Math.max(needed, 2 * reader.held.length))
    larger.set(reader.held.subarray(0, reader.heldBytes))
    reader.held = larger
  }
  reader.held.set(chunk, reader.heldBytes)
  reader.heldBytes = needed
}

function keep(reader: PacketReader, bytes: Uint8Array, at: number, end: number): void {
  if (at === end) reader.held = NOTHING
  else if (bytes === reader.held) reader.held.copyWithin(0, at, end)
  else reader.held = bytes.slice(at, end)
  reader.heldBytes = end - at
}
