// How the engine turns any value into bytes and back: strings are bytes 0..255, arrays nest, numbers are one byte each.

/** A binary string: one character per byte. */
export function toBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** The bytes of a string, a typed array, an ArrayBuffer, a number, {data, count}, or an array of these (JSV_GET_AS_CHAR_ARRAY). Characters over 255 lose their high bits. */
export function toBytes(value: unknown): Uint8Array {
  if (typeof value === 'string') return new Uint8Array(Buffer.from(value, 'latin1'))
  if (typeof value === 'number') return Uint8Array.of(value & 0xff)
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice()
  if (isArrayBuffer(value)) return new Uint8Array(value).slice()
  if (Array.isArray(value)) return new Uint8Array(Buffer.concat(value.map(toBytes)))
  if (isRepeated(value)) {
    const once = toBytes(value.data)
    return Uint8Array.from({ length: once.length * value.count }, (_, i) => once[i % once.length] as number)
  }
  return new Uint8Array(0)
}

function isRepeated(value: unknown): value is { data: unknown; count: number } {
  return typeof value === 'object' && value !== null && 'data' in value && 'count' in value
}

/** Also for buffers of another realm, where instanceof says no. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]'
}
