// Accounts, dongles, keys and settings: the small rules that keep the wrong ones out.

import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { fits, newAccessKey, parseAccessKey } from '../../../backend/accounts/access-key.ts'
import { createThrottle } from '../../../backend/accounts/throttle.ts'
import { readBackendConfig } from '../../../backend/config.ts'
import { canBecome } from '../../../backend/dongles/states.ts'
import { stateOf } from '../../../backend/metering-points/quality.ts'
import { acceptTerms } from '../../../scripts/accept-terms.ts'
import { openTestBackend, type TestBackend } from '../../support/backend.ts'
import { aBatch, arrived } from '../../support/batches.ts'
import { DEVICE_KEY, DONGLE_ID } from '../../support/facts.ts'
import { IS_ON_FILE } from '../../support/postgres.ts'
import { dongleIdOf, eanOf } from '../../support/store.ts'

const opened: TestBackend[] = []
afterEach(async () => {
  for (const t of opened.splice(0)) await t.stop()
})
async function open(wish?: Parameters<typeof openTestBackend>[0]) {
  const t = await openTestBackend(wish)
  opened.push(t)
  return t
}

describe('the dongle register', () => {
  test('gives the gateway key, epoch and state, and nothing for a stranger', async () => {
    const { backend } = await open()
    const credentials = await backend.directory.credentials(DONGLE_ID)
    expect(credentials).toMatchObject({ dongleId: DONGLE_ID, epoch: 1, state: 'bound' })
    expect(Buffer.from(credentials?.deviceKey ?? [])).toEqual(Buffer.from(DEVICE_KEY))
    expect(await backend.directory.credentials(dongleIdOf(77))).toBeUndefined()
  })

  test.runIf(IS_ON_FILE)(
    'lets a session mark rise only, also when two come at once, and remembers it after a restart',
    async () => {
      const t = await open()
      const { directory } = t.backend
      expect(await directory.advance(DONGLE_ID, { boot: 2, session: 1 })).toBe('advanced')
      const both = await Promise.all([1, 2].map(() => directory.advance(DONGLE_ID, { boot: 2, session: 2 })))
      expect(both.sort()).toEqual(['advanced', 'old'])
      expect(await directory.advance(DONGLE_ID, { boot: 2, session: 2 })).toBe('old')
      expect(await directory.advance(DONGLE_ID, { boot: 1, session: 99 })).toBe('old')
      expect(await directory.advance(DONGLE_ID, { boot: 3, session: 0 })).toBe('advanced')
      expect(await directory.advance(dongleIdOf(77), { boot: 1, session: 1 })).toBe('old')
      const db = new DatabaseSync(join(t.dir, 'nrt.sqlite'))
      expect(db.prepare('SELECT boot, session FROM dongle').get()).toMatchObject({ boot: 3, session: 0 })
      db.close()
    },
  )

  test.runIf(IS_ON_FILE)('keeps keys wrapped: neither file nor log holds one in clear', async () => {
    const t = await open()
    for (const file of ['nrt.sqlite', 'nrt.sqlite-wal']) {
      expect(readFileSync(join(t.dir, file)).includes(Buffer.from(DEVICE_KEY))).toBe(false)
    }
    expect(statSync(join(t.dir, 'kek.key')).mode & 0o077).toBe(0)
  })

  test('takes the same dongle twice, but not another key for it, nor a wrong id', async () => {
    const { backend } = await open()
    const dongle = { dongleId: DONGLE_ID, deviceKey: DEVICE_KEY, epoch: 1 }
    expect(await backend.registerDongle(dongle)).toEqual({ ok: true, value: 'known' })
    const other = { ...dongle, deviceKey: DEVICE_KEY.map(byte => byte ^ 1) }
    expect(await backend.registerDongle(other)).toEqual({ ok: false, fault: { code: 'dongle.other-key' } })
    expect(await backend.registerDongle({ ...dongle, dongleId: '0000000000001' })).toMatchObject({
      fault: { code: 'dongle.bad-id' },
    })
    expect(await backend.registerDongle({ ...dongle, deviceKey: new Uint8Array(16) })).toMatchObject({
      fault: { code: 'dongle.bad-key' },
    })
  })

  test.runIf(IS_ON_FILE)(
    'cuts a lost dongle off, writes every step down, and refuses steps that cannot be',
    async () => {
      const t = await open()
      const cut: string[] = []
      t.backend.attachCommands({
        requestLive: () => {},
        wake: () => {},
        disconnect: (id, reason) => void cut.push(`${id} ${reason}`),
      })
      expect(await t.backend.retireDongle(DONGLE_ID, 'lost')).toMatchObject({ ok: true })
      expect(cut).toEqual([`${DONGLE_ID} lost`])
      expect(await t.backend.retireDongle(DONGLE_ID, 'retired')).toMatchObject({ ok: true })
      expect(await t.backend.bindDongle(DONGLE_ID, t.ean)).toMatchObject({
        fault: { code: 'dongle.wrong-state', from: 'retired' },
      })
      const db = new DatabaseSync(join(t.dir, 'nrt.sqlite'))
      const events = db.prepare('SELECT fromState, toState, actor FROM dongleEvent ORDER BY no').all()
      expect(events.map(event => `${event.fromState} → ${event.toState} by ${event.actor}`)).toEqual([
        'null → registered by operator',
        'registered → bound by operator',
        'bound → lost by operator',
        'lost → retired by operator',
      ])
      db.close()
    },
  )

  test('keeps the newest status, whatever the order of arrival', async () => {
    const t = await open()
    const status = { dongleId: DONGLE_ID, boot: 4 }
    await t.backend.ingest.note({ ...status, receivedAtMs: 2000, firmware: 'new' })
    await t.backend.ingest.note({ ...status, receivedAtMs: 1000, firmware: 'old' })
    await t.backend.ingest.note({ ...status, dongleId: dongleIdOf(77), receivedAtMs: 3000 })
    expect((await t.get(`/api/v1/metering-points/${t.pointId}/latest`)).body.quality.dongle).toMatchObject({
      firmware: 'new',
      boot: 4,
    })
  })

  test('has no way back from retired, and none to it that skips the register', () => {
    expect(canBecome('retired', 'registered')).toBe(false)
    expect(canBecome('flashed', 'bound')).toBe(false)
    expect(canBecome('suspended', 'bound')).toBe(true)
  })
})

describe('the access register', () => {
  test('refuses what is no EAN, one twice, and holders that do not exist', async () => {
    const { backend, accountId } = await open()
    const point = { ean: eanOf(5), accountId, sinceS: 0 }
    expect(await backend.addMeteringPoint({ ...point, ean: '123' })).toMatchObject({ fault: { code: 'ean.malformed' } })
    expect(await backend.addMeteringPoint(point)).toMatchObject({ ok: true })
    expect(await backend.addMeteringPoint(point)).toMatchObject({ fault: { code: 'ean.known' } })
    expect(await backend.addMeteringPoint({ ...point, ean: eanOf(6), accountId: 'acc_x' })).toMatchObject({
      fault: { code: 'account.unknown' },
    })
    expect(await backend.changeHolder(eanOf(5), accountId, 0)).toMatchObject({ fault: { code: 'tenure.too-early' } })
    expect(await backend.changeHolder(eanOf(7), accountId, 0)).toMatchObject({ fault: { code: 'ean.unknown' } })
    expect(await backend.bindDongle(DONGLE_ID, eanOf(7))).toMatchObject({ fault: { code: 'ean.unknown' } })
  })

  test('a new holder sees the point and none of the past, the old one no longer sees it', async () => {
    const t = await open()
    await t.backend.ingest.store([arrived(t.dongleId, aBatch())])
    const { accountId, accessKey } = await t.backend.openAccount('next')
    await acceptTerms(t.backend, accessKey)
    expect(await t.backend.changeHolder(t.ean, accountId, t.clock.nowS)).toMatchObject({ ok: true })
    const path = `/api/v1/metering-points/${t.pointId}/latest`
    expect((await t.get(path)).status).toBe(404)
    expect(await t.get(path, accessKey)).toMatchObject({ status: 200, body: { reading: null, receivedAtMs: null } })
  })
})

describe('access keys', () => {
  test('prove themselves and nothing else does', () => {
    const key = newAccessKey()
    const parsed = parseAccessKey(key.text)
    expect(parsed?.id).toBe(key.id)
    expect(fits(parsed?.secret ?? '', key.hash)).toBe(true)
    expect(fits(parsed?.secret ?? '', newAccessKey().hash)).toBe(false)
    expect(fits(parsed?.secret ?? '', undefined)).toBe(false)
    for (const odd of ['', 'nrt_', key.text.slice(1), `${key.text}x`, key.text.toUpperCase()])
      expect(parseAccessKey(odd)).toBeUndefined()
  })

  test('an account may have several, and each opens it', async () => {
    const t = await open()
    const second = await t.backend.addAccessKey(t.accountId)
    expect((await t.get('/api/v1/metering-points', second)).body.items).toHaveLength(1)
    expect(await t.backend.addAccessKey('acc_x')).toBeUndefined()
  })

  test('guesses are held per address and in bounded memory', () => {
    const throttle = createThrottle()
    for (let i = 0; i < 20; i++) throttle.failed('a', 0)
    expect(throttle.mayTry('a', 0)).toBe(false)
    expect(throttle.mayTry('b', 0)).toBe(true)
    expect(throttle.mayTry('a', 3000)).toBe(true)
    for (let i = 0; i < 20_000; i++) throttle.failed(`x${i}`, 0)
    expect(throttle.mayTry('a', 0)).toBe(true) // forgotten: the price of a bound, paid only under attack from thousands of addresses
  })
})

describe('the key-encryption key', () => {
  test('that is lost, wrong or malformed ends the start with one clear sentence', async () => {
    const t = await openTestBackend()
    await t.stop(true)
    const file = join(t.dir, 'kek.key')
    copyFileSync(file, `${file}.kept`)
    rmSync(file)
    const again = () => openTestBackend({ dir: t.dir })
    await expect(again()).rejects.toThrow('its key-encryption key is missing')
    writeFileSync(file, 'ab'.repeat(32))
    await expect(again()).rejects.toThrow('not the one this database was made with')
    writeFileSync(file, 'short')
    await expect(again()).rejects.toThrow('is not 64 hexadecimal digits')
    rmSync(t.dir, { recursive: true })
  })
})

describe('settings', () => {
  test('have defaults that listen on the loopback only', () => {
    expect(readBackendConfig({})).toMatchObject({ ok: true, value: { host: '127.0.0.1', port: 8080, dataDir: 'data' } })
  })

  test('every wrong value is named, all in one go, and a secret is not repeated', () => {
    const env = {
      NRT_HTTP_PORT: '80x',
      NRT_STORE_MAX_MB: '0',
      NRT_LIVE_STREAMS_MAX: '-1',
      NRT_KEK: 'secret',
      NRT_DATA_DIR: '',
    }
    const read = readBackendConfig(env)
    expect(read.ok ? [] : read.fault.map(({ sentence }) => sentence)).toEqual([
      'NRT_DATA_DIR must be a directory, not "".',
      'NRT_HTTP_PORT must be a port, 0 … 65535, not "80x".',
      'NRT_KEK must be 64 hexadecimal digits (32 bytes), not what it is.',
      'NRT_STORE_MAX_MB must be megabytes, 1 … 100000000, not "0".',
      'NRT_LIVE_STREAMS_MAX must be live streams, 1 … 100000, not "-1".',
    ])
  })

  test.each([
    'mysql://nrt:correct-horse@db/nrt',
    'postgres://nrt:correct-horse@db',
    'postgres://nrt:correct-horse@db:port/nrt',
    'db.example:5432/correct-horse',
  ])('no address of PostgreSQL: %s, and its password is not repeated', url => {
    const read = readBackendConfig({ NRT_DATABASE_URL: url })
    expect(read.ok ? [] : read.fault.map(({ sentence }) => sentence)).toEqual([
      'NRT_DATABASE_URL must be like postgres://USER:PASSWORD@HOST:5432/NAME, not what it is.',
    ])
  })

  test('a bound of the file is refused where there is no file', () => {
    const read = readBackendConfig({ NRT_DATABASE_URL: 'postgres://nrt@db/nrt', NRT_STORE_MAX_MB: '5' })
    expect(read.ok ? [] : read.fault.map(({ name }) => name)).toEqual(['NRT_STORE_MAX_MB'])
  })
})

test.each([
  [0, 10, 'online'],
  [30, 10, 'online'],
  [31, 10, 'late'],
  [900, 10, 'late'],
  [901, 10, 'offline'],
  [2700, 900, 'online'],
  [5000, 900, 'late'],
  [5401, 900, 'offline'],
] as const)('a dongle silent for %i s at an interval of %i s is %s', (silentS, intervalS, state) => {
  expect(stateOf(silentS, intervalS)).toBe(state)
})
