// The levels of a serial line and what a receiver reads from them, bit by bit: what a meter sends at one speed and format,
// straight or inverted, is read at another, as on a wire. One level is held per 1/16 of a bit of the faster side's time.
// A character whose stop or parity bit is wrong is given all the same, as the ESP32's UART does without being told otherwise.

export interface UartFormat {
  baud: number
  bytesize: 7 | 8
  parity: 'none' | 'even' | 'odd'
  stopbits: 1 | 2
}

export const P1_FORMAT: UartFormat = { baud: 115_200, bytesize: 8, parity: 'none', stopbits: 1 }
export const OLD_P1_FORMAT: UartFormat = { baud: 9600, bytesize: 7, parity: 'even', stopbits: 1 }

function parityOf(value: number, parity: 'even' | 'odd'): number {
  let ones = parity === 'odd' ? 1 : 0
  for (let rest = value; rest > 0; rest >>= 1) ones += rest & 1
  return ones & 1
}

/** The bits of one character in the order of the wire: start, data from the lowest, parity, stop. */
function bitsOf(byte: number, format: UartFormat): number[] {
  const bits = [0]
  const value = byte & (format.bytesize === 7 ? 0x7f : 0xff)
  for (let i = 0; i < format.bytesize; i++) bits.push((value >> i) & 1)
  if (format.parity !== 'none') bits.push(parityOf(value, format.parity))
  for (let i = 0; i < format.stopbits; i++) bits.push(1)
  return bits
}

/** Characters of silence around what is sent, so that a receiver finds its first edge. */
const REST_BITS = 20

/** What a receiver set to `receiving` reads when `bytes` are sent back to back as `sending`, on a line that is turned over or not. */
export function throughUart(
  bytes: Uint8Array,
  sending: UartFormat,
  receiving: UartFormat,
  isInverted = false,
): Uint8Array {
  const rest = Array<number>(REST_BITS).fill(1)
  const bits = [...rest, ...Array.from(bytes).flatMap(byte => bitsOf(byte, sending)), ...rest]
  const levels = isInverted ? bits.map(bit => 1 - bit) : bits
  const levelAt = (seconds: number): number | undefined => levels[Math.floor(seconds * sending.baud)]
  const step = 1 / (16 * Math.max(sending.baud, receiving.baud))
  const bitS = 1 / receiving.baud
  const dataBits = receiving.bytesize
  const out: number[] = []
  let now = 0
  // a line that rests low is one long break: the receiver waits for it to rise
  let wasHigh = false
  for (let level = levelAt(now); level !== undefined; now += step, level = levelAt(now)) {
    if (level === 1) wasHigh = true
    else if (wasHigh) {
      const isWhole = receive(now)
      wasHigh = isWhole
    }
  }
  return Uint8Array.from(out)

  /** Reads the character whose start bit began at `startS`. False when its stop bit is low: a new one begins at the next fall. */
  function receive(startS: number): boolean {
    const sampled = (bit: number): number => levelAt(startS + (bit + 0.5) * bitS) ?? (isInverted ? 0 : 1)
    if (sampled(0) !== 0) return true
    let value = 0
    for (let i = 0; i < dataBits; i++) value |= sampled(1 + i) << i
    out.push(value)
    const stopAt = 1 + dataBits + (receiving.parity === 'none' ? 0 : 1)
    now = startS + (stopAt + 0.5) * bitS - step
    return sampled(stopAt) === 1
  }
}
