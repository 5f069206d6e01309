// What somebody on the way can try without a dongle's key, one line each: replays, splices, downgrades, reflections, foreign acks and
// commands. Each gives messages of which not one may be accepted.

import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { seal } from '../../shared/envelope/seal.ts'
import { joined, type Pieces } from '../../shared/kernel/pieces.ts'
import { connectPassword } from '../../shared/session/connect.ts'
import { COMMAND_NAMES } from '../../shared/session/messages.ts'
import { encodeAck, encodeChallenge, encodeCommand } from '../../shared/session/messages-down.ts'
import { encodeBatchMessage, encodeHello, encodeStatus } from '../../shared/session/messages-up.ts'
import { orderMac } from '../../shared/session/order.ts'
import { issueToken } from '../../shared/session/token.ts'
import { DONGLE_ID, freshIv, KEYS, NOW_S } from '../support/conversation.ts'
import { flipped, partsOf, spliced } from './envelope-parts.ts'
import { asThief, type Scene, THIEF_ID, THIEF_KEYS } from './scene.ts'

/** `laterS`: so long after the recording. */
export type Script = [name: string, messages: (scene: Scene) => Uint8Array[], laterS?: number]

const zeros = new Uint8Array(32)
const DOWNGRADED = Buffer.from([0xa2, 1, 4, 4, 0x4e, ...Buffer.from(DONGLE_ID), 1]) // HMAC 256/64
const UNNAMED = Buffer.from([0xa1, 4, 0x4e, ...Buffer.from(DONGLE_ID), 1]) // no algorithm
const NEXT_EPOCH = Buffer.from([0xa2, 1, 5, 4, 0x4e, ...Buffer.from(DONGLE_ID), 2])
const blocks = (bytes: Buffer) =>
  Array.from({ length: bytes.length / 16 }, (_, i) => bytes.subarray(16 * i, 16 * i + 16))

/** A message of the thief's, sealed with his key, under the other dongle's name. */
const relabelled = (plain: Uint8Array | Pieces, direction: 'up' | 'down'): Uint8Array =>
  seal(nodeCrypto, THIEF_KEYS, DONGLE_ID, direction, freshIv(), plain)

/** What can be done to any genuine message, in either direction. */
function mutations(name: string, of: (scene: Scene) => Uint8Array, other: (scene: Scene) => Uint8Array): Script[] {
  return [
    [`${name}: a bit of the key id`, scene => [flipped(of(scene), 12)]],
    [`${name}: the next key epoch`, scene => [spliced(of(scene), { protectedBytes: NEXT_EPOCH })]],
    [`${name}: a bit of the iv`, scene => [spliced(of(scene), { iv: flipped(partsOf(of(scene)).iv, 0) })]],
    [
      `${name}: a bit of the first block`,
      scene => [spliced(of(scene), { cipher: flipped(partsOf(of(scene)).cipher, 0) })],
    ],
    [`${name}: each bit of the last block but one (padding oracle)`, paddings(of)],
    [`${name}: each bit of the tag`, scene => bits(32).map(([at, bit]) => flipped(of(scene), at - 32, bit))],
    [
      `${name}: the last block cut off`,
      scene => [spliced(of(scene), { cipher: partsOf(of(scene)).cipher.subarray(0, -16) })],
    ],
    [`${name}: no ciphertext at all`, scene => [spliced(of(scene), { cipher: Buffer.alloc(0) })]],
    [
      `${name}: its blocks in another order`,
      scene => [spliced(of(scene), { cipher: Buffer.concat(blocks(partsOf(of(scene)).cipher).reverse()) })],
    ],
    [
      `${name}: one block more`,
      scene => [spliced(of(scene), { cipher: Buffer.concat([partsOf(of(scene)).cipher, zeros.subarray(16)]) })],
    ],
    [
      `${name}: the ciphertext of another message`,
      scene => [spliced(of(scene), { cipher: partsOf(other(scene)).cipher })],
    ],
    [
      `${name}: iv and ciphertext of another message`,
      scene => {
        const { iv, cipher } = partsOf(other(scene))
        return [spliced(of(scene), { iv, cipher })]
      },
    ],
    [`${name}: the tag of another message`, scene => [spliced(of(scene), { tag: partsOf(other(scene)).tag })]],
    [`${name}: a tag of zeros`, scene => [spliced(of(scene), { tag: Buffer.from(zeros) })]],
    [
      `${name}: a tag under a key of zeros`,
      scene => [spliced(of(scene), { tag: Buffer.from(nodeCrypto.hmacSha256(zeros, of(scene).subarray(0, -34))) })],
    ],
    [
      `${name}: downgraded to a tag of 8 bytes`,
      scene => [spliced(of(scene), { protectedBytes: DOWNGRADED, tag: partsOf(of(scene)).tag.subarray(0, 8) })],
    ],
    [
      `${name}: a tag shortened to 31, 16 and 0 bytes`,
      scene => [31, 16, 0].map(length => spliced(of(scene), { tag: partsOf(of(scene)).tag.subarray(0, length) })),
    ],
    [`${name}: no algorithm named`, scene => [spliced(of(scene), { protectedBytes: UNNAMED })]],
    [
      `${name}: as COSE_Sign1, as COSE_Encrypt0, without a COSE tag`,
      scene => [
        Buffer.concat([Buffer.of(0xd2), of(scene).subarray(1)]),
        Buffer.concat([Buffer.of(0xd0), of(scene).subarray(1)]),
        Buffer.from(of(scene).subarray(1)),
      ],
    ],
    [`${name}: the encrypted part alone`, scene => [Buffer.from(of(scene).subarray(of(scene).indexOf(0x83), -34))]],
    [
      `${name}: with headers that nobody signed`,
      scene => {
        const bytes = Buffer.from(of(scene))
        const at = 3 + partsOf(bytes).protectedBytes.length
        return [Buffer.concat([bytes.subarray(0, at), Buffer.of(0xa1, 4, 0x41, 0), bytes.subarray(at + 1)])]
      },
    ],
    [
      `${name}: cut at every byte`,
      scene => Array.from({ length: of(scene).length }, (_, length) => of(scene).slice(0, length)),
    ],
    [
      `${name}: with bytes behind it, and twice in one`,
      scene => [Buffer.concat([of(scene), Buffer.of(0)]), Buffer.concat([of(scene), of(scene)])],
    ],
  ]
}

function bits(count: number): [at: number, bit: number][] {
  return Array.from({ length: count * 8 }, (_, i) => [i >> 3, 1 << (i & 7)])
}

function paddings(of: (scene: Scene) => Uint8Array) {
  return (scene: Scene): Uint8Array[] => {
    const { iv, cipher } = partsOf(of(scene))
    const chain = Buffer.concat([iv, cipher])
    const at = chain.length - 32
    return bits(16).map(([byte, bit]) => {
      const changed = flipped(chain, at + byte, bit)
      return spliced(of(scene), { iv: changed.subarray(0, 16), cipher: changed.subarray(16) })
    })
  }
}

const batchOfThief = (token: Uint8Array): Pieces =>
  encodeBatchMessage(token, 50, { boot: 1, firstSeq: 900, span: 1 }, Uint8Array.of(1, 2, 3)).plain
const first = (messages: Uint8Array[]): Uint8Array => messages[0] as Uint8Array
const ACKS = { final: [0, 1, 2].map(firstSeq => ({ boot: 1, firstSeq, span: 1 })), refused: [] }

/** To the gateway, in the dongle's session. */
export const UP: Script[] = [
  [
    'a batch, a status and the hello of this session once more',
    ({ now }) => [first(now.batches), now.status, now.hello],
  ],
  ['everything of the session before', ({ earlier }) => [earlier.hello, ...earlier.batches, earlier.status]],
  ['the next message, a day late', ({ genuineUp }) => [genuineUp], 86_401],
  ['what the gateway said, sent back', ({ now }) => [now.challenge, now.ack, now.command, now.order]],
  [
    "the thief's own hello and batch",
    ({ now }) => [asThief(encodeHello(1, 2, now.nonce, 'x'), 'up'), asThief(batchOfThief(now.token), 'up')],
  ],
  [
    "the thief's batch and status under the dongle's name",
    ({ now }) => [
      relabelled(batchOfThief(now.token), 'up'),
      relabelled(encodeStatus(now.token, 51, { boot: 1 }), 'up'),
    ],
  ],
  [
    "the thief's envelope with the dongle's key id written over his",
    ({ now }) => {
      const own = asThief(batchOfThief(now.token), 'up')
      return [spliced(own, { protectedBytes: partsOf(now.hello).protectedBytes })]
    },
  ],
  ['a batch that is not sealed at all', ({ now }) => [joined(batchOfThief(now.token))]],
  [
    'nothing, and noise of all lengths',
    () => [0, 1, 16, 100, 20_000, 60_000].map(length => new Uint8Array(length).fill(0xd1)),
  ],
  [
    'a token that the thief made himself',
    () => {
      const token = issueToken(nodeCrypto, THIEF_KEYS, DONGLE_ID, { boot: 1, session: 2 }, NOW_S, zeros)
      return [
        relabelled(batchOfThief(token), 'up'),
        seal(nodeCrypto, KEYS, DONGLE_ID, 'up', freshIv(), batchOfThief(token)),
      ]
    },
  ],
  ...mutations(
    'up',
    ({ genuineUp }) => genuineUp,
    ({ now }) => first(now.batches),
  ),
]

/** To the dongle, while it waits for the challenge. */
export const GREETING: Script[] = [
  ['its own hello', ({ now, earlier }) => [now.hello, earlier.hello]],
  [
    'the challenge of the session before, and all that came after it',
    ({ earlier }) => [earlier.challenge, earlier.ack, earlier.command, earlier.order],
  ],
  [
    "a challenge under the thief's key, under either name",
    ({ now }) => {
      const plain = encodeChallenge({ nonce: now.nonce, token: now.token, timeS: NOW_S, intervalS: 900 })
      return [asThief(plain, 'down'), relabelled(plain, 'down')]
    },
  ],
  [
    'an authentic answer to another nonce',
    ({ earlier, now }) => {
      const plain = encodeChallenge({ nonce: earlier.nonce, token: now.token, timeS: NOW_S, intervalS: 10 })
      return [seal(nodeCrypto, KEYS, DONGLE_ID, 'down', freshIv(), plain)]
    },
  ],
  [
    'no challenge, but acks and commands at once, as a server without the key would',
    ({ now }) => [
      encodeAck(now.token, ACKS),
      relabelled(encodeAck(now.token, ACKS), 'down'),
      relabelled(encodeAck(new Uint8Array(24), ACKS), 'down'),
      relabelled(encodeCommand(now.token, { number: 99, name: 'reboot' }), 'down'),
    ],
  ],
  ...mutations(
    'challenge',
    ({ genuineDown }) => genuineDown,
    ({ earlier }) => earlier.challenge,
  ),
]

const order = { number: 40, code: COMMAND_NAMES.indexOf('configure') + 1, seconds: 0, argument: Uint8Array.of(0xa0) }
const sealedOrder = (scene: Scene, mac: Uint8Array, number = order.number): Uint8Array =>
  seal(
    nodeCrypto,
    KEYS,
    DONGLE_ID,
    'down',
    freshIv(),
    encodeCommand(scene.now.token, { number, name: 'configure', argument: order.argument }, mac),
  )
const rightMac = orderMac(nodeCrypto, KEYS, DONGLE_ID, order)

/** To the dongle, in its session. The last ones suppose that the session's keys have leaked, and the key for orders has not. */
export const DOWN: Script[] = [
  ['the challenge of this session once more', ({ now }) => [now.challenge]],
  [
    'acks, commands and orders of the session before',
    ({ earlier }) => [earlier.challenge, earlier.ack, earlier.command, earlier.order],
  ],
  ['a command that was obeyed once', ({ now }) => [now.command]],
  ['its own words', ({ now, genuineUp }) => [now.hello, ...now.batches, now.status, genuineUp]],
  [
    "acks under the thief's key, under either name",
    ({ now }) => [
      asThief(encodeAck(now.token, ACKS), 'down'),
      relabelled(encodeAck(now.token, ACKS), 'down'),
      spliced(asThief(encodeAck(now.token, ACKS), 'down'), { protectedBytes: partsOf(now.ack).protectedBytes }),
    ],
  ],
  ['acks that are not sealed', ({ now }) => [encodeAck(now.token, ACKS), encodeAck(new Uint8Array(24), ACKS)]],
  [
    "commands under the thief's key: restart, stop, another interval",
    ({ now }) =>
      (['reboot', 'stop', 'interval'] as const).map(name =>
        relabelled(encodeCommand(now.token, { number: 99, name, seconds: 900 }), 'down'),
      ),
  ],
  [
    'an ack and a command under the token of another session',
    ({ earlier }) => [
      seal(nodeCrypto, KEYS, DONGLE_ID, 'down', freshIv(), encodeAck(earlier.token, ACKS)),
      seal(
        nodeCrypto,
        KEYS,
        DONGLE_ID,
        'down',
        freshIv(),
        encodeCommand(earlier.token, { number: 99, name: 'reboot' }),
      ),
    ],
  ],
  ['noise', () => [0, 1, 100, 20_000].map(length => new Uint8Array(length).fill(0x84))],
  [
    "an order under the thief's own key for orders",
    scene => [sealedOrder(scene, orderMac(nodeCrypto, THIEF_KEYS, DONGLE_ID, order))],
  ],
  [
    "the MAC of an order for the thief's dongle",
    scene => [sealedOrder(scene, orderMac(nodeCrypto, THIEF_KEYS, THIEF_ID, order))],
  ],
  ['the right MAC of an order under another number', scene => [sealedOrder(scene, rightMac, 41)]],
  [
    'an order whose number has passed',
    scene => [sealedOrder(scene, orderMac(nodeCrypto, KEYS, DONGLE_ID, { ...order, number: 11 }), 11)],
  ],
  [
    'MACs of zeros, shortened, with one bit changed',
    scene => [
      sealedOrder(scene, zeros.subarray(16)),
      sealedOrder(scene, rightMac.subarray(0, 8)),
      sealedOrder(scene, flipped(rightMac, 0)),
    ],
  ],
  ...mutations(
    'order',
    ({ genuineDown }) => genuineDown,
    ({ now }) => now.command,
  ),
]

/** CONNECT passwords, after the dongle's second session of boot 7 was let in. */
export const PASSWORDS: [name: string, password: string][] = (() => {
  const of = (boot: number, session: number, keys = KEYS, id = DONGLE_ID) =>
    connectPassword(nodeCrypto, keys, id, boot, session)
  const mac = of(7, 2).split('.')[2] as string
  return [
    ['the one that was used', of(7, 2)],
    ['the one of the session before', of(7, 1)],
    ['the one of a boot before', of(6, 900)],
    ['the next session under the old MAC', `7.3.${mac}`],
    ['the next boot under the old MAC', `8.1.${mac}`],
    ["the thief's own", of(7, 3, THIEF_KEYS, THIEF_ID)],
    ["the thief's key under the dongle's name", of(7, 3, THIEF_KEYS)],
    ['a counter with a zero before it', of(7, 3).replace('7.3', '07.3')],
    ['a MAC cut short', of(7, 3).slice(0, -1)],
    ['a MAC that goes on', `${of(7, 3)}0`],
    ['a MAC in capitals', of(7, 3).replace(/[a-f]/g, digit => digit.toUpperCase())],
    ['a fourth part', `${of(7, 3)}.`],
    ['no MAC', '7.3.'],
    ['nothing', ''],
  ]
})()
