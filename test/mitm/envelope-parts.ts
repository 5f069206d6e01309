// An envelope taken apart and put together again, as somebody on the way would who has no key: its bytes are public, its meaning is not.

export interface Parts {
  /** {1: algorithm, 4: key id}, 23 bytes with its head's one. */
  protectedBytes: Buffer
  iv: Buffer
  cipher: Buffer
  tag: Buffer
}

const ENCRYPTED_HEAD = Buffer.from('8340a20139fff80550', 'hex')

export function partsOf(sealed: Uint8Array): Parts {
  const bytes = Buffer.from(sealed)
  const protectedLength = (bytes[2] as number) - 0x40
  const payloadAt = 3 + protectedLength + 1
  const payload = stringAt(bytes, payloadAt)
  const ivAt = ENCRYPTED_HEAD.length
  return {
    protectedBytes: bytes.subarray(3, 3 + protectedLength),
    iv: payload.subarray(ivAt, ivAt + 16),
    cipher: stringAt(payload, ivAt + 16),
    tag: bytes.subarray(-32),
  }
}

export function sealedOf({ protectedBytes, iv, cipher, tag }: Parts): Buffer {
  const payload = Buffer.concat([ENCRYPTED_HEAD, iv, stringOf(cipher)])
  return Buffer.concat([
    Buffer.of(0xd1, 0x84),
    stringOf(protectedBytes),
    Buffer.of(0xa0),
    stringOf(payload),
    stringOf(tag),
  ])
}

/** The envelope with some parts changed. */
export function spliced(sealed: Uint8Array, changes: Partial<Parts>): Buffer {
  return sealedOf({ ...partsOf(sealed), ...changes })
}

export function flipped(sealed: Uint8Array, at: number, bit = 1): Buffer {
  const bytes = Buffer.from(sealed)
  const index = at < 0 ? bytes.length + at : at
  bytes[index] = (bytes[index] as number) ^ bit
  return bytes
}

/** A CBOR byte string with the shortest head. */
function stringOf(bytes: Uint8Array): Buffer {
  const { length } = bytes
  const head = length < 24 ? [0x40 + length] : length < 256 ? [0x58, length] : [0x59, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), bytes])
}

function stringAt(bytes: Buffer, at: number): Buffer {
  const first = bytes[at] as number
  const [from, length] =
    first < 0x58
      ? [at + 1, first - 0x40]
      : first === 0x58
        ? [at + 2, bytes[at + 1] as number]
        : [at + 3, bytes.readUInt16BE(at + 1)]
  return bytes.subarray(from, from + length)
}
