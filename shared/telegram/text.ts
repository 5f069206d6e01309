// Texts on the P1 port are hex of ASCII ("3153414731…"), most of the time: versions are plain digits, masked serials are neither,
// and what is not configured is empty, blanks (20…) or dashes (2D…). Espruino dialect.

/** The text that the brackets hold: decoded when it is hex of printable ASCII, else as it stands; undefined when it says nothing. */
export function plainText(text: string): string | undefined {
  const decoded = text.length >= 10 && text.length % 2 === 0 ? decodeHex(text) : undefined
  const plain = (decoded === undefined ? text : decoded).trim()
  return /^-*$/.test(plain) ? undefined : plain
}

/** Undefined when it is not hex, or not of printable ASCII. */
export function decodeHex(hex: string): string | undefined {
  let text = ''
  for (let at = 0; at < hex.length; at += 2) {
    const pair = hex.substr(at, 2)
    const code = parseInt(pair, 16)
    // parseInt stops at the first odd character: both must count.
    if (!(code >= 32 && code < 127) || '0123456789abcdefABCDEF'.indexOf(pair.charAt(1)) < 0) return undefined
    text += String.fromCharCode(code)
  }
  return text
}

/** An 18-digit EAN, or undefined. */
export function eanOf(text: string): string | undefined {
  const plain = plainText(text)
  if (plain === undefined || plain.length !== 18) return undefined
  for (let at = 0; at < 18; at++) if ('0123456789'.indexOf(plain.charAt(at)) < 0) return undefined
  return plain
}
