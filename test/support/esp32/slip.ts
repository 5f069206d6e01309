// SLIP (RFC 1055) as Espressif's loader uses it: each packet between two END bytes.

const END = 0xc0
const ESC = 0xdb
const ESC_END = 0xdc
const ESC_ESC = 0xdd

export function slipFrame(packet: Uint8Array): Uint8Array {
  const out = [END]
  for (const byte of packet) {
    if (byte === END) out.push(ESC, ESC_END)
    else if (byte === ESC) out.push(ESC, ESC_ESC)
    else out.push(byte)
  }
  out.push(END)
  return Uint8Array.from(out)
}

/** Feeds bytes, calls `packet` for each whole one; what stands outside of frames is dropped, as the ROM does. */
export function slipReader(packet: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  let body: number[] | undefined
  let isEscaped = false
  return bytes => {
    for (const byte of bytes) {
      if (byte === END) {
        if (body !== undefined && body.length > 0) packet(Uint8Array.from(body))
        body = body === undefined || body.length === 0 ? [] : undefined
        isEscaped = false
      } else if (body === undefined) continue
      else if (isEscaped) {
        body.push(byte === ESC_END ? END : ESC)
        isEscaped = false
      } else if (byte === ESC) isEscaped = true
      else body.push(byte)
    }
  }
}
