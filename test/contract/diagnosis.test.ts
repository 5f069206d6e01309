// A diagnosis over REST where the clock decides: how long a silent dongle is believed, what is kept, and what a new holder of a house does
// not see. Statuses go in through the ingest port as a gateway brings them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newLines } from '../../backend/doctor/doctor.ts'
import { LANGUAGES } from '../../shared/doctor/diagnosis.ts'
import type { DongleStatus } from '../../shared/port/ingest-port.ts'
import type { UpdateCode, UpdateState } from '../../shared/update/states.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { manualClock } from '../support/facts.ts'
import { aReleaseFile, trustFile } from '../support/releases.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const OPERATOR_KEY = 'operator-of-the-diagnosis-test'
const clock = manualClock()
let t: TestBackend
beforeAll(async () => {
  t = await openTestBackend({ clock, config: { operatorKey: OPERATOR_KEY, releaseKeysFile: trustFile() } })
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
    expect(await codes()).toEqual(['never-heard'])
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

describe('an update', () => {
  let version = 40
  let orderNumber = 0

  async function post(path: string, payload: object, key: string) {
    const headers = { authorization: `Bearer ${key}` }
    return (await t.backend.app.inject({ method: 'POST', url: `/api/v1${path}`, headers, payload })).json()
  }

  /** A release is given to the dongle, which says this of it. */
  async function updated(state: UpdateState, code: UpdateCode, running = 11): Promise<void> {
    await t.backend.ingest.note(status({ boot: 500, uptimeS: 60 }))
    await say(0, 'none', 'none', 11)
    const [anne, bert] = await Promise.all(['anne', 'bert'].map(async name => t.backend.openOperator(name)))
    version++
    await post('/releases', aReleaseFile({ version }), anne?.accessKey as string)
    const plan = { waves: [{ permille: 1000 }] }
    const { rolloutId } = await post('/rollouts', { version, plan }, anne?.accessKey as string)
    await post(`/rollouts/${rolloutId}/approve`, {}, bert?.accessKey as string)
    orderNumber = (await t.backend.updates.next(t.dongleId, 1))?.number as number
    expect((await ofDongle()).body.verdict.code).toBe('updating')
    await say(orderNumber, state, code, running)
    await post(`/rollouts/${rolloutId}/cancel`, {}, anne?.accessKey as string)
  }

  const say = (number: number, state: UpdateState, code: UpdateCode, running: number) =>
    t.backend.updates.note(t.dongleId, { number, state, code, running, loaded: 0, floor: 1 })

  test.each([
    ['for another board', 'refused', 'other-board', 'update-unfit'],
    ['for another engine', 'refused', 'other-engine', 'update-unfit'],
    ['for another division of the memory', 'refused', 'other-map', 'update-unfit'],
    ['that is longer than a slot', 'refused', 'too-large', 'update-unfit'],
    ['that a stranger ordered, again and again', 'refused', 'replayed', 'update-forged'],
    ['below the floor', 'refused', 'below-floor', 'update-forged'],
    ['that was cut short or altered on the way', 'failed', 'hash', 'update-failed'],
    ['that the memory does not take', 'failed', 'flash', 'update-failed'],
    ['that ends again and again', 'returned', 'crashed', 'update-returned'],
    ['that never proves itself', 'returned', 'unhealthy', 'update-returned'],
  ] as const)(
    '%s is said in four languages to its holder and to support, with its code',
    async (_what, state, code, verdict) => {
      await updated(state, code)
      const said = await Promise.all(
        LANGUAGES.map(
          async language =>
            (await t.get(`/api/v1/dongles/${t.dongleId}/diagnosis?lang=${language}`, OPERATOR_KEY)).body,
        ),
      )
      expect(new Set(said.map(body => body.verdict.code))).toEqual(new Set([verdict]))
      expect(new Set(said.map(body => body.verdict.say)).size).toBe(4)
      expect(said[0].isWell).toBe(false)
      const [newest, before] = said.map(body => body.happenings)[LANGUAGES.indexOf('en')]
      expect(newest).toMatchObject({ code: 'update', n: version, word: `${state}, ${code}` })
      expect(before).toMatchObject({ code: 'update', n: version, word: 'given' })
      expect(new Set(said.map(body => body.happenings[0].say)).size).toBe(4)
      clock.nowS += 86_401
      await t.backend.ingest.note(status({ boot: 500, uptimeS: 60 }))
      expect((await ofDongle()).body.verdict.code).toBe('all-well')
    },
  )

  test('that is well is no trouble, and one that cost both programs is the first thing said until there is one again', async () => {
    await updated('good', 'none', version + 1)
    await say(0, 'rescue', 'damaged', 0)
    const { verdict, happenings } = (await ofDongle()).body
    expect(verdict.code).toBe('no-program')
    expect(happenings[0]).toMatchObject({ say: 'Lost its program; the emergency program runs' })
    await say(0, 'good', 'damaged', 11)
    expect((await ofDongle()).body.verdict.code).toBe('memory-worn')
    await say(0, 'good', 'none', 11)
    expect((await ofDongle()).body.isWell).toBe(true)
  })
})

test('of two reports only the lines behind the common ones are new, the first of which may be cut', () => {
  expect(newLines('a\nboot 7\nlink: up\n', 't 7\nlink: up\nsession: open\n')).toEqual(['session: open'])
  expect(newLines('a\nb\n', 'c\nd\n')).toEqual(['c', 'd'])
  expect(newLines('', 'c\nd\n')).toEqual(['c', 'd'])
  expect(newLines('c\nd\n', 'c\nd\n')).toEqual([])
  expect(newLines('x\nx\n', 'x\nx\nx\n')).toEqual(['x'])
})
