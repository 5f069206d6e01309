// The bytes of updates: manifest, order and the four messages. If one of these fails, put the code back; add a version 2 instead.

import { decode } from 'cborg'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { type OpenedMessage, openMessage } from '../../shared/session/messages.ts'
import { decodeManifest, encodeManifest, type Manifest } from '../../shared/update/manifest.ts'
import {
  decodeChunk,
  decodeChunkWanted,
  decodeUpdate,
  decodeUpdateReport,
  encodeChunk,
  encodeChunkWanted,
  encodeUpdate,
  encodeUpdateReport,
} from '../../shared/update/messages.ts'
import { UPDATE_CODES, UPDATE_STATES } from '../../shared/update/states.ts'
import { updateMac } from '../../shared/update/update-order.ts'
import { bytesOf, hexOf, VECTOR_INPUT } from '../support/session-vectors.ts'

const token = Uint8Array.from({ length: 24 }, (_, i) => i + 1)
const TOKEN = '01 58 18 0102030405060708090a0b0c0d0e0f101112131415161718'
const manifest: Manifest = {
  release: '2026.11',
  version: 7,
  board: 'ESP32',
  engine: '2v29.277',
  map: 1,
  bytes: 57960,
  sha256: new Uint8Array(32).fill(0xab),
  floor: 5,
}
const MANIFEST = `
  a9                        # map of nine
    00 01                   # 0 format: 1
    01 67 323032362e3131    # 1 release: "2026.11"
    02 07                   # 2 version: 7
    03 65 4553503332        # 3 board: "ESP32"
    04 68 327632392e323737  # 4 engine: "2v29.277"
    05 01                   # 5 map: 1
    06 19 e268              # 6 bytes: 57960
    07 58 20 abababababababababababababababababababababababababababababababab
    08 05                   # 8 floor: 5
`
const order = { number: 1_790_000_000_001, manifest: encodeManifest(manifest), soakS: 600, isBackward: 0 }
const opened = (bytes: Uint8Array): OpenedMessage => openMessage(bytes) as OpenedMessage

test('manifest, field by field', () => {
  expect(hexOf(encodeManifest(manifest))).toBe(hexOf(bytesOf(MANIFEST)))
  expect(decodeManifest(bytesOf(MANIFEST))).toEqual(manifest)
  expect(decode(bytesOf(MANIFEST), { useMaps: true })).toEqual(
    new Map<number, unknown>([
      [0, 1],
      [1, '2026.11'],
      [2, 7],
      [3, 'ESP32'],
      [4, '2v29.277'],
      [5, 1],
      [6, 57960],
      [7, manifest.sha256],
      [8, 5],
    ]),
  )
})

test('the MAC of an order is HMAC over its words and the manifest', () => {
  const keys = deriveKeys(nodeCrypto, VECTOR_INPUT.deviceKey, VECTOR_INPUT.epoch)
  const text = Buffer.concat([
    Buffer.from(`update|${VECTOR_INPUT.dongleId}|1790000000001|600|0|`),
    encodeManifest(manifest),
  ])
  const mac = updateMac(nodeCrypto, keys, VECTOR_INPUT.dongleId, order)
  expect(hexOf(mac)).toBe(hexOf(nodeCrypto.hmacSha256(keys.ota, text).subarray(0, 16)))
})

test('update, field by field', () => {
  const mac = new Uint8Array(16).fill(0xcd)
  const bytes = encodeUpdate(token, { ...order, mac })
  expect(hexOf(bytes)).toBe(
    hexOf(
      bytesOf(`
        a4 00 08 ${TOKEN} 02 00      # kind 8, token, n 0
        03 a5                         # body: map of five
          00 1b 000001a0c4506c01 # 0 number
          01 58 4a ${MANIFEST.replace(/#.*$/gm, '')}
          02 19 0258                  # 2 soak: 600 s
          03 00                       # 3 backward: no
          04 50 cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
      `),
    ),
  )
  expect(decodeUpdate(opened(bytes).body)).toEqual({ ...order, mac })
})

test('chunk wanted, field by field', () => {
  const bytes = encodeChunkWanted(token, 9, 3, 2048, 1024)
  expect(hexOf(bytes)).toBe(hexOf(bytesOf(`a4 00 09 ${TOKEN} 02 09 03 a3 00 03 01 19 0800 02 19 0400`)))
  expect(decodeChunkWanted(opened(bytes).body)).toEqual({ number: 3, at: 2048, bytes: 1024 })
})

test('chunk, field by field', () => {
  const chunk = { number: 3, at: 2048, bytes: Uint8Array.of(1, 2, 3, 4) }
  const bytes = encodeChunk(token, chunk)
  expect(hexOf(bytes)).toBe(hexOf(bytesOf(`a4 00 0a ${TOKEN} 02 00 03 a3 00 03 01 19 0800 02 44 01020304`)))
  expect(decodeChunk(opened(bytes).body)).toEqual(chunk)
})

test('report, field by field', () => {
  const bytes = encodeUpdateReport(token, 4, [3, 5, 15, 6, 57960, 2])
  expect(hexOf(bytes)).toBe(hexOf(bytesOf(`a4 00 0b ${TOKEN} 02 04 03 a6 00 03 01 05 02 0f 03 06 04 19 e268 05 02`)))
  expect(decodeUpdateReport(opened(bytes).body)).toEqual({
    number: 3,
    state: 'returned',
    code: 'unhealthy',
    running: 6,
    loaded: 57960,
    floor: 2,
  })
})

test('states and codes keep their numbers', () => {
  expect(UPDATE_STATES.join(' ')).toBe('none loading loaded trial good returned refused failed rescue')
  expect(UPDATE_CODES.join(' ')).toBe(
    'none forged replayed malformed other-board other-engine other-map too-large below-floor not-newer busy hash flash withdrawn crashed unhealthy damaged',
  )
})
