// Whether the first bytes of a connection are a whole ClientHello, by their lengths alone (RFC 8446 sections 5.1 and 4; TLS 1.2 has the same). Pure. What is
// in it is OpenSSL's to read: answering it is the dearest thing that somebody who has proven nothing can ask of us, so it has to be there in full before its turn comes.
//
//   record: 22, version (3, any), length (2 bytes)   handshake: 1 = ClientHello, length (3 bytes), then that many bytes

/** `foreign`: no hello will come of it, or one in several records, as no client of a dongle's or an ESP's sends. */
export type HelloState = 'partial' | 'whole' | 'foreign'

const RECORD_HEAD_BYTES = 5
const HANDSHAKE_HEAD_BYTES = 4
/** Of a record's content, RFC 8446 section 5.1. */
const RECORD_BYTES_MAX = 16_384

export function helloState(bytes: Uint8Array): HelloState {
  if (isOther(bytes, 0, 22) || isOther(bytes, 1, 3) || isOther(bytes, RECORD_HEAD_BYTES, 1)) return 'foreign'
  if (bytes.length < RECORD_HEAD_BYTES + HANDSHAKE_HEAD_BYTES) return 'partial'
  const recordBytes = numberAt(bytes, 3, 2)
  if (recordBytes > RECORD_BYTES_MAX) return 'foreign'
  if (HANDSHAKE_HEAD_BYTES + numberAt(bytes, 6, 3) > recordBytes) return 'foreign'
  return bytes.length < RECORD_HEAD_BYTES + recordBytes ? 'partial' : 'whole'
}

/** It is there, and not `wanted`. */
function isOther(bytes: Uint8Array, at: number, wanted: number): boolean {
  return bytes.length > at && bytes[at] !== wanted
}

function numberAt(bytes: Uint8Array, at: number, size: number): number {
  let value = 0
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] as number)
  return value
}
