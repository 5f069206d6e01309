// The book of orders on a real database: one at a time, under numbers that only rise, until they are answered or too late; a rotation never
// leaves a dongle without a key that the register knows; what is secret goes when it is settled.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, test } from 'vitest'
import { readBackendConfig } from '../../../backend/config.ts'
import { openBackend } from '../../../backend/main.ts'
import { nodeCrypto } from '../../../gateway/node-crypto.ts'
import { deriveKeys } from '../../../shared/envelope/keys.ts'
import type { Order, Wish } from '../../../shared/schema/dongle.ts'
import type { CommandOutcome } from '../../../shared/session/messages.ts'
import { rotatedKey, rotationProof } from '../../../shared/session/order.ts'
import { openTestBackend, type TestBackend, type TestBackendWish } from '../../support/backend.ts'
import { aBatch, arrived } from '../../support/batches.ts'
import { IS_ON_FILE } from '../../support/postgres.ts'

const OPERATOR_KEY = 'operator-key-of-this-test-alone'
const DAY_S = 86_400

const opened: TestBackend[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.stop()
})

async function open(wish: TestBackendWish = {}) {
  const t = await openTestBackend({ ...wish, config: { operatorKey: OPERATOR_KEY } })
  opened.push(t)
  const woken: string[] = []
  t.backend.attachCommands({ requestLive: () => {}, wake: id => void woken.push(id), disconnect: () => {} })
  const url = `/api/v1/dongles/${t.dongleId}/orders`
  const headers = { authorization: `Bearer ${OPERATOR_KEY}` }
  const ask = async (wish: Wish) => {
    const answer = await t.backend.app.inject({ method: 'POST', url, headers, payload: wish })
    return { status: answer.statusCode, body: answer.json() as Order & { code?: string } }
  }
  const orders = async (): Promise<Order[]> => (await t.backend.app.inject({ url, headers })).json().items
  const next = () => t.backend.book.next(t.dongleId)
  const answered = (number: number, outcome: CommandOutcome, report?: Uint8Array) =>
    t.backend.book.answered(t.dongleId, { number, outcome, ...(report ? { report } : {}) })
  const credentials = async () => (await t.backend.directory.credentials(t.dongleId))!
  return { ...t, woken, ask, orders, next, answered, credentials }
}

describe('an order', () => {
  test('waits for the dongle, is given with the same number until it is answered, and then makes room for the next', async () => {
    const t = await open()
    expect(await t.next()).toBeUndefined()
    await t.ask({ name: 'interval', seconds: 60 })
    await t.ask({ name: 'stop' })
    expect(t.woken).toEqual([t.dongleId, t.dongleId])
    const first = (await t.next())!
    expect(first).toMatchObject({ name: 'configure', argument: Buffer.from([0xa1, 4, 0x18, 60]) })
    expect(await t.next()).toEqual(first)
    await t.answered(first.number - 2, 'done')
    await t.answered(first.number, 'done')
    const second = (await t.next())!
    expect(second.number).toBeGreaterThan(first.number)
    expect(second.argument).toEqual(Buffer.from([0xa1, 7, 1]))
    await t.answered(second.number, 'refused')
    expect(await t.next()).toBeUndefined()
    expect((await t.orders()).map(({ name, state }) => `${name} ${state}`)).toEqual(['stop refused', 'interval done'])
    expect((await t.credentials()).intervalS).toBe(60)
  })

  test.runIf(IS_ON_FILE)(
    'has a number above the last one, also after a restart with a clock that was set back; odd, as the gateway takes the even ones',
    async () => {
      const t = await open()
      await t.ask({ name: 'restart' })
      const first = (await t.next())!
      await t.answered(first.number, 'done')
      await t.stop(true)
      opened.splice(opened.indexOf(t), 1)
      const clock = t.clock
      clock.nowS -= 1_000_000
      const config = readBackendConfig({ NRT_DATA_DIR: t.dir, NRT_OPERATOR_KEY: OPERATOR_KEY })
      if (!config.ok) throw new Error('config')
      const registry = new Registry()
      const again = await openBackend({ config: config.value, log: pino({ level: 'silent' }), registry, clock })
      await again.app.inject({
        method: 'POST',
        url: `/api/v1/dongles/${t.dongleId}/orders`,
        headers: { authorization: `Bearer ${OPERATOR_KEY}` },
        payload: { name: 'restart' },
      })
      const second = (await again.book.next(t.dongleId))!
      expect(second.number).toBeGreaterThan(first.number)
      expect([first.number % 2, second.number % 2]).toEqual([1, 1])
      await again.stop()
    },
  )

  test('that comes too late is not given; one that the dongle may have begun is', async () => {
    const t = await open()
    for (const wish of [{ name: 'diagnose' }, { name: 'restart' }, { name: 'console', seconds: 60 }] as Wish[]) {
      await t.ask(wish)
      if (wish.name === 'restart') await t.next()
      t.clock.nowS += 901
      expect(await t.next()).toBeUndefined()
    }
    await t.ask({ name: 'wipe' })
    t.clock.nowS += 8 * DAY_S
    expect(await t.next()).toBeUndefined()
    await t.ask({ name: 'wipe' })
    const wipe = (await t.next())!
    t.clock.nowS += 30 * DAY_S
    expect(await t.next()).toEqual(wipe)
    expect((await t.orders()).map(order => order.state)).toEqual(['sent', 'expired', 'expired', 'expired', 'expired'])
  })

  test('holds the others back while it is on trial', async () => {
    const t = await open()
    await t.ask({ name: 'network', host: 'other.example' })
    await t.ask({ name: 'diagnose' })
    const { number, argument } = (await t.next())!
    expect(Buffer.from(argument!).toString('latin1')).toBe('\xa1\x00\x6dother.example')
    await t.answered(number, 'begun')
    await t.answered(number, 'begun')
    expect(await t.next()).toBeUndefined()
    await t.answered(number, 'returned')
    expect(await t.next()).toMatchObject({ name: 'diagnose' })
    expect((await t.orders())[1]?.events.map(event => event.state)).toEqual(['queued', 'sent', 'begun', 'returned'])
  })

  test('that was taken back had begun, whether or not that was heard; what comes late changes nothing', async () => {
    const t = await open()
    await t.ask({ name: 'network', host: 'other.example' })
    const { number } = (await t.next())!
    await t.answered(number, 'returned')
    await t.answered(number, 'begun')
    expect((await t.orders())[0]?.events.map(event => event.state)).toEqual(['queued', 'sent', 'begun', 'returned'])
  })

  test.runIf(IS_ON_FILE)('keeps its secrets sealed, and forgets them when it is settled', async () => {
    const t = await open()
    const password = 'a password for the cellar'
    await t.ask({ name: 'network', networks: [{ ssid: 'caf\u00e9', password }] })
    const { number, argument } = (await t.next())!
    expect(Buffer.from(argument!).includes(password)).toBe(true)
    expect(Buffer.from(argument!).includes(Buffer.from('caf\u00e9', 'utf8'))).toBe(true)
    await t.answered(number, 'done')
    const db = new DatabaseSync(join(t.dir, 'nrt.sqlite'))
    expect(db.prepare('SELECT argument FROM dongleOrder').all()).toEqual([{ argument: null }])
    db.close()
    const files = ['nrt.sqlite', 'nrt.sqlite-wal'].map(name => readFileSync(join(t.dir, name)).toString('latin1'))
    expect(files.join('')).not.toContain(password)
    expect(JSON.stringify(t.logged)).not.toContain(password)
  })

  test('to diagnose shows its report to the operator, sealed at rest', async () => {
    const t = await open()
    await t.ask({ name: 'diagnose' })
    await t.answered((await t.next())!.number, 'done', Buffer.from('wifi: joined\nsession: open'))
    expect((await t.orders())[0]?.report).toBe('wifi: joined\nsession: open')
  })
})

describe('a rotation', () => {
  async function begun() {
    const t = await open()
    await t.ask({ name: 'rotate-key' })
    const { number, argument } = (await t.next())!
    const key = rotatedKey(nodeCrypto, t.deviceKey, argument!)
    const proof = rotationProof(nodeCrypto, deriveKeys(nodeCrypto, key, 2), t.dongleId)
    return { ...t, number, key, proof }
  }

  test('makes both keys known before the dongle hears of it, and one at a time', async () => {
    const t = await begun()
    expect(await t.credentials()).toMatchObject({ epoch: 1, others: [{ epoch: 2, deviceKey: Buffer.from(t.key) }] })
    expect((await t.ask({ name: 'rotate-key' })).body.code).toBe('dongle.busy')
    await t.answered(t.number, 'begun', t.proof)
    expect((await t.ask({ name: 'rotate-key' })).body.code).toBe('dongle.busy')
  })

  test('is over when a message came under the new key; the old one goes after seven days', async () => {
    const t = await begun()
    await t.answered(t.number, 'begun', t.proof)
    await t.backend.directory.heard?.(t.dongleId, 1)
    expect((await t.credentials()).epoch).toBe(1)
    await t.backend.directory.heard?.(t.dongleId, 2)
    await t.backend.directory.heard?.(t.dongleId, 2)
    const { epoch, deviceKey, others } = await t.credentials()
    expect([epoch, deviceKey, others]).toEqual([
      2,
      Buffer.from(t.key),
      [{ epoch: 1, deviceKey: Buffer.from(t.deviceKey) }],
    ])
    t.clock.nowS += 7 * DAY_S
    expect((await t.credentials()).others).toEqual([])
    await t.answered(t.number, 'done')
    expect((await t.ask({ name: 'rotate-key' })).status).toBe(202)
    expect((await t.credentials()).others).toHaveLength(1)
  })

  test.each(['refused', 'returned', 'flash'] as const)('that was %s leaves the old key alone', async outcome => {
    const t = await begun()
    await t.answered(t.number, outcome)
    expect(await t.credentials()).toMatchObject({ epoch: 1, others: [] })
    expect((await t.ask({ name: 'rotate-key' })).status).toBe(202)
  })

  test('with a wrong proof has failed', async () => {
    const t = await begun()
    await t.answered(
      t.number,
      'begun',
      t.proof.map(byte => byte ^ 1),
    )
    expect((await t.orders())[0]?.state).toBe('failed')
    expect((await t.credentials()).others).toEqual([])
  })
})

test('the same numbers with other content are a sign of a clone', async () => {
  const t = await open()
  await t.backend.ingest.store([arrived(t.dongleId, aBatch())])
  await t.backend.ingest.store([arrived(t.dongleId, aBatch())])
  const [outcome] = await t.backend.ingest.store([arrived(t.dongleId, aBatch({ addWh: 5 }))])
  expect(outcome).toEqual({ kind: 'quarantined', reason: 'other-content' })
  const url = `/api/v1/dongles/${t.dongleId}`
  const signs = async () =>
    (await t.backend.app.inject({ url, headers: { authorization: `Bearer ${OPERATOR_KEY}` } })).json().suspicions
  await expect.poll(signs).toMatchObject([{ sign: 'other-content', count: 1 }])
})

test('signs of a clone are counted per dongle, and the operator sees them', async () => {
  const t = await open()
  await t.backend.directory.suspect?.(t.dongleId, 'old-session')
  t.clock.nowS += 60
  await t.backend.directory.suspect?.(t.dongleId, 'old-session')
  await t.backend.directory.suspect?.(t.dongleId, 'two-sessions')
  const answer = await t.backend.app.inject({
    url: `/api/v1/dongles/${t.dongleId}`,
    headers: { authorization: `Bearer ${OPERATOR_KEY}` },
  })
  const nowS = t.clock.nowS
  expect(answer.json().suspicions).toEqual([
    { sign: 'old-session', firstAtS: nowS - 60, lastAtS: nowS, count: 2 },
    { sign: 'two-sessions', firstAtS: nowS, lastAtS: nowS, count: 1 },
  ])
})
