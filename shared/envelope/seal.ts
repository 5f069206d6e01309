// The sealed envelope: COSE_Mac0 (RFC 9052 section 6.2) with HMAC 256/256 (RFC 9053) around a COSE_Encrypt0 with
// AES-256-CBC (RFC 9459): encrypt, then MAC; the tag is checked before anything inside is believed. It does not know what
// the sealed bytes mean nor whether they are fresh: that is the session's. Every byte has one right form.

import { BYTES, type CborReader, createReader, failReader, finishReading, headOf, readBytes } from '../batch/cbor.ts'
import { DONGLE_ID_LENGTH } from '../kernel/ids.ts'
import type { Pieces } from '../kernel/pieces.ts'
import { failed, ok, type Result } from '../kernel/result.ts'
import { constantTimeEqual, type EnvelopeCrypto } from './crypto.ts'
import type { DongleKeys } from './keys.ts'

/** `up` from dongle to gateway, `down` back; part of what the tag covers, so a message sent back to its sender fails. */
export type Direction = 'up' | 'down'

/**
 * malformed: not the one form that version 1 has (`at` = the first byte that differs). wrong-dongle, wrong-epoch: sealed
 * under another key id. forged: the tag does not fit (other key, other direction, any changed bit). padding: right tag, wrong padding.
 */
export type EnvelopeFault =
  | { code: 'envelope.malformed'; at: number }
  | { code: 'envelope.wrong-dongle' }
  | { code: 'envelope.wrong-epoch'; epoch: number }
  | { code: 'envelope.forged' }
  | { code: 'envelope.padding' }

/** Longer messages are neither sealed nor opened: the largest batch (16 kB) with all around it is well below. */
const ENVELOPE_BYTES_MAX = 20480

/*  d1                 tag 17, COSE_Mac0
 *    84               four items
 *      53 a2 0105 044e <dongle id, 13 B> <epoch, 1 B>   protected: algorithm HMAC 256/256, key id
 *      a0             unprotected: nothing
 *      59 xxxx        payload, bytes of a COSE_Encrypt0:
 *        83 40        three items; protected: nothing (RFC 9459 section 4)
 *        a2 0139fff8 0550 <iv, 16 B>                    unprotected: algorithm A256CBC, iv
 *        59 xxxx      ciphertext, a multiple of 16 B
 *      5820           tag, 32 B
 */
/** [h'', {1: A256CBC, 5: ... */
const ENCRYPTED_HEAD = '\x83\x40\xa2\x01\x39\xff\xf8\x05'
const ENCRYPTED_HEAD_BYTES = [0x83, 0x40, 0xa2, 0x01, 0x39, 0xff, 0xf8, 0x05]
const OUTER_HEAD = [0xd1, 0x84]
const EMPTY_MAP = [0xa0]
const PROTECTED_HEAD = [0xa2, 0x01, 0x05, 0x04, 0x4e]

/** Whose envelope, and under which keys. */
export interface Sealing {
  crypto: EnvelopeCrypto
  keys: DongleKeys
  dongleId: string
}

/** What K_mac signs begins so: ["MAC0", protected, external_aad "nrt/1/<direction>", payload] (RFC 9052 section 6.3). */
const MAC_STRUCTURE = '\x84\x64MAC0'

const KEY_ID_BYTES = DONGLE_ID_LENGTH + 1
const IV_BYTES = 16
const TAG_BYTES = 32
const BLOCK_BYTES = 16
/** Around a payload; in a payload around iv and ciphertext, with the least of its head. */
const AROUND_BYTES = 57
const INSIDE_BYTES = 9

/** `plain` sealed; `iv` is 16 bytes, never used twice under one key and not to be foreseen by others. */
export function seal(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  direction: Direction,
  iv: Uint8Array,
  plain: Uint8Array | Pieces,
): Uint8Array {
  const who = { crypto: crypto, keys: keys, dongleId: dongleId }
  return crypto.join(envelopeOf(who, direction, iv, crypto.encryptCbc(keys.enc, iv, plain)).pieces)
}

/** An envelope that is joined later, and how many bytes it will have. */
export interface Envelope {
  pieces: Pieces
  bytes: number
}

/**
 * As unseal, without the reasons, for the dongle: an envelope is right when it is what sealing makes of its iv and its ciphertext.
 */
export function open(who: Sealing, direction: Direction, bytes: Uint8Array): Uint8Array | undefined {
  // what is around the ciphertext has 3 bytes to spare
  const cipherBytes = (bytes.length - AROUND_BYTES - INSIDE_BYTES - IV_BYTES - 3) & -BLOCK_BYTES
  if (cipherBytes < BLOCK_BYTES || bytes.length > ENVELOPE_BYTES_MAX) return undefined
  const cipherAt = bytes.length - TAG_BYTES - 2 - cipherBytes
  const ivAt = cipherAt - headOf(BYTES, cipherBytes).length - IV_BYTES
  const iv = bytes.slice(ivAt, ivAt + IV_BYTES)
  const cipher = bytes.slice(cipherAt, cipherAt + cipherBytes)
  const right = envelopeOf(who, direction, iv, cipher)
  return who.crypto.isSame(right.pieces, bytes) ? who.crypto.decryptCbc(who.keys.enc, iv, cipher) : undefined
}

/**
 * Around what was encrypted with `iv`, for whoever joins it later. On the dongle each piece costs as much as fifty bytes of one: texts where they can be;
 * and a call as much as ten pieces: what a batch needs stands here.
 */
export function envelopeOf(who: Sealing, direction: Direction, iv: Uint8Array, cipher: Uint8Array): Envelope {
  const protectedBytes = ['\x53\xa2\x01\x05\x04\x4e', who.dongleId, who.keys.epoch]
  const length = cipher.length
  const head = length > 255 ? [0x59, length >> 8, length] : length > 23 ? [0x58, length] : [0x40 | length]
  const inside = INSIDE_BYTES + IV_BYTES + (length > 255 ? 3 : length > 23 ? 2 : 1) + length
  const isLong = inside > 255
  const payloadHead = isLong ? [0x59, inside >> 8, inside] : [0x58, inside]
  // COSE_Encrypt0, untagged: [h'', {1: -65529, 5: iv}, ciphertext]
  const payload: Pieces = [payloadHead, ENCRYPTED_HEAD + '\x50', iv, head, cipher]
  const tag = who.crypto.hmacPrepared(who.keys.mac, [
    MAC_STRUCTURE,
    protectedBytes,
    0x46 + direction.length,
    'nrt/1/' + direction,
    payload,
  ])
  return {
    pieces: ['\xd1\x84', protectedBytes, 0xa0, payload, '\x58\x20', tag],
    bytes: AROUND_BYTES + (isLong ? 3 : 2) + inside,
  }
}

/** The sealed bytes of an envelope, or why not. Never throws, whatever the bytes. */
export function unseal(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  direction: Direction,
  bytes: Uint8Array,
): Result<Uint8Array, EnvelopeFault> {
  const reader = createReader(bytes)
  if (bytes.length > ENVELOPE_BYTES_MAX) return failed({ code: 'envelope.malformed', at: ENVELOPE_BYTES_MAX })
  expectBytes(reader, OUTER_HEAD)
  const protectedAt = reader.at
  const protectedBytes = readBytes(reader, 64)
  const protectedEnd = reader.at
  expectBytes(reader, EMPTY_MAP)
  const payloadAt = reader.at
  const payload = readBytes(reader, ENVELOPE_BYTES_MAX)
  const payloadEnd = reader.at
  const tag = readBytes(reader, TAG_BYTES)
  if (!finishReading(reader)) return failed({ code: 'envelope.malformed', at: reader.faultAt })
  const fault = faultOfKeyId(protectedBytes, dongleId, keys.epoch)
  if (fault !== undefined) return failed(fault)
  // Every head has one right form, so the tag covers these bytes as they came.
  const sealedId = bytes.subarray(protectedAt, protectedEnd)
  const right = crypto.hmacSha256(keys.mac, [
    MAC_STRUCTURE,
    sealedId,
    0x46 + direction.length,
    'nrt/1/' + direction,
    bytes.subarray(payloadAt, payloadEnd),
  ])
  if (!constantTimeEqual(tag, right)) return failed({ code: 'envelope.forged' })
  return decrypted(crypto, keys, payload, bytes.length - TAG_BYTES - 2 - payload.length)
}

// The protected map: algorithm, then the dongle's id and the epoch as key id.
function faultOfKeyId(bytes: Uint8Array, dongleId: string, epoch: number): EnvelopeFault | undefined {
  const idAt = PROTECTED_HEAD.length
  if (bytes.length !== idAt + KEY_ID_BYTES) return { code: 'envelope.malformed', at: 2 }
  for (let i = 0; i < idAt; i++) if (bytes[i] !== PROTECTED_HEAD[i]) return { code: 'envelope.malformed', at: 3 + i }
  for (let i = 0; i < DONGLE_ID_LENGTH; i++) {
    if (bytes[idAt + i] !== dongleId.charCodeAt(i)) return { code: 'envelope.wrong-dongle' }
  }
  const found = bytes[idAt + DONGLE_ID_LENGTH] as number
  return found === epoch ? undefined : { code: 'envelope.wrong-epoch', epoch: found }
}

// Opens the COSE_Encrypt0. Its sender is proven, so a fault here is a broken dongle, not an attack.
function decrypted(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  payload: Uint8Array,
  payloadAt: number,
): Result<Uint8Array, EnvelopeFault> {
  const reader = createReader(payload)
  expectBytes(reader, ENCRYPTED_HEAD_BYTES)
  const iv = readBytes(reader, IV_BYTES)
  const cipher = readBytes(reader, ENVELOPE_BYTES_MAX)
  if (iv.length !== IV_BYTES || cipher.length === 0 || cipher.length % 16 !== 0) failReader(reader, 'wrong-type')
  if (!finishReading(reader)) return failed({ code: 'envelope.malformed', at: payloadAt + reader.faultAt })
  const plain = crypto.decryptCbc(keys.enc, iv, cipher)
  return plain === undefined ? failed({ code: 'envelope.padding' }) : ok(plain)
}

// The next bytes must be exactly these: heads that have one right form.
function expectBytes(reader: CborReader, expected: number[]): void {
  for (let i = 0; i < expected.length; i++) {
    if (reader.fault !== '') return
    if (reader.bytes[reader.at] !== expected[i]) {
      failReader(reader, reader.at < reader.bytes.length ? 'wrong-type' : 'truncated')
      return
    }
    reader.at++
  }
}
