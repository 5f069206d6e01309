// The test vectors of envelope and session (docs/vectors/session-v1.json), made from fixed inputs by the code itself. Run as a
// program it prints the file; the wire test compares, so a change of the bytes cannot go unseen.

import { pathToFileURL } from 'node:url'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { type DongleKeys, deriveKeys } from '../../shared/envelope/keys.ts'
import { type Direction, seal } from '../../shared/envelope/seal.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { joined, type Pieces } from '../../shared/kernel/pieces.ts'
import { connectPassword } from '../../shared/session/connect.ts'
import { DONE } from '../../shared/session/messages.ts'
import { encodeAck, encodeChallenge, encodeCommand } from '../../shared/session/messages-down.ts'
import { encodeBatchMessage, encodeHello, encodeResult, encodeStatus } from '../../shared/session/messages-up.ts'
import { issueToken } from '../../shared/session/token.ts'

export const hexOf = (bytes: Uint8Array | Pieces): string => Buffer.from(joined(bytes)).toString('hex')
export const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/#.*$|\s/gm, ''), 'hex'))
const counting = (from: number, count: number) => Uint8Array.from({ length: count }, (_, i) => (from + i) & 255)

export const VECTOR_INPUT = {
  dongleId: dongleIdFrom([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
  deviceKey: counting(0x00, 32),
  seedPool: counting(0x40, 64),
  epoch: 1,
  boot: 7,
  session: 3,
  timeS: 1_767_225_600,
  intervalS: 10,
}

export function sessionVectors() {
  const { dongleId, deviceKey, seedPool, epoch, boot, session, timeS, intervalS } = VECTOR_INPUT
  const keys = deriveKeys(nodeCrypto, deviceKey, epoch)
  const text = (words: string) => new TextEncoder().encode(words)
  const upIv = (n: number) => nodeCrypto.hmacSha256(keys.enc, text(`iv|up|${boot}|${session}|${n}`)).subarray(0, 16)
  const nonce = nodeCrypto.sha256(Buffer.concat([seedPool, text(`|${boot}|${session}`)])).subarray(0, 16)
  const token = issueToken(nodeCrypto, keys, dongleId, { boot, session }, timeS, counting(0xf0, 4))
  const batch = bytesOf('a7 00 01 01 07 02 1829 03 1a 6955b900 04 01 05 41 00 06 80') // any bytes: the session does not look inside
  const id = { boot, firstSeq: 41, span: 2 }
  const status = {
    boot,
    firmware: '0.1.0',
    uptimeS: 61,
    rssiDbm: -67,
    meter: 0,
    meterVersion: '50217',
    ringRecords: 3,
    intervalS,
  }
  const messages: { name: string; direction: Direction; iv: Uint8Array; plain: Uint8Array }[] = [
    { name: 'hello', direction: 'up', iv: upIv(0), plain: joined(encodeHello(boot, session, nonce, '0.1.0')) },
    {
      name: 'challenge',
      direction: 'down',
      iv: counting(0xa0, 16),
      plain: encodeChallenge({ nonce, token, timeS, intervalS }),
    },
    { name: 'batch', direction: 'up', iv: upIv(1), plain: joined(encodeBatchMessage(token, 1, id, batch).plain) },
    { name: 'status', direction: 'up', iv: upIv(2), plain: joined(encodeStatus(token, 2, status)) },
    {
      name: 'ack',
      direction: 'down',
      iv: counting(0xb0, 16),
      plain: encodeAck(token, {
        final: [id],
        refused: [{ id: { boot, firstSeq: 43, span: 1 }, reason: 'out-of-range' }],
      }),
    },
    {
      name: 'command',
      direction: 'down',
      iv: counting(0xc0, 16),
      plain: encodeCommand(token, { number: 1, name: 'live', seconds: 120 }),
    },
    { name: 'result', direction: 'up', iv: upIv(3), plain: joined(encodeResult(token, 3, 1, DONE)) },
  ]
  const sealed = (name: string, underKeys: DongleKeys = keys, underId = dongleId) => {
    const message = messages.find(one => one.name === name)!
    return seal(nodeCrypto, underKeys, underId, message.direction, message.iv, message.plain)
  }
  const flipped = sealed('hello').map((byte, at) => (at === 60 ? byte ^ 1 : byte))
  const longForm = bytesOf(hexOf(sealed('hello')).replace(/^d184/, 'd81184'))
  const otherId = dongleIdFrom([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12])
  const otherKey = { ...deriveKeys(nodeCrypto, counting(0x01, 32), epoch) }
  const refused: { name: string; direction: Direction; envelope: Uint8Array; fault: string }[] = [
    { name: 'one bit of the ciphertext flipped', direction: 'up', envelope: flipped, fault: 'envelope.forged' },
    {
      name: 'cut after 100 bytes',
      direction: 'up',
      envelope: sealed('hello').slice(0, 100),
      fault: 'envelope.malformed',
    },
    { name: 'a tag number not in its shortest form', direction: 'up', envelope: longForm, fault: 'envelope.malformed' },
    { name: 'sent back to its sender', direction: 'down', envelope: sealed('batch'), fault: 'envelope.forged' },
    { name: 'another device key', direction: 'up', envelope: sealed('batch', otherKey), fault: 'envelope.forged' },
    {
      name: 'another dongle',
      direction: 'up',
      envelope: sealed('batch', keys, otherId),
      fault: 'envelope.wrong-dongle',
    },
    {
      name: 'another epoch',
      direction: 'up',
      envelope: sealed('batch', deriveKeys(nodeCrypto, deviceKey, 2)),
      fault: 'envelope.wrong-epoch',
    },
  ]
  return {
    about: 'nrt wire version 1: envelope and session. Bytes in hex. See docs/protocol-session.md.',
    dongleId,
    deviceKey: hexOf(deviceKey),
    epoch,
    seedPool: hexOf(seedPool),
    boot,
    session,
    keys: {
      auth: hexOf(keys.auth),
      enc: hexOf(keys.enc),
      mac: hexOf(keys.mac),
      ota: hexOf(keys.ota),
      cmd: hexOf(keys.cmd),
    },
    connectPassword: connectPassword(nodeCrypto, keys, dongleId, boot, session),
    nonce: hexOf(nonce),
    token: hexOf(token),
    messages: messages.map(({ name, direction, iv, plain }) => ({
      name,
      direction,
      iv: hexOf(iv),
      plain: hexOf(plain),
      envelope: hexOf(seal(nodeCrypto, keys, dongleId, direction, iv, plain)),
    })),
    refused: refused.map(({ envelope, ...what }) => ({ ...what, envelope: hexOf(envelope) })),
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(sessionVectors(), null, 2))
}
