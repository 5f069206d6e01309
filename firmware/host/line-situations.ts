// What can be wrong on the wire between a meter and a dongle, as bytes and levels: what the wire carries in one second instead
// of, or because of, the meter's telegram. Pure; whatever varies depends on the count of telegrams alone.

import { createCipheriv } from 'node:crypto'
import type { Wire } from './serial.ts'
import { OLD_P1_FORMAT, P1_FORMAT } from './uart.ts'

/**
 * good. closed: the port is not open. inverted: no inverter. parity: 7E1 at 115200. old-meter: DSMR 2.2, 9600 7E1 every ten
 * seconds. half-plug: contact comes and goes. bit-errors: a telegram in three has some bits wrong. rubbish: random bytes. flood:
 * telegrams without a pause. endless: a line that never ends. encrypted: Luxembourg, Austria.
 */
export const LINE_SITUATIONS = [
  ...(['good', 'closed', 'inverted', 'parity', 'old-meter', 'half-plug', 'bit-errors'] as const),
  ...(['rubbish', 'flood', 'endless', 'encrypted'] as const),
]
export type LineSituation = (typeof LINE_SITUATIONS)[number]

interface OnTheWire {
  bytes: Uint8Array
  wire: Wire
}

const STRAIGHT: Wire = { format: P1_FORMAT, isInverted: false }
const INVERTED: Wire = { format: P1_FORMAT, isInverted: true }
const PARITY: Wire = { format: { ...OLD_P1_FORMAT, baud: P1_FORMAT.baud }, isInverted: false }
const OLD: Wire = { format: OLD_P1_FORMAT, isInverted: false }
/** Bytes of a second at 115200 8N1. */
const SECOND_BYTES = 11_520
const RUBBISH_BYTES = 1400
const ERRORS_EVERY = 3
const OLD_PERIOD_S = 10
const FRAME_PERIOD_S = 10

/** What `situation` makes of the telegram number `n`; undefined when the wire is silent in this second. */
export function onTheWire(situation: LineSituation, telegram: Uint8Array, n: number): OnTheWire | undefined {
  switch (situation) {
    case 'good':
      return { bytes: telegram, wire: STRAIGHT }
    case 'closed':
      return undefined
    case 'inverted':
      return { bytes: telegram, wire: INVERTED }
    case 'parity':
      return { bytes: telegram, wire: PARITY }
    case 'old-meter':
      return n % OLD_PERIOD_S === 0 ? { bytes: withoutChecksum(telegram), wire: OLD } : undefined
    case 'half-plug':
      return { bytes: withHoles(telegram, n), wire: STRAIGHT }
    case 'bit-errors':
      return { bytes: n % ERRORS_EVERY === 0 ? withBitErrors(telegram, n) : telegram, wire: STRAIGHT }
    case 'rubbish':
      return { bytes: rubbish(RUBBISH_BYTES, n), wire: STRAIGHT }
    case 'flood':
      return { bytes: repeated(telegram, SECOND_BYTES), wire: STRAIGHT }
    case 'endless':
      return { bytes: endless(n), wire: STRAIGHT }
    case 'encrypted':
      return n % FRAME_PERIOD_S === 0 ? { bytes: encryptedFrame(telegram, n), wire: STRAIGHT } : undefined
  }
}

/** Turns some bits over. */
export function withBitErrors(bytes: Uint8Array, n: number): Uint8Array {
  const out = bytes.slice()
  for (let i = 0; i < 3; i++) {
    const at = (n * 7919 + i * 104729) % out.length
    out[at] = out[at]! ^ (1 << ((n + i) % 8))
  }
  return out
}

/** Contact is lost twice a telegram, the second time up to its end and beyond: the checksum never comes. */
function withHoles(bytes: Uint8Array, n: number): Uint8Array {
  const first = 40 + ((n * 53) % (bytes.length >> 2))
  const last = (bytes.length >> 1) + ((n * 97) % (bytes.length >> 2))
  return Buffer.concat([bytes.subarray(0, first), bytes.subarray(first + 20, last)])
}

function rubbish(count: number, n: number): Uint8Array {
  let state = n + 1
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  })
}

function repeated(telegram: Uint8Array, count: number): Uint8Array {
  return Buffer.concat(Array<Uint8Array>(Math.floor(count / telegram.length)).fill(telegram))
}

function endless(n: number): Uint8Array {
  const head = n === 0 ? '/TST5\r\n\r\n0-0:96.13.0(' : ''
  return Buffer.from(head.padEnd(SECOND_BYTES, '3'), 'latin1')
}

/** DSMR 2.2 and 3 end in '!' alone and print no version. */
function withoutChecksum(telegram: Uint8Array): Uint8Array {
  const text = Buffer.from(telegram).toString('latin1')
  return Buffer.from(text.replace(/![0-9A-F]{4}/, '!').replace(/^(0-0:96\.1\.4|1-3:0\.2\.8)\(.*\r\n/m, ''), 'latin1')
}

/** Luxembourg E-Meter P1 1.1.3 section 3: DB 08, title, 82 and length, 30, counter, ciphertext, GCM tag of 12 bytes. Keys of nobody. */
export function encryptedFrame(plain: Uint8Array, counter: number): Uint8Array {
  const key = Buffer.from('NRT test key 016')
  const title = Buffer.from('NRT\x00\x01\x02\x03\x04', 'latin1')
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([title, count]), { authTagLength: 12 })
  cipher.setAAD(Buffer.concat([Buffer.of(0x30), Buffer.from('00112233445566778899aabbccddeeff', 'hex')]))
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  const length = 17 + sealed.length
  const head = Buffer.of(0xdb, 0x08, ...title, 0x82, length >> 8, length & 255, 0x30)
  return Buffer.concat([head, count, sealed, cipher.getAuthTag()])
}
