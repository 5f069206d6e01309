// Where the platform may post to, and when it tries again.

import type { LookupAddress } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { verdictOf, waitS } from '../../../../backend/delivery/back-off.ts'
import { createPoster } from '../../../../backend/delivery/post.ts'
import { checkTarget, isPublicAddress, publicLookup } from '../../../../backend/delivery/safe-address.ts'

describe('an address of our own network', () => {
  test.each([
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
    ...[
      '198.18.0.1',
      '255.255.255.255',
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
    ],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1', 'not an address'],
  ])('%s is none to post to', address => expect(isPublicAddress(address)).toBe(false))

  test.each(['8.8.8.8', '193.190.1.1', '2a00:1450:4009::1'])('%s is one', address =>
    expect(isPublicAddress(address)).toBe(true),
  )

  test.each([
    ['https://127.0.0.1/x', 'url.not-public'],
    ['https://[::1]/x', 'url.not-public'],
    ['https://2130706433/x', 'url.not-public'], // 127.0.0.1 as one number
    ['https://0x7f.1/x', 'url.not-public'],
    ['https://localhost/x', 'url.not-public'],
    ['https://db.internal/x', 'url.not-public'],
    ['http://esp.example/x', 'url.not-https'],
    ['ftp://esp.example/x', 'url.not-https'],
    ['https://a:b@esp.example/x', 'url.with-password'],
    ['nonsense', 'url.malformed'],
  ])('%s is refused as %s', (url, code) => expect(checkTarget(url, false)).toEqual({ ok: false, fault: { code } }))

  test('is found behind a name when the connection looks it up, one among good ones too', async () => {
    const resolve = (answers: LookupAddress[]) =>
      ((_name: string, _options: object, done: (e: null, a: LookupAddress[]) => void) => done(null, answers)) as never
    const look = (answers: LookupAddress[], all: boolean) =>
      new Promise(done => {
        publicLookup(false, resolve(answers))('esp.example', { all }, (error, address) => done(error?.code ?? address))
      })
    const [good, bad] = [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    expect(await look([good], false)).toBe('8.8.8.8')
    expect(await look([good], true)).toEqual([good])
    expect(await look([good, bad], true)).toBe('ENOTPUBLIC')
    expect(await look([bad], false)).toBe('ENOTPUBLIC')
  })

  test('is not connected to, whatever the name was when it was kept', async () => {
    const poster = createPoster({ mayBePrivate: false, nowMs: () => 0 })
    const { posted } = poster.post(
      new URL('https://localhost:1/'),
      `whsec_${'A'.repeat(44)}`,
      { id: 'x', body: '{}' },
      () => true,
    )
    expect(await posted).toEqual({ kind: 'failed', code: 'not-public' })
    poster.close()
  })
})

describe('an endpoint that fails', () => {
  test('is waited for longer each time, and as long as it asks, an hour at most', () => {
    const waits = [1, 2, 3, 4, 5, 6, 50].map(failures => waitS(failures, undefined, 0.5))
    expect(waits).toEqual([5, 30, 120, 600, 1800, 3600, 3600])
    expect([waitS(1, 60, 0), waitS(1, 999_999, 0)]).toEqual([60, 3600])
    expect([waitS(1, undefined, 0), waitS(1, undefined, 1)]).toEqual([4, 6])
  })

  test('takes a message, wants it again, or says that it never will', () => {
    expect([200, 204, 301, 401, 404, 408, 410, 422, 429, 500].map(verdictOf)).toEqual([
      ...['taken', 'taken', 'again', 'again', 'again', 'again', 'again', 'never', 'again', 'again'],
    ])
  })
})
