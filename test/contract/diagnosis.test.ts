// A diagnosis over REST where the clock decides: how long a silent dongle is believed, what is kept, and what a new holder of a house does
// not see. Statuses go in through the ingest port as a gateway brings them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newLines } from '../../backend/doctor/doctor.ts'
import type { DongleStatus } from '../../shared/port/ingest-port.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { manualClock } from '../support/facts.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const OPERATOR_KEY = 'operator-of-the-diagnosis-test'
const clock = manualClock()
let t: TestBackend
beforeAll(async () => {
  t = await openTestBackend({ clock, config: { operatorKey: OPERATOR_KEY } })
})
afterAll(() => t.stop())

const status = (change: Partial<DongleStatus> = {}): DongleStatus => ({
  dongleId: t.dongleId,
  boot: 1,
  receivedAtMs: clock.nowS * 1000,
  firmware: '0.1.0',
  resetReason: 'power',
  rssiDbm: -61,
  p1Trouble: 'none',
  linkReasons: '0',
  ringBytes: 4096,
  ringCapacityBytes: 1_000_000,
  intervalS: 10,
  ...change,
})
const ofPoint = (query = '') => t.get(`/api/v1/metering-points/${t.pointId}/diagnosis${query}`)
const ofDongle = (id = t.dongleId) => t.get(`/api/v1/dongles/${id}/diagnosis`, OPERATOR_KEY)

describe('a diagnosis', () => {
  test('of a point without a dongle, of one that never spoke, and of one that is not bound', async () => {
    expect((await ofPoint()).body).toMatchObject({ isWell: false, heardAtS: null, verdict: { code: 'never-heard' } })
    const { dongleId, deviceKey } = identityOf(70)
    await t.backend.registerDongle({ dongleId, deviceKey, epoch: 1 })
    const codes = async () => {
      const { verdict, also } = (await ofDongle(dongleId)).body
      return [verdict, ...also].map(({ code }) => code)
    }
    expect(await codes()).toEqual(['never-heard', 'not-bound'])
    await t.backend.ingest.note(status({ dongleId }))
    expect(await codes()).toEqual(['not-bound'])
    const { accountId, accessKey } = await t.backend.openAccount('no dongle')
    const point = await t.backend.addMeteringPoint({ ean: '999999990000000029', accountId, sinceS: clock.nowS - 10 })
    const id = point.ok ? point.value.id : ''
    const answer = await t.get(`/api/v1/metering-points/${id}/diagnosis?lang=de`, accessKey)
    expect(answer.body).toMatchObject({ isWell: false, verdict: { code: 'no-dongle' }, happenings: [] })
    expect(answer.body.verdict.say).toMatch(/kein Dongle/)
  })

  test('believes a status for a quarter of an hour, and then knows only that nobody answers', async () => {
    await t.backend.ingest.note(status({ p1Trouble: 'inverted' }))
    clock.nowS += 900
    expect((await ofPoint()).body.verdict.code).toBe('p1-inverted')
    clock.nowS += 1
    expect((await ofPoint()).body).toMatchObject({ verdict: { code: 'out-of-reach' }, also: [] })
    await t.backend.ingest.note(status({ linkReasons: '4 4:6' }))
    const { verdict, happenings } = (await ofPoint('?lang=en')).body
    expect(verdict.code).toBe('all-well')
    expect(happenings.slice(0, 3).map((one: { say: string }) => one.say)).toEqual([
      'Connection: password refused (code 4)',
      'Meter line: good',
      'Back after 15 minutes of silence',
    ])
  })

  test('keeps the last 50 things that happened, newest first', async () => {
    for (let i = 0; i < 120; i++) {
      clock.nowS += 60
      await t.backend.ingest.note(status({ boot: 2 + i, uptimeS: 60 }))
    }
    const { happenings } = (await ofPoint()).body
    expect(happenings).toHaveLength(50)
    expect(happenings[0]).toMatchObject({ code: 'boot-power', n: 121, atS: clock.nowS })
    expect(happenings[49].n).toBe(72)
  })

  test('shows a new holder of the house nothing from before', async () => {
    const next = await t.backend.openAccount('the next one')
    clock.nowS += 100
    await t.backend.changeHolder(t.ean, next.accountId, clock.nowS)
    const path = `/api/v1/metering-points/${t.pointId}/diagnosis`
    expect((await t.get(path, next.accessKey)).body.happenings).toEqual([])
    expect((await ofPoint()).status).toBe(404)
  })

  test('in a language that it does not speak is refused', async () => {
    expect((await ofPoint('?lang=xx')).status).toBe(400)
  })

  test('never stands in a log with an id or an EAN', () => {
    expect(JSON.stringify(t.logged)).not.toContain(t.dongleId)
    expect(JSON.stringify(t.logged)).not.toContain(t.ean)
  })
})

test('of two reports only the lines behind the common ones are new, the first of which may be cut', () => {
  expect(newLines('a\nboot 7\nlink: up\n', 't 7\nlink: up\nsession: open\n')).toEqual(['session: open'])
  expect(newLines('a\nb\n', 'c\nd\n')).toEqual(['c', 'd'])
  expect(newLines('', 'c\nd\n')).toEqual(['c', 'd'])
  expect(newLines('c\nd\n', 'c\nd\n')).toEqual([])
  expect(newLines('x\nx\n', 'x\nx\nx\n')).toEqual(['x'])
})
