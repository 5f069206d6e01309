// Batches and dead letters on the link: many in one body, their bytes as they came.
//
//   count u32 | per parcel: dongle id, 13 ASCII | received, ms since the epoch, f64 | text length u8, text ASCII | length u32 | bytes
//                                                                                                                   big-endian
//
// The text is a dead letter's reason, or the traceparent of a batch that is followed (W3C trace context); of most batches it is empty.

export interface Parcel {
  dongleId: string
  receivedAtMs: number
  text: string
  bytes: Uint8Array
}

const ID_BYTES = 13
const HEAD_BYTES = ID_BYTES + 8 + 1 + 4

export function encodeParcels(parcels: readonly Parcel[]): Uint8Array {
  let length = 4
  for (const { text, bytes } of parcels) length += HEAD_BYTES + text.length + bytes.length
  const body = new Uint8Array(length)
  const view = new DataView(body.buffer)
  view.setUint32(0, parcels.length)
  let at = 4
  for (const { dongleId, receivedAtMs, text, bytes } of parcels) {
    at = putAscii(body, at, dongleId)
    view.setFloat64(at, receivedAtMs)
    view.setUint8(at + 8, text.length)
    at = putAscii(body, at + 9, text)
    view.setUint32(at, bytes.length)
    body.set(bytes, at + 4)
    at += 4 + bytes.length
  }
  return body
}

/** undefined when it is not that form, to the last byte. The bytes are views into `body`. */
export function decodeParcels(body: Uint8Array): Parcel[] | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  if (body.length < 4) return undefined
  const count = view.getUint32(0)
  if (count > body.length / HEAD_BYTES) return undefined
  const parcels: Parcel[] = []
  let at = 4
  for (let i = 0; i < count; i++) {
    if (at + HEAD_BYTES > body.length) return undefined
    const dongleId = asciiAt(body, at, ID_BYTES)
    const receivedAtMs = view.getFloat64(at + ID_BYTES)
    const textLength = view.getUint8(at + ID_BYTES + 8)
    at += ID_BYTES + 9
    if (at + textLength + 4 > body.length) return undefined
    const text = asciiAt(body, at, textLength)
    const length = view.getUint32(at + textLength)
    at += textLength + 4
    if (at + length > body.length || !Number.isSafeInteger(receivedAtMs)) return undefined
    parcels.push({ dongleId, receivedAtMs, text, bytes: body.subarray(at, at + length) })
    at += length
  }
  return at === body.length ? parcels : undefined
}

function putAscii(body: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) body[at + i] = text.charCodeAt(i)
  return at + text.length
}

function asciiAt(body: Uint8Array, at: number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += String.fromCharCode(body[at + i] as number)
  return text
}
