// The bytes of envelope and session, version 1. If one of these fails, put the code back; add a version 2 instead.

import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { decode, encode } from 'cborg'
import { describe, expect, test } from 'vitest'
import vectors from '../../docs/vectors/session-v1.json' with { type: 'json' }
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { seal, unseal } from '../../shared/envelope/seal.ts'
import { encodeHello } from '../../shared/session/messages-up.ts'
import { bytesOf, hexOf, sessionVectors, VECTOR_INPUT } from '../support/session-vectors.ts'

const keys = deriveKeys(nodeCrypto, VECTOR_INPUT.deviceKey, VECTOR_INPUT.epoch)

test('the published vectors are what the code makes', () => {
  expect(sessionVectors()).toEqual(vectors)
})

test('the worked example in docs/protocol-session.md is the vector', () => {
  const document = readFileSync(new URL('../../docs/protocol-session.md', import.meta.url), 'utf8')
  const blocks = [...document.matchAll(/```hex\n([^`]*)```/g)].map(match => hexOf(bytesOf(match[1]!)))
  const hello = vectors.messages.find(message => message.name === 'hello')!
  expect(blocks).toEqual([hello.plain, hello.envelope])
})

test('v1 hello, field by field', () => {
  const plain = encodeHello(7, 3, bytesOf('ed334b0836c150a23060da9031c0e987'), '0.1.0')
  expect(hexOf(plain)).toBe(
    hexOf(
      bytesOf(`
        a3                 # map of three
          00 01            # 0 kind: 1, hello (1 token: absent)
          02 00            # 2 n: 0
          03 a5            # 3 body: map of five
            00 07          # 0 boot: 7
            01 03          # 1 session: 3
            02 50 ed334b0836c150a23060da9031c0e987  # 2 nonce
            03 65 302e312e30                        # 3 firmware: "0.1.0"
            04 01          # 4 wire version: 1
      `),
    ),
  )
  const sealed = seal(nodeCrypto, keys, '0123456789AB9', 'up', bytesOf('51715ae05bd0e542feddbf9dd6724aca'), plain)
  expect(hexOf(sealed)).toBe(
    hexOf(
      bytesOf(`
        d1                 # tag 17, COSE_Mac0
        84                 # four items
          53               # protected, 19 bytes:
            a2             #   map of two
              01 05        #   1 algorithm: 5, HMAC 256/256
              04 4e        #   4 key id, 14 bytes:
                30313233343536373839414239          # dongle id "0123456789AB9"
                01         #     epoch 1
          a0               # unprotected: nothing
          58 4b            # payload, 75 bytes: COSE_Encrypt0
            83             #   three items
              40           #   protected: nothing
              a2           #   unprotected, map of two
                01 39 fff8 #   1 algorithm: -65529, A256CBC
                05 50 51715ae05bd0e542feddbf9dd6724aca   # 5 iv
              58 30        #   ciphertext, 48 bytes
                4da579761c698c7cc2a75194dc729616
                e84cf5010ce271fb2da35cab839b4c54
                75a430771f3cf0e1c69a9708f761206a
          58 20            # tag, 32 bytes
            bf87e2fbec9d420514739736b4c9d6cc740b508b1977f2dd4f1cdb38354b65be
      `),
    ),
  )
})

// Another road to the same content: cborg for CBOR, node:crypto called directly, keys derived from the words of the document.
function openIndependently(direction: string, envelope: Uint8Array): Uint8Array {
  const deviceKey = Buffer.from(vectors.deviceKey, 'hex')
  const derived = (use: string) => createHmac('sha256', deviceKey).update(`nrt/${use}|v${vectors.epoch}`).digest()
  const cose = decode(envelope, { useMaps: true, tags: { 17: (inner: () => unknown) => inner() } } as never) as never[]
  const [protectedBytes, unprotectedMap, payload, tag] = cose as unknown as [
    Uint8Array,
    Map<never, never>,
    Uint8Array,
    Uint8Array,
  ]
  const header = decode(protectedBytes, { useMaps: true }) as Map<number, unknown>
  expect(header.get(1)).toBe(5)
  expect(Buffer.from(header.get(4) as Uint8Array).toString('latin1')).toBe(`${vectors.dongleId}\x01`)
  expect(unprotectedMap.size).toBe(0)
  const macStructure = encode(['MAC0', protectedBytes, Buffer.from(`nrt/1/${direction}`), payload])
  expect(hexOf(tag)).toBe(createHmac('sha256', derived('mac')).update(macStructure).digest('hex'))
  const [inner, parameters, cipher] = decode(payload, { useMaps: true }) as [
    Uint8Array,
    Map<number, unknown>,
    Uint8Array,
  ]
  expect(inner.length).toBe(0)
  expect(parameters.get(1)).toBe(-65529)
  const decipher = createDecipheriv('aes-256-cbc', derived('enc'), parameters.get(5) as Uint8Array)
  return Buffer.concat([decipher.update(cipher), decipher.final()])
}

describe('an independent implementation', () => {
  for (const message of vectors.messages) {
    test(`opens the vector ${message.name}`, () => {
      expect(hexOf(openIndependently(message.direction, bytesOf(message.envelope)))).toBe(message.plain)
    })
  }

  test('reads what the bodies say', () => {
    const bodyOf = (name: string) => {
      const found = vectors.messages.find(message => message.name === name)!
      return decode(openIndependently(found.direction, bytesOf(found.envelope)), { useMaps: true }) as Map<
        number,
        never
      >
    }
    const nonce = bytesOf(vectors.nonce)
    const token = bytesOf(vectors.token)
    const body = (name: string) => bodyOf(name).get(3) as unknown as Map<number, unknown>
    expect(bodyOf('hello')).toEqual(
      new Map<number, unknown>([
        [0, 1],
        [2, 0],
        [3, body('hello')],
      ]),
    )
    expect(body('hello')).toEqual(
      new Map<number, unknown>([
        [0, 7],
        [1, 3],
        [2, nonce],
        [3, '0.1.0'],
        [4, 1],
      ]),
    )
    expect(body('challenge')).toEqual(
      new Map<number, unknown>([
        [0, nonce],
        [1, token],
        [2, 1_767_225_600],
        [3, 10],
      ]),
    )
    expect(bodyOf('batch').get(1)).toEqual(token)
    expect(body('batch').get(1)).toBe(41)
    expect((decode(body('batch').get(3) as Uint8Array, { useMaps: true }) as Map<number, unknown>).get(1)).toBe(7)
    expect(body('status').get(4)).toBe(-67)
    expect(body('ack')).toEqual(
      new Map<number, unknown>([
        [0, [[7, 41, 2]]],
        [1, [[7, 43, 1, 1]]],
      ]),
    )
    expect(body('command')).toEqual(
      new Map<number, unknown>([
        [0, 1],
        [1, 1],
        [2, 120],
      ]),
    )
    expect(body('result')).toEqual(
      new Map<number, unknown>([
        [0, 1],
        [1, 0],
      ]),
    )
  })

  test('finds the same password, nonce, token and ivs', () => {
    const hmac = (key: string, text: string | Uint8Array) =>
      createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest()
    const { auth, enc } = vectors.keys
    expect(vectors.connectPassword).toBe(
      `7.3.${hmac(auth, `connect|${vectors.dongleId}|7|3`).subarray(0, 16).toString('hex')}`,
    )
    const seed = Buffer.concat([Buffer.from(vectors.seedPool, 'hex'), Buffer.from('|7|3')])
    expect(vectors.nonce).toBe(createHash('sha256').update(seed).digest().subarray(0, 16).toString('hex'))
    const signed = Buffer.concat([
      Buffer.from(`session|${vectors.dongleId}|`),
      Buffer.from(vectors.token, 'hex').subarray(0, 16),
    ])
    expect(vectors.token.slice(32)).toBe(hmac(auth, signed).subarray(0, 8).toString('hex'))
    for (const [n, name] of ['hello', 'batch', 'status', 'result'].entries()) {
      const iv = hmac(enc, `iv|up|7|3|${n}`).subarray(0, 16).toString('hex')
      expect(vectors.messages.find(message => message.name === name)?.iv).toBe(iv)
    }
  })
})

describe('our own code', () => {
  for (const message of vectors.messages) {
    test(`opens the vector ${message.name}`, () => {
      const opened = unseal(nodeCrypto, keys, vectors.dongleId, message.direction as 'up', bytesOf(message.envelope))
      expect(opened.ok && hexOf(opened.value)).toBe(message.plain)
    })
  }
  for (const message of vectors.refused) {
    test(`refuses ${message.name}`, () => {
      const opened = unseal(nodeCrypto, keys, vectors.dongleId, message.direction as 'up', bytesOf(message.envelope))
      expect(opened.ok ? 'opened' : opened.fault.code).toBe(message.fault)
    })
  }
})
