// What stands inside envelopes, as somebody with a dongle's key could seal it: to the gateway the whole way to a checked message, to the
// dongle every decoder that it has. First byte: odd is down, even is up. Each is read or refused, and refusing changes nothing.

import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { unsealMessage } from '../../../gateway/unseal.ts'
import { encodeBatch } from '../../../shared/batch/encode.ts'
import type { DongleKeys } from '../../../shared/envelope/keys.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import { seal } from '../../../shared/envelope/seal.ts'
import { dongleIdFrom } from '../../../shared/kernel/ids.ts'
import { joined, type Piece } from '../../../shared/kernel/pieces.ts'
import { openMessage } from '../../../shared/session/messages.ts'
import {
  decodeAckIds,
  decodeChallenge,
  decodeCommand,
  encodeAck,
  encodeChallenge,
  encodeCommand,
} from '../../../shared/session/messages-down.ts'
import { encodeBatchMessage, encodeHello, encodeResult, encodeStatus } from '../../../shared/session/messages-up.ts'
import { openReceiver } from '../../../shared/session/receiver.ts'
import { issueToken } from '../../../shared/session/token.ts'
import { decodeChunk, decodeUpdate, encodeChunk, encodeUpdate } from '../../../shared/update/messages.ts'
import { batchOf } from '../../support/scripted-dongle.ts'

const DONGLE_ID = dongleIdFrom([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
const KEYS: DongleKeys = deriveKeys(nodeCrypto, new Uint8Array(32).fill(3), 1)
const NOW_S = 1_790_000_000
const MARK = { boot: 1, session: 2 }
const TOKEN = issueToken(nodeCrypto, KEYS, DONGLE_ID, MARK, NOW_S, Uint8Array.of(1, 2, 3, 4))
const IV = new Uint8Array(16).fill(7)
const DECODERS = [decodeChallenge, decodeAckIds, decodeCommand, decodeUpdate, decodeChunk]

export function run(bytes: Uint8Array): undefined {
  const plain = bytes.subarray(1)
  if (((bytes[0] ?? 0) & 1) === 1) runDown(plain)
  else runUp(plain)
}

function runUp(plain: Uint8Array): void {
  const receiver = openReceiver({ crypto: nodeCrypto, dongleId: DONGLE_ID, keys: KEYS, mark: MARK })
  const opened = unsealMessage(receiver, seal(nodeCrypto, KEYS, DONGLE_ID, 'up', IV, plain), NOW_S)
  const hasChanged = receiver.lastN !== 0 || receiver.token !== undefined
  if (!opened.ok && hasChanged && opened.fault !== 'bad-message')
    throw new Error('a refused message changed the session')
  if (opened.ok && opened.value.kind === 'batch') void opened.value.batch.batch
}

function runDown(plain: Uint8Array): void {
  for (const decode of DECODERS) {
    // A reader each: decoding moves it.
    const message = openMessage(plain)
    if (message !== undefined) decode(message.body)
  }
}

const up = (plain: Piece): Uint8Array => joined([0, plain])
const down = (plain: Piece): Uint8Array => joined([1, plain])

export function seeds(): Uint8Array[] {
  const batch = encodeBatch(batchOf(1, 1, 3))
  const report = Uint8Array.of(1, 2, 3)
  const mac = new Uint8Array(16)
  return [
    up(encodeHello(1, 2, new Uint8Array(16), '0.1.0')),
    up(encodeBatchMessage(TOKEN, 1, { boot: 1, firstSeq: 1, span: 3 }, batch).plain),
    up(
      encodeStatus(TOKEN, 1, {
        boot: 1,
        firmware: '0.1.0',
        uptimeS: 5,
        rssiDbm: -70,
        ringRecords: 3,
        p1Trouble: 'silence',
      }),
    ),
    up(encodeResult(TOKEN, 1, 11, 1, report)),
    down(encodeChallenge({ nonce: new Uint8Array(16), token: TOKEN, timeS: NOW_S, intervalS: 10 })),
    down(
      encodeAck(TOKEN, {
        final: [
          { boot: 1, firstSeq: 1, span: 3 },
          { boot: 1, firstSeq: 9, span: 60, periodS: 10 },
        ],
        refused: [],
      }),
    ),
    down(encodeAck(TOKEN, { final: [], refused: [{ id: { boot: 1, firstSeq: 1, span: 3 }, reason: 'malformed' }] })),
    down(encodeCommand(TOKEN, { number: 1, name: 'live', seconds: 5 })),
    down(encodeCommand(TOKEN, { number: 1, name: 'configure', argument: report }, mac)),
    down(encodeUpdate(TOKEN, { number: 5, manifest: report, soakS: 600, isBackward: 0, mac })),
    down(encodeChunk(TOKEN, { number: 5, at: 512, bytes: new Uint8Array(64) })),
  ]
}

export const tokens = [
  TOKEN,
  Uint8Array.of(0x58, 0x18),
  Uint8Array.of(0x1a, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0x1b, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
]
