// Encrypted telegrams (Luxembourg, Austria; DLMS general-glo-ciphering): found and named, not opened, and kept away from the
// framer, to whom they would be noise. Luxembourg E-Meter P1 1.1.3 section 3: DB | 08 | system title 8 B | length | 30 |
// frame counter 4 B | ciphertext | GCM tag 12 B; the length counts from the 30 on. For node.

export interface EncryptedFrame {
  /** Eight bytes as hex: maker and serial of the meter. */
  systemTitle: string
  frameCounter: number
  bytes: number
}

export interface EncryptedSplitter {
  /** Bytes that may begin a frame but do not show it yet. */
  pending: Uint8Array
  /** Bytes of the current frame that are still to come. */
  skip: number
}

/** Tag, length, title, up to three bytes of length, security byte, counter. */
const HEAD_MAX = 1 + 1 + 8 + 3 + 1 + 4
const FRAME_MAX = 32_768

export function createSplitter(): EncryptedSplitter {
  return { pending: new Uint8Array(0), skip: 0 }
}

/** The next bytes in order: what is plain as it came, a frame where one begins. */
export function split(splitter: EncryptedSplitter, chunk: Uint8Array): Array<Uint8Array | EncryptedFrame> {
  const data = joined(splitter.pending, chunk)
  splitter.pending = new Uint8Array(0)
  const parts: Array<Uint8Array | EncryptedFrame> = []
  let from = Math.min(splitter.skip, data.length)
  splitter.skip -= from
  let at = data.indexOf(0xdb, from)
  while (at >= 0) {
    const frame = frameAt(data, at)
    if (frame === 'short') {
      splitter.pending = data.slice(at)
      break
    }
    if (frame !== undefined) {
      if (at > from) parts.push(data.subarray(from, at))
      parts.push(frame)
      from = Math.min(at + frame.bytes, data.length)
      splitter.skip = at + frame.bytes - from
      at = from - 1
    }
    at = data.indexOf(0xdb, at + 1)
  }
  const end = data.length - splitter.pending.length
  if (end > from) parts.push(data.subarray(from, end))
  return parts
}

/** The frame that begins at `at`, undefined when none does, short when more bytes are needed to tell. */
function frameAt(data: Uint8Array, at: number): EncryptedFrame | 'short' | undefined {
  if (data.length > at + 1 && data[at + 1] !== 0x08) return undefined
  if (data.length < at + HEAD_MAX) return 'short'
  const form = data[at + 10] as number
  const lengthBytes = form === 0x82 ? 2 : form === 0x81 ? 1 : 0
  let length = lengthBytes === 0 ? form : 0
  for (let i = 1; i <= lengthBytes; i++) length = length * 256 + (data[at + 10 + i] as number)
  const bodyAt = at + 11 + lengthBytes
  if (data[bodyAt] !== 0x30 || length < 17 || length > FRAME_MAX) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return {
    systemTitle: Array.from(data.subarray(at + 2, at + 10), byte => byte.toString(16).padStart(2, '0')).join(''),
    frameCounter: view.getUint32(bodyAt + 1),
    bytes: bodyAt + length - at,
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
