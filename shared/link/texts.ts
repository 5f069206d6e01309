// Arguments and answers of the small calls as JSON. Bytes (keys, arguments of orders, chunks) stand in it as {"hex": "…"}: nothing of
// ours is an object with that one key.

type Json = { [key: string]: unknown }

export function toText(value: unknown): string {
  return JSON.stringify(value === undefined ? null : value, withHex)
}

/** Throws a SyntaxError when it is no JSON. null comes back as undefined. */
export function fromText(text: string): unknown {
  const value: unknown = JSON.parse(text, withBytes)
  return value === null ? undefined : value
}

// A Buffer has become something else by the time that its value is passed in, so it is looked at where it lies.
function withHex(this: Json, key: string, value: unknown): unknown {
  const own = this[key]
  return own instanceof Uint8Array ? { hex: hexOf(own) } : value
}

function withBytes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return value
  const { hex } = value as Json
  return typeof hex === 'string' && /^([0-9a-f]{2})*$/.test(hex) ? bytesOf(hex) : value
}

function hexOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
