// A self-signed RSA certificate for TLS tests, made on the spot (X.509 v3, RFC 5280, in DER by hand): node can read
// certificates but not make them, and a private key has no place in a repository.

import { createSign, generateKeyPairSync } from 'node:crypto'

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const BIT_STRING = 0x03
const OBJECT_ID = 0x06
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17
const VERSION_TAG = 0xa0

const SHA256_WITH_RSA = Buffer.concat([der(OBJECT_ID, Buffer.from('2a864886f70d01010b', 'hex')), Buffer.of(0x05, 0x00)])
const COMMON_NAME = der(OBJECT_ID, Buffer.from('550403', 'hex'))

/** PEM texts; valid from 2020 to the end that is given. */
export function selfSignedCertificate(
  commonName: string,
  end = new Date('2049-12-31T23:59:59Z'),
): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName)))))
  const toBeSigned = der(
    SEQUENCE,
    der(VERSION_TAG, der(INTEGER, Buffer.of(2))),
    der(INTEGER, Buffer.of(1)),
    der(SEQUENCE, SHA256_WITH_RSA),
    name,
    der(SEQUENCE, der(UTC_TIME, Buffer.from('200101000000Z')), der(UTC_TIME, Buffer.from(utcTime(end)))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = createSign('sha256').update(toBeSigned).sign(privateKey)
  const certificate = der(
    SEQUENCE,
    toBeSigned,
    der(SEQUENCE, SHA256_WITH_RSA),
    der(BIT_STRING, Buffer.of(0), signature),
  )
  return { cert: pem(certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}

/** YYMMDDhhmmssZ */
function utcTime(time: Date): string {
  return `${time.toISOString().replace(/\D/g, '').slice(2, 14)}Z`
}

/** Type, length (short, or the number of length bytes and those), content. */
function der(type: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(type, ...head), content])
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
