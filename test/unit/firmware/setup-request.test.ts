// What strangers may send to the setup page: read within bounds, or refused.

import { describe, expect, test } from 'vitest'
import { readNetworks, readRequest, toHex } from '../../../firmware/setup/request.ts'
import fc from '../../support/given-cases.ts'

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex')
const HEAD = 'POST /try HTTP/1.1\r\nHost: 192.168.4.1\r\nCOOKIE: nrt=1\r\nContent-Length: 3\r\n\r\n'

describe('a request', () => {
  test('is whole when its head and the promised body are there, however it is cut', () => {
    const text = `${HEAD}abc`
    const whole = { method: 'POST', path: '/try', host: '192.168.4.1', cookie: 'nrt=1', body: 'abc' }
    for (let length = 0; length < text.length; length++) expect(readRequest(text.slice(0, length))).toBeUndefined()
    expect(readRequest(text)).toEqual(whole)
    expect(readRequest(`${text}GET / HTTP/1.1\r\n\r\n`)).toEqual(whole)
  })

  test.each([
    ['a line of one word', 'GET\r\n\r\n', 400],
    ['a line of four words', 'GET / / HTTP/1.1\r\n\r\n', 400],
    ['another protocol', 'GET / RTSP/1.0\r\n\r\n', 400],
    ['an empty path', 'GET  HTTP/1.1\r\n\r\n', 400],
    ['chunks', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['a length below nothing', 'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n', 400],
    ['a length in hex', 'POST / HTTP/1.1\r\nContent-Length: 0x10\r\n\r\n', 400],
    ['a length with an octal look', 'POST / HTTP/1.1\r\nContent-Length: 010\r\n\r\n', 400],
    ['two lengths in one', 'POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n', 400],
    ['a body that is too long', 'POST / HTTP/1.1\r\nContent-Length: 401\r\n\r\n', 413],
    ['a head without end', `GET / HTTP/1.1\r\nX: ${'y'.repeat(2000)}`, 413],
  ])('with %s is refused', (_name, text, status) => {
    expect(readRequest(text)).toBe(status)
  })

  test('of any bytes never throws and never asks for more than its bound', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2500 }), bytes => {
        const read = readRequest(Buffer.from(bytes).toString('latin1'))
        if (bytes.length > 2000) expect(read).toBe(413)
      }),
    )
  })
})

describe('networks', () => {
  test('come back byte for byte, one or two, open or not', () => {
    const ssid = fc.uint8Array({ minLength: 1, maxLength: 32 })
    const password = fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ minLength: 8, maxLength: 63 }))
    fc.assert(
      fc.property(fc.array(fc.tuple(ssid, password), { minLength: 1, maxLength: 2 }), pairs => {
        const wanted = pairs.map(([name, word]) => ({
          ssid: Buffer.from(name).toString('latin1'),
          password: Buffer.from(word).toString('latin1'),
        }))
        const body = wanted.map(one => `${toHex(one.ssid)}:${toHex(one.password)}`).join(',')
        expect(readNetworks(body)).toEqual(wanted)
        expect(body.length).toBeLessThanOrEqual(400)
      }),
    )
  })

  test.each([
    ['nothing', ''],
    ['no name', `:${hex('password')}`],
    ['no colon', hex('home')],
    ['three parts', `${hex('home')}:${hex('password')}:00`],
    ['half a byte', `${hex('home')}0:${hex('password')}`],
    ['other letters', `zz:${hex('password')}`],
    ['a name of 33 bytes', `${hex('x'.repeat(33))}:${hex('password')}`],
    ['a password of 7', `${hex('home')}:${hex('passwor')}`],
    ['a password of 64', `${hex('home')}:${hex('p'.repeat(64))}`],
    [
      'three networks',
      Array(3)
        .fill(`${hex('h')}:`)
        .join(','),
    ],
    ['a comma too many', `${hex('home')}:,`],
  ])('with %s are refused', (_name, body) => {
    expect(readNetworks(body)).toBeUndefined()
  })
})
