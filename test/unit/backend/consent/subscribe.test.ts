// From the statement to the receipt and every end, over REST on a real store: what holds in memory, what both sides are told, what the logs show, and that
// whatever is clicked twice or asked wrongly leaves the state right.

import { createPublicKey } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { compactVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { replay } from '../../../../backend/consent/permission.ts'
import { eventOf, rowsOf, selectPermissions } from '../../../../backend/consent/rows.ts'
import { openSqliteStore } from '../../../../backend/store/sqlite/sqlite-store.ts'
import type { OwnPermission } from '../../../../shared/schema/permission.ts'
import { openTestBackend } from '../../../support/backend.ts'
import { aServiceText, type ConsentWorld, openConsentWorld } from '../../../support/consent-world.ts'
import { valueOrThrow } from '../../../support/facts.ts'
import { aNeed } from '../../../support/permissions.ts'

const observer = { committed: () => {}, poisoned: () => {}, readinessChanged: () => {} }
const isOnPostgres = () => process.env.NRT_TEST_POSTGRES !== undefined

let w: ConsentWorld
beforeAll(async () => {
  w = await openConsentWorld()
})
afterAll(() => rmSync(w.t.dir, { recursive: true, force: true }))
beforeEach(() => {
  w.ended.length = 0
})

const mine = async (): Promise<OwnPermission[]> => (await w.own('GET', '/permissions?limit=200')).body.items
const revoke = (id: string, headers = {}) => w.own('POST', `/permissions/${id}/revoke`, undefined, headers)
const isValid = (id: string) => w.permissions.validAt(id, w.nowMs())
const live = () => w.permissions.permissionsOf(w.t.ean, w.t.tenureNo, w.nowMs()).map(one => one.permissionId)

async function cleared(): Promise<void> {
  for (const one of await mine()) if (one.state === 'granted') await revoke(one.permissionId)
}

describe('subscribing', () => {
  beforeEach(cleared)

  test('shows what the data need says, and a yes to it becomes a permission with a receipt that anybody can check', async () => {
    const { permission, statement } = await w.requested(w.service.serviceId)
    expect(permission).toMatchObject({ state: 'requested', meteringPointId: w.t.pointId, espId: w.espId })
    expect(isValid(permission.permissionId)).toBe(false)
    const text = Object.fromEntries(statement.lines.map(line => [line.about, line.text]))
    expect(text).toMatchObject({
      who: 'Watt & Co, 0123.456.789, BE, help@watt.example',
      what: 'power taken; power injected',
      why: 'Tips',
      rate: 'one value per 10 seconds: powers, voltages and currents as the mean, registers as they were last; passed on every 1 minute',
      lifetime: 'at most 1 day; then it ends by itself. It also ends when the metering point is not yours any more',
      price: '1.99 EUR a month. Monthly, to be ended at any time. en',
      privacy: 'https://watt.example/privacy',
    })
    const granted = await w.grant(permission.permissionId, statement)
    expect(granted.status).toBe(200)
    const { receipt } = granted.body
    expect(granted.body.permission).toMatchObject({ state: 'granted', grantedAtMs: w.nowMs(), isOutdated: false })
    expect(live()).toEqual([permission.permissionId])

    const { keys } = (await w.own('GET', '/receipt-keys')).body
    const { payload, protectedHeader } = await compactVerify(receipt, createPublicKey({ key: keys[0], format: 'jwk' }))
    expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: keys[0].kid })
    const body = JSON.parse(Buffer.from(payload).toString('utf8'))
    expect(body).toMatchObject({ '@type': ['dpv:ConsentReceipt'], pii_principal_id: w.t.accountId })
    expect(body.pii_processing.statement).toEqual(statement)
    expect(JSON.stringify(body)).not.toContain(w.t.ean)
    expect((await w.own('GET', `/permissions/${permission.permissionId}/receipt`)).body).toEqual({ receipt })
  })

  test('clicked twice, or in two browsers, is one permission', async () => {
    const { permission, statement } = await w.requested(w.service.serviceId)
    const id = permission.permissionId
    expect((await w.requested(w.service.serviceId)).permission.permissionId).toBe(id)
    const key = w.freshKey()
    const [one, two] = await Promise.all([w.grant(id, statement, key), w.grant(id, statement, key)])
    const done = [one, two].filter(({ status }) => status === 200)
    const waiting = [one, two].filter(({ body }) => body.code === 'once.in-progress')
    expect([done.length > 0, done.length + waiting.length]).toEqual([true, 2])
    const again = await w.grant(id, statement, key)
    for (const { body } of done) expect(again.body).toEqual(body)
    expect((await w.grant(id, statement)).body).toMatchObject({ code: 'permission.wrong-state', status: 409 })
    const anew = { meteringPointId: w.t.pointId, serviceId: w.service.serviceId, language: 'en' }
    expect((await w.own('POST', '/permissions', anew, w.freshKey())).body.code).toBe('permission.exists')
    expect((await w.own('POST', '/permissions', anew, key)).body.code).toBe('once.other-request')
    expect((await w.own('POST', '/permissions', anew)).body.code).toBe('once.missing')
    expect(live()).toEqual([id])
  })

  test('a yes to other words than those that would be agreed is none', async () => {
    const { permission, statement } = await w.requested(w.service.serviceId)
    const id = permission.permissionId
    for (const other of [
      { ...statement, language: 'nl' as const },
      { ...statement, digest: '0'.repeat(64) },
    ]) {
      expect((await w.grant(id, other)).body.code).toBe('statement.other')
    }
    const unpriced = { ...w.yesTo(statement), isPriceAccepted: false }
    expect((await w.weigh(`/permissions/${id}/grant`, unpriced, w.freshKey())).body.code).toBe('request.invalid')
    expect(live()).toEqual([])
    expect((await w.own('POST', `/permissions/${id}/refuse`, { reason: 'too-much' })).body.state).toBe('refused')
    expect((await w.grant(id, statement)).body.code).toBe('permission.wrong-state')
  })

  test('wants somebody who has just signed in, and says so in its log; a no and the way out never do', async () => {
    const { permission, statement } = await w.requested(w.service.serviceId)
    const id = permission.permissionId
    const byKey = await w.own('POST', `/permissions/${id}/grant`, w.yesTo(statement), w.freshKey())
    expect([byKey.status, byKey.body.code, live()]).toEqual([403, 'sign-in.stale', []])
    expect((await w.own('POST', `/permissions/${id}/refuse`, {})).status).toBe(200)
    const { permissionId } = await w.subscribed(w.service.serviceId)
    if (!isOnPostgres()) {
      const file = new DatabaseSync(join(w.t.dir, 'nrt.sqlite'))
      const row = file.prepare("SELECT body FROM permissionEvent WHERE kind = 'granted' ORDER BY no DESC").get()
      expect(JSON.parse((row as { body: string }).body).provedBeforeS).toBeLessThan(60)
      file.close()
    }
    w.t.clock.nowS += 3600
    expect((await w.own('POST', `/permissions/${permissionId}/revoke`)).status).toBe(200)
    expect(live()).toEqual([])
  })

  test('for somebody else’s metering point or one that there is not, by id or EAN, is answered the same', async () => {
    const neighbour = await w.t.backend.openAccount('neighbour')
    const ean = '999999990000000036'
    const added = await w.t.backend.addMeteringPoint({ ean, accountId: neighbour.accountId, sinceS: 0 })
    const id = added.ok ? added.value.id : ''
    const bodies = new Set<string>()
    for (const point of [
      { ean },
      { ean: '999999990000000043' },
      { ean: 'x' },
      { meteringPointId: id },
      { meteringPointId: 'mp_0' },
    ]) {
      const wish = { ...point, serviceId: w.service.serviceId, language: 'en' }
      const { status, body } = await w.own('POST', '/permissions', wish, w.freshKey())
      expect(status).toBe(404)
      bodies.add(JSON.stringify({ ...body, instance: '' }))
    }
    expect(bodies.size).toBe(1)
    const both = { ean, meteringPointId: id, serviceId: w.service.serviceId, language: 'en' }
    expect((await w.own('POST', '/permissions', both, w.freshKey())).body.code).toBe('request.invalid')
    const one = await w.subscribed(w.service.serviceId)
    const theirs = await w.ask('POST', `/permissions/${one.permissionId}/revoke`, neighbour.accessKey)
    expect(theirs.body).toMatchObject({ code: 'permission.unknown' })
    expect((await w.ask('GET', `/permissions/${one.permissionId}/receipt`, neighbour.accessKey)).status).toBe(404)
    expect(isValid(one.permissionId)).toBe(true)
  })

  test('a question that is left open for an hour lapses', async () => {
    const { permission, statement } = await w.requested(w.service.serviceId)
    w.t.clock.nowS += 3600
    expect((await w.grant(permission.permissionId, statement)).body.code).toBe('permission.lapsed')
    await w.permissions.expire()
    expect((await mine())[0]).toMatchObject({ state: 'expired', endCause: 'unanswered' })
  })
})

describe('a permission ends', () => {
  beforeEach(async () => {
    await cleared()
    w.ended.length = 0
  })

  test('when the customer revokes it: in that instant, told to both sides, acknowledged by the ESP', async () => {
    const { permissionId: id } = await w.subscribed(w.service.serviceId)
    const done = await revoke(id)
    expect(done.body).toMatchObject({ state: 'revoked', endCause: 'asked', endedAtMs: w.nowMs() })
    expect(w.ended.map(one => [one.permissionId, one.state])).toEqual([[id, 'revoked']])
    expect([isValid(id), live()]).toEqual([false, []])
    expect((await revoke(id)).body.code).toBe('permission.wrong-state')

    expect(done.body.espTold).toMatchObject({ sentAtMs: null, acknowledgedAtMs: null })
    const told = (await w.ask('GET', '/esp/notices', w.manager)).body.items
    const notice = told.find(
      (one: { permissionId: string; kind: string }) => one.permissionId === id && one.kind === 'revoked',
    )
    expect((await w.ask('POST', `/esp/notices/${notice.noticeId}/acknowledge`, w.rival)).status).toBe(404)
    w.t.clock.nowS += 7
    expect((await w.ask('POST', `/esp/notices/${notice.noticeId}/acknowledge`, w.manager)).status).toBe(204)
    expect((await w.ask('POST', `/esp/notices/${notice.noticeId}/acknowledge`, w.manager)).status).toBe(204)
    const seen = (await mine()).find(one => one.permissionId === id)
    expect(seen?.espTold).toMatchObject({ acknowledgedAtMs: w.nowMs() })
    const own = (await w.own('GET', '/notices')).body.items
    expect(own[0]).toMatchObject({ permissionId: id, kind: 'revoked' })
    expect((await w.own('POST', `/notices/${own[0].noticeId}/seen`)).status).toBe(204)
    expect((await w.own('POST', '/notices/ntc_none/seen')).body.code).toBe('notice.unknown')
  })

  test('when the ESP terminates it, which only its own can', async () => {
    const { permissionId: id } = await w.subscribed(w.service.serviceId)
    const path = `/esp/permissions/${id}/terminate`
    expect((await w.ask('POST', path, w.rival)).body.code).toBe('esp.unknown')
    const granted = (await w.ask('GET', '/esp/permissions?state=granted', w.manager)).body.items
    expect(granted).toMatchObject([{ permissionId: id }])
    expect(granted[0].ean).toBeUndefined()
    expect((await w.ask('POST', path, w.manager)).body).toMatchObject({ state: 'terminated', endCause: 'asked' })
    expect((await w.ask('GET', '/esp/permissions', w.manager)).body.items[0].ean).toBeUndefined()
    expect((await w.ask('POST', path, w.manager)).body.code).toBe('permission.wrong-state')
    expect(w.ended).toHaveLength(1)
  })

  test('when its lifetime is over: not valid at the instant, the event follows', async () => {
    const { permissionId: id, untilMs } = await w.subscribed(w.service.serviceId)
    expect(w.permissions.validAt(id, (untilMs as number) - 1)).toBe(true)
    w.t.clock.nowS = (untilMs as number) / 1000
    expect([isValid(id), (await mine())[0]?.state]).toEqual([false, 'granted'])
    await w.permissions.expire()
    expect((await mine())[0]).toMatchObject({ state: 'expired', endCause: 'lifetime', endedAtMs: untilMs })
    expect(w.ended).toHaveLength(1)
  })

  test('with the terms of use: taken back, or changed and not accepted in time', async () => {
    await w.subscribed(w.service.serviceId)
    expect((await w.own('DELETE', '/terms/acceptance')).status).toBe(204)
    expect(w.ended.map(one => [one.state, one.endCause])).toEqual([['revoked', 'terms-ended']])
    const { permission, statement } = await w.requested(w.service.serviceId)
    expect((await w.grant(permission.permissionId, statement)).body.code).toBe('terms.not-accepted')
    await w.acceptTerms()
    const again = await w.grant(permission.permissionId, statement)
    expect(again.status).toBe(200)

    const { version, text } = (await w.own('GET', '/terms')).body
    expect((await w.ask('POST', '/terms', w.operator, { ...text, graceDays: 10 })).body.version).toBe(version + 1)
    const old = { version, language: 'nl', isAccepted: true }
    expect((await w.own('POST', '/terms/acceptance', old)).body.code).toBe('terms.other-version')
    w.t.clock.nowS += 3600
    await w.permissions.expire()
    expect(isValid(permission.permissionId)).toBe(true)
    w.t.clock.nowS += 10 * 86_400
    await w.permissions.expire()
    expect(live()).toEqual([])
    await w.acceptTerms()
  })

  test('with a newer version that is agreed instead; until then it goes on as it was agreed', async () => {
    const { serviceId, version } = w.service
    const { permissionId: id } = await w.subscribed(serviceId)
    const sameNeed = await w.published(w.manager, aServiceText({ contact: { eMail: 'new@watt.example' } }), serviceId)
    expect(sameNeed).toMatchObject({ version: version + 1, consentVersion: version })
    expect((await mine())[0]?.isOutdated).toBe(false)
    const more = await w.published(w.manager, aServiceText({ need: aNeed({ periodS: 1, everyS: 0 }) }), serviceId)
    expect(more).toMatchObject({ consentVersion: version + 2 })
    expect((await mine())[0]).toMatchObject({ permissionId: id, isOutdated: true, need: { periodS: 10 } })
    expect(w.permissions.permission(id)?.need.periodS).toBe(10)
    const next = await w.subscribed(serviceId)
    expect(next).toMatchObject({ version: version + 2, need: { periodS: 1 } })
    expect(w.ended.map(one => [one.permissionId, one.endCause])).toEqual([[id, 'replaced']])
    expect(live()).toEqual([next.permissionId])
  })

  test('with its service or its ESP, when the operator takes those out', async () => {
    const other = await w.published(w.manager, aServiceText())
    await w.subscribed(other.serviceId)
    expect((await w.ask('POST', `/services/${other.serviceId}/withdraw`, w.operator)).body.state).toBe('withdrawn')
    expect(w.ended.at(-1)).toMatchObject({ state: 'terminated', endCause: 'service-withdrawn' })
    expect(
      (
        await w.own(
          'POST',
          '/permissions',
          { meteringPointId: w.t.pointId, serviceId: other.serviceId, language: 'en' },
          w.freshKey(),
        )
      ).body.code,
    ).toBe('service.unknown')
    const espId = await w.admittedEsp(w.rival, 'Rival')
    const theirs = await w.published(w.rival, aServiceText())
    await w.subscribed(theirs.serviceId)
    expect((await w.ask('POST', `/esps/${espId}/expel`, w.operator, { remark: 'complaints' })).body.state).toBe(
      'expelled',
    )
    expect(w.ended.at(-1)).toMatchObject({ espId, state: 'terminated', endCause: 'esp-expelled' })
    expect(live()).toEqual([])
  })
})

describe('at the same time', () => {
  beforeEach(async () => {
    await cleared()
    w.ended.length = 0
  })

  test('revoked while it is granted: whichever comes first, memory is as the database is', async () => {
    for (const isGrantFirst of [true, false, true, false]) {
      const { permission, statement } = await w.requested(w.service.serviceId)
      const id = permission.permissionId
      const both = isGrantFirst
        ? [w.grant(id, statement), revoke(id), revoke(id)]
        : [revoke(id), w.grant(id, statement), revoke(id)]
      for (const { status } of await Promise.all(both)) expect([200, 409]).toContain(status)
      const state = (await mine()).find(one => one.permissionId === id)?.state
      expect(isValid(id)).toBe(state === 'granted')
      if (state === 'granted') await revoke(id)
    }
  })

  test('ended by everybody at once, it ends once, and is told once', async () => {
    const { permissionId: id } = await w.subscribed(w.service.serviceId)
    w.ended.length = 0
    const asked = [
      revoke(id),
      w.ask('POST', `/esp/permissions/${id}/terminate`, w.manager),
      w.own('DELETE', '/terms/acceptance'),
      revoke(id),
    ]
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.filter(status => status === 200).length).toBeLessThanOrEqual(1)
    expect(w.ended.map(one => one.permissionId)).toEqual([id])
    expect(isValid(id)).toBe(false)
    const steps = (await w.own('GET', '/permission-provision-log?limit=1')).body.items
    expect(steps[0]).toMatchObject({ permissionId: id, kind: w.ended[0]?.state })
    await w.acceptTerms()
  })

  test('an end that cannot be written is answered as trouble, and what was valid is valid again', async () => {
    if (isOnPostgres()) return
    const { permissionId: id } = await w.subscribed(w.service.serviceId)
    w.ended.length = 0
    const file = new DatabaseSync(join(w.t.dir, 'nrt.sqlite'))
    file.exec("CREATE TRIGGER broken BEFORE INSERT ON notice BEGIN SELECT RAISE(ABORT, 'no'); END")
    expect((await revoke(id)).status).toBe(500)
    expect([isValid(id), w.ended]).toEqual([true, []])
    file.exec('DROP TRIGGER broken')
    file.close()
    expect((await revoke(id)).status).toBe(200)
    expect([isValid(id), w.ended.length]).toEqual([false, 1])
  })
})

describe('afterwards', () => {
  test('the logs show every step by part and not by name, and every access; all of it as one file', async () => {
    const { permissionId } = await w.subscribed(w.service.serviceId)
    const access = { permissionId, atMs: w.nowMs(), channel: 'rest' as const, readings: 6, fromS: 10, toS: 60 }
    await w.permissions.logAccess([access, { ...access, permissionId: 'perm_none' }, { ...access, channel: 'mqtt' }])
    const { items, next } = (await w.own('GET', '/permission-provision-log?limit=2')).body
    expect(items.map((one: { kind: string; by: string }) => [one.kind, one.by])).toEqual([
      ['granted', 'grid-user'],
      ['requested', 'grid-user'],
    ])
    const second = (await w.own('GET', `/permission-provision-log?limit=2&cursor=${next}`)).body.items
    expect(second[0].no).toBeLessThan(items[1].no)
    expect((await w.own('GET', '/permission-provision-log?cursor=AAAA')).body.code).toBe('cursor.invalid')
    const accesses = (await w.own('GET', '/data-access-log')).body.items
    expect(accesses).toMatchObject([{ permissionId, channel: 'mqtt', readings: 6 }, { channel: 'rest' }])
    const all = (await w.own('GET', '/consent-export')).body
    expect(all.dataAccessLog).toEqual(accesses)
    expect(all.permissions.length).toBeGreaterThan(5)
    expect(JSON.stringify(all)).not.toContain(w.t.ean)
  })

  test('every act is in the audit, and no log line says whose it is', async () => {
    const verdict = await w.ask('GET', '/audit/verdict', w.operator)
    expect(verdict.body).toMatchObject({ isWhole: true, broken: null })
    const lines = JSON.stringify(w.t.logged)
    expect(lines.includes(w.t.ean) || lines.includes('perm_')).toBe(false)
  })

  test('a restart holds what held, and the events alone make the same states', async () => {
    const before = live()
    expect(before).toHaveLength(1)
    await w.stop(true)
    const again = await openTestBackend({ dir: w.t.dir, clock: w.t.clock, isReopened: true })
    const held = again.backend.permissions.permissionsOf(w.t.ean, w.t.tenureNo, w.nowMs())
    expect(held.map(one => one.permissionId)).toEqual(before)
    await again.stop(true)
    if (isOnPostgres()) return
    await expectEventsMakeRows()
    // Who writes past the register grants nothing, and keeps nothing alive.
    const file = new DatabaseSync(join(w.t.dir, 'nrt.sqlite'))
    file.exec(`UPDATE permission SET untilMs = untilMs + 1000 WHERE id = '${before[0]}'`)
    const another = `SELECT min(no) FROM permission WHERE serviceNo <> (SELECT serviceNo FROM permission WHERE id = '${before[0]}')`
    file.exec(`UPDATE permission SET state = 'granted', endedAtMs = 0, endCause = NULL WHERE no = (${another})`)
    file.close()
    const tampered = await openTestBackend({ dir: w.t.dir, clock: w.t.clock, isReopened: true })
    expect(tampered.backend.permissions.permissionsOf(w.t.ean, w.t.tenureNo, w.nowMs())).toEqual([])
    expect(tampered.logged).toContainEqual(expect.objectContaining({ error: expect.stringContaining('2 permissions') }))
    await tampered.stop(true)
  })

  async function expectEventsMakeRows(): Promise<void> {
    const store = valueOrThrow(
      openSqliteStore({ path: join(w.t.dir, 'nrt.sqlite'), kekFile: join(w.t.dir, 'kek.key'), observer }),
    )
    const rows = rowsOf(await selectPermissions(store.registers).execute())
    expect(rows.length).toBeGreaterThan(5)
    const events = await store.registers.selectFrom('permissionEvent').selectAll().orderBy('no').execute()
    expect(JSON.stringify(events)).not.toContain(w.t.ean)
    for (const { no, permission } of rows) {
      const of = events.filter(event => event.permissionNo === no).map(event => eventOf(event, permission))
      expect(replay(of)).toEqual(permission)
    }
    await store.close()
  }
})
