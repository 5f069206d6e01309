// Making dongles known over REST: again and again with the same words, never over somebody else's, and each act in the audit.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashOfClaimCode, newClaimCode, newIdentity } from '../../installer/flash/identity.ts'
import type { DongleRegistration } from '../../shared/schema/registration.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { DEVICE_KEY } from '../support/facts.ts'

let t: TestBackend
let installer: { accountId: string; accessKey: string }
beforeAll(async () => {
  t = await openTestBackend()
  installer = await t.backend.openInstaller('bench')
})
afterAll(() => t.stop())

async function put(path: string, body: object, key = installer.accessKey) {
  const headers = { authorization: `Bearer ${key}` }
  const answer = await t.backend.app.inject({ method: 'PUT', url: `/api/v1/dongles/${path}`, headers, payload: body })
  return { status: answer.statusCode, body: answer.json() }
}

function registration(change: Partial<DongleRegistration> = {}): DongleRegistration {
  return {
    deviceKeyHex: randomBytes(32).toString('hex'),
    epoch: 1,
    claim: hashOfClaimCode(newClaimCode()),
    firmware: '0.1.0',
    engine: '2v29.277',
    ...change,
  }
}

function rows(sql: string, ...values: string[]) {
  const db = new DatabaseSync(join(t.dir, 'nrt.sqlite'), { readOnly: true })
  const found = db.prepare(sql).all(...values)
  db.close()
  return found
}

const EVENTS = 'SELECT fromState, toState, actor FROM dongleEvent JOIN dongle ON dongle.no = dongleNo WHERE id = ?'
const CLAIMS = 'SELECT hex(hash) AS hash FROM claimCode JOIN dongle ON dongle.no = dongleNo WHERE id = ?'

describe('a dongle is made known', () => {
  test('once, however often it is said; the newest claim code holds', async () => {
    const { dongleId } = newIdentity()
    const first = registration({ tray: 'A-1' })
    expect(await put(dongleId, first)).toEqual({ status: 200, body: { dongleId, outcome: 'registered' } })
    const again = { ...first, claim: hashOfClaimCode(newClaimCode()) }
    expect((await put(dongleId, again)).body.outcome).toBe('known')
    expect(rows('SELECT id FROM dongle WHERE id = ?', dongleId)).toHaveLength(1)
    expect(rows(CLAIMS, dongleId)).toEqual([{ hash: again.claim.hashHex.toUpperCase() }])
    const actor = `installer ${installer.accountId}`
    expect(rows(EVENTS, dongleId)).toEqual([
      { fromState: null, toState: 'registered', actor },
      { fromState: 'registered', toState: 'registered', actor: `${actor}, claim code` },
      { fromState: 'registered', toState: 'registered', actor: `${actor}, claim code` },
    ])
    expect(rows('SELECT firmware, engine, tray FROM dongleOrigin ORDER BY dongleNo DESC LIMIT 1')).toEqual([
      { firmware: '0.1.0', engine: '2v29.277', tray: 'A-1' },
    ])
  })

  test('not with another key: nothing changes', async () => {
    const { dongleId } = newIdentity()
    await put(dongleId, registration())
    const before = [rows(EVENTS, dongleId), rows(CLAIMS, dongleId)]
    const { status, body } = await put(dongleId, registration())
    expect([status, body.code]).toEqual([409, 'dongle.other-key'])
    expect([rows(EVENTS, dongleId), rows(CLAIMS, dongleId)]).toEqual(before)
  })

  test('a dongle with an owner stays as it is, a lost one is refused', async () => {
    const owned = registration({ deviceKeyHex: Buffer.from(DEVICE_KEY).toString('hex') })
    expect((await put(t.dongleId, owned)).body.outcome).toBe('owned')
    expect(rows(CLAIMS, t.dongleId)).toEqual([])
    const { dongleId } = newIdentity()
    const lost = registration()
    await put(dongleId, lost)
    await t.backend.retireDongle(dongleId, 'lost')
    expect((await put(dongleId, lost)).body.code).toBe('dongle.wrong-state')
  })

  test.each([
    ['an id whose check character is wrong', 'AAAAAAAAAAAAA', {}],
    ['an id of another form', 'aaaa', {}],
    ['a short key', undefined, { deviceKeyHex: '00' }],
    ['epoch 0', undefined, { epoch: 0 }],
    ['a claim code instead of its hash', undefined, { claim: newClaimCode() }],
    ['a version that is a paragraph', undefined, { firmware: 'x y' }],
  ])('not with %s', async (_name, id, change) => {
    const { status, body } = await put(id ?? newIdentity().dongleId, { ...registration(), ...change })
    expect([status, body.code]).toEqual([400, 'request.invalid'])
  })

  test('not by a grid user, and an installer sees no metering point', async () => {
    const { dongleId } = newIdentity()
    const refused = await put(dongleId, registration(), t.accessKey)
    expect([refused.status, refused.body.code]).toEqual([403, 'role.missing'])
    expect((await put(dongleId, registration(), 'nrt_x')).status).toBe(401)
    expect(rows('SELECT id FROM dongle WHERE id = ?', dongleId)).toEqual([])
    for (const path of ['', `/${t.pointId}/latest`, `/${t.pointId}/live`]) {
      expect((await t.get(`/api/v1/metering-points${path}`, installer.accessKey)).body.code).toBe('role.missing')
    }
  })
})

describe('a claim code is replaced', () => {
  test('and the old hash is gone', async () => {
    const { dongleId } = newIdentity()
    const first = registration()
    await put(dongleId, first)
    const claim = hashOfClaimCode(newClaimCode())
    expect(await put(`${dongleId}/claim-code`, claim)).toEqual({ status: 200, body: { dongleId } })
    expect(rows(CLAIMS, dongleId)).toEqual([{ hash: claim.hashHex.toUpperCase() }])
  })

  test('not of a dongle nobody knows, nor of one with an owner', async () => {
    const claim = hashOfClaimCode(newClaimCode())
    expect((await put(`${newIdentity().dongleId}/claim-code`, claim)).body.code).toBe('dongle.unknown')
    expect((await put(`${t.dongleId}/claim-code`, claim)).body.code).toBe('dongle.wrong-state')
  })
})
