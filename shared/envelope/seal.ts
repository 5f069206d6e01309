// The sealed envelope: COSE_Mac0 (RFC 9052 section 6.2) with HMAC 256/256 (RFC 9053) around a COSE_Encrypt0 with
// AES-256-CBC (RFC 9459): encrypt, then MAC; the tag is checked before anything inside is believed. It does not know what
// the sealed bytes mean nor whether they are fresh: that is the session's. Every byte has one right form.

import {
  type CborReader,
  createReader,
  createWriter,
  failReader,
  finishReading,
  readBytes,
  writeArrayHead,
  writeBytes,
  writeMapHead,
  writeRaw,
  writeTag,
  writeText,
  writeUint,
  writtenBytes,
} from '../batch/cbor.ts'
import { assert } from '../kernel/assert.ts'
import { DONGLE_ID_LENGTH } from '../kernel/ids.ts'
import { failed, ok, type Result } from '../kernel/result.ts'
import { asciiBytes, constantTimeEqual, type EnvelopeCrypto } from './crypto.ts'
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
const ALGORITHM_HMAC_256 = 5
/** [h'', {1: A256CBC, 5: ... */
const ENCRYPTED_HEAD = [0x83, 0x40, 0xa2, 0x01, 0x39, 0xff, 0xf8, 0x05]
const KEY_ID_BYTES = DONGLE_ID_LENGTH + 1
const IV_BYTES = 16
const TAG_BYTES = 32
const OVERHEAD_BYTES_MAX = 128

/** `plain` sealed; `iv` is 16 bytes, never used twice under one key and not to be foreseen by others. */
export function seal(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  dongleId: string,
  direction: Direction,
  iv: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  assert(iv.length === IV_BYTES, 'an iv is 16 bytes')
  const protectedBytes = protectedOf(dongleId, keys.epoch)
  const payload = encryptedOf(crypto, keys, iv, plain)
  const writer = createWriter(payload.length + OVERHEAD_BYTES_MAX)
  writeTag(writer, 17)
  writeArrayHead(writer, 4)
  writeBytes(writer, protectedBytes)
  writeMapHead(writer, 0)
  writeBytes(writer, payload)
  writeBytes(writer, tagOf(crypto, keys, direction, protectedBytes, payload))
  return writtenBytes(writer)
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
  expectBytes(reader, [0xd1, 0x84])
  const protectedBytes = readBytes(reader, 64)
  expectBytes(reader, [0xa0])
  const payload = readBytes(reader, ENVELOPE_BYTES_MAX)
  const tag = readBytes(reader, TAG_BYTES)
  if (!finishReading(reader)) return failed({ code: 'envelope.malformed', at: reader.faultAt })
  const expected = protectedOf(dongleId, keys.epoch)
  if (protectedBytes.length !== expected.length) return failed({ code: 'envelope.malformed', at: 2 })
  // compared as texts, natively: the place of a difference is looked for when there is one
  const isSame = protectedBytes.join() === expected.join()
  for (let i = 0; i < expected.length && !isSame; i++) {
    if (protectedBytes[i] === expected[i]) continue
    if (i < expected.length - KEY_ID_BYTES) return failed({ code: 'envelope.malformed', at: 3 + i })
    if (i < expected.length - 1) return failed({ code: 'envelope.wrong-dongle' })
    return failed({ code: 'envelope.wrong-epoch', epoch: protectedBytes[i] as number })
  }
  const right = tagOf(crypto, keys, direction, protectedBytes, payload)
  if (!constantTimeEqual(tag, right)) return failed({ code: 'envelope.forged' })
  return decrypted(crypto, keys, payload, bytes.length - TAG_BYTES - 2 - payload.length)
}

/** What protectedOf gave last, and for whom: a dongle has one name, and making it again costs more than the encryption. */
let protectedFor = ''
let protectedLast: Uint8Array

// {1: 5, 4: key id}; the key id is the dongle id in ASCII and one byte of key epoch.
function protectedOf(dongleId: string, epoch: number): Uint8Array {
  const name = dongleId + epoch
  if (name === protectedFor) return protectedLast
  assert(
    dongleId.length === DONGLE_ID_LENGTH && epoch > 0 && epoch < 256,
    'a key id is 13 characters and an epoch 1-255',
  )
  const keyId = new Uint8Array(KEY_ID_BYTES)
  keyId.set(asciiBytes(dongleId))
  keyId[DONGLE_ID_LENGTH] = epoch
  const writer = createWriter(32)
  writeMapHead(writer, 2)
  writeUint(writer, 1)
  writeUint(writer, ALGORITHM_HMAC_256)
  writeUint(writer, 4)
  writeBytes(writer, keyId)
  protectedFor = name
  protectedLast = writtenBytes(writer)
  return protectedLast
}

// COSE_Encrypt0, untagged: [h'', {1: -65529, 5: iv}, ciphertext].
function encryptedOf(crypto: EnvelopeCrypto, keys: DongleKeys, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const writer = createWriter(plain.length + OVERHEAD_BYTES_MAX)
  writeRaw(writer, new Uint8Array(ENCRYPTED_HEAD))
  writeBytes(writer, iv)
  writeBytes(writer, crypto.encryptCbc(keys.enc, iv, plain))
  return writtenBytes(writer)
}

// HMAC(K_mac, MAC_structure): ["MAC0", protected, external_aad "nrt/1/<direction>", payload] (RFC 9052 section 6.3).
function tagOf(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  direction: Direction,
  protectedBytes: Uint8Array,
  payload: Uint8Array,
): Uint8Array {
  const writer = createWriter(payload.length + OVERHEAD_BYTES_MAX)
  writeArrayHead(writer, 4)
  writeText(writer, 'MAC0')
  writeBytes(writer, protectedBytes)
  writeBytes(writer, asciiBytes('nrt/1/' + direction))
  writeBytes(writer, payload)
  return crypto.hmacSha256(keys.mac, writtenBytes(writer))
}

// Opens the COSE_Encrypt0. Its sender is proven, so a fault here is a broken dongle, not an attack.
function decrypted(
  crypto: EnvelopeCrypto,
  keys: DongleKeys,
  payload: Uint8Array,
  payloadAt: number,
): Result<Uint8Array, EnvelopeFault> {
  const reader = createReader(payload)
  expectBytes(reader, ENCRYPTED_HEAD)
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
