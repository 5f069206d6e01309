// What two backends on one PostgreSQL do for each other: pages, tails and commands at one for what comes to the other, rounds by one of them, and nothing
// that one does at a time done by both.

import pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { BackendConfig } from '../../backend/config.ts'
import type { CommandPort } from '../../shared/port/command-port.ts'
import { openTestBackend, type TestBackend } from './backend.ts'
import { aBatch, arrived, NOON_S } from './batches.ts'
import { aServiceText, consentWorldOn } from './consent-world.ts'
import { openHook } from './delivery.ts'
import { DONGLE_ID } from './facts.ts'
import { aNeed } from './permissions.ts'
import type { TestPostgres } from './postgres.ts'
import { openTestStoreOn } from './store.ts'
import { visitorOf } from './visitor.ts'

const OPERATOR_KEY = 'an-operator-key-for-the-tests'
const SIBLING_PIDS = `SELECT pid FROM pg_stat_activity WHERE application_name = 'nrt siblings' AND datname = current_database()`
const CUT_SIBLINGS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name = 'nrt siblings' AND datname = current_database()`

interface Two {
  one: TestBackend
  other: TestBackend
  /** What the other's gateways were told. */
  heard: string[]
  stop(): Promise<void>
}

async function twoBackends(databaseUrl: string, wish: Partial<BackendConfig> = {}): Promise<Two> {
  const config = { databaseUrl, operatorKey: OPERATOR_KEY, tendEveryMs: 60_000, ...wish }
  const one = await openTestBackend({ config })
  const other = await openTestBackend({ dir: one.dir, clock: one.clock, isReopened: true, config })
  const heard: string[] = []
  const port: CommandPort = {
    requestLive: id => void heard.push(`live ${id}`),
    wake: id => void heard.push(`wake ${id}`),
    requestStatus: id => void heard.push(`status ${id}`),
    disconnect: (id, reason) => void heard.push(`disconnect ${id} ${reason}`),
  }
  other.backend.attachCommands(port)
  return {
    ...{ one, other, heard },
    async stop() {
      await other.stop(true)
      await one.stop()
    },
  }
}

/** The text of a stream as far as it has come; `done` when it ended. */
async function follow(url: string, key: string) {
  const abort = new AbortController()
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` }, signal: abort.signal })
  const stream = { text: '', isOver: false, status: response.status, close: () => abort.abort() }
  void (async () => {
    const decoder = new TextDecoder()
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) stream.text += decoder.decode(part)
    stream.isOver = true
  })().catch(() => undefined)
  return stream
}

const timesIn = (text: string): number[] => [...text.matchAll(/"timeS":(\d+)/g)].map(([, timeS]) => Number(timeS))

export function testSiblings(server: () => TestPostgres): void {
  describe('several backends on one database', () => {
    test('show what is stored through one on the pages of the other, once, until the tenure ends', async () => {
      const { one, other, heard, stop } = await twoBackends(await server().fresh())
      const page = await follow(`${await other.listen()}/api/v1/metering-points/${one.pointId}/live`, one.accessKey)
      let second = 0
      const store = () =>
        one.backend.ingest.store([
          arrived(DONGLE_ID, aBatch({ firstSeq: second, startS: NOON_S + second++, count: 1 })),
        ])
      await expect.poll(() => store().then(() => timesIn(page.text).length)).toBeGreaterThan(0)
      const fromS = NOON_S + second
      for (let i = 0; i < 5; i++) await store()
      await expect.poll(() => timesIn(page.text)).toContain(fromS + 4)
      const shown = timesIn(page.text).filter(timeS => timeS >= fromS)
      expect(shown).toEqual([0, 1, 2, 3, 4].map(i => fromS + i))
      await expect.poll(() => heard).toContain(`live ${DONGLE_ID}`)

      const account = await one.backend.openAccount('next')
      await one.backend.changeHolder(one.ean, account.accountId, NOON_S + 1000)
      await expect.poll(() => page.isOver).toBe(true)
      await stop()
    })

    test('reach each other’s gateways, and tell an operator at one what came to the other', async () => {
      const { one, other, heard, stop } = await twoBackends(await server().fresh())
      const tail = await follow(`${await other.listen()}/api/v1/dongles/${DONGLE_ID}/messages`, OPERATOR_KEY)
      let seq = 0
      await expect
        .poll(async () => {
          await one.backend.ingest.store([
            arrived(DONGLE_ID, aBatch({ firstSeq: seq, startS: NOON_S + seq++, count: 1 })),
          ])
          return tail.text.includes('"outcome":"stored"')
        })
        .toBe(true)
      tail.close()
      const asked = (path: string, payload: object) =>
        one.backend.app.inject({
          method: 'POST',
          url: `/api/v1/dongles/${DONGLE_ID}/${path}`,
          headers: { authorization: `Bearer ${OPERATOR_KEY}` },
          payload,
        })
      expect((await asked('orders', { name: 'diagnose' })).statusCode).toBe(202)
      await expect.poll(() => heard).toContain(`wake ${DONGLE_ID}`)
      expect((await asked('acts', { act: 'report-lost' })).statusCode).toBe(200)
      await expect.poll(() => heard.some(line => line.startsWith(`disconnect ${DONGLE_ID}`))).toBe(true)
      await stop()
    })

    test('deliver from one of them what comes to any, end it everywhere before an end commits, and go on when that one is gone', async () => {
      const url = await server().fresh()
      const { one, other } = await twoBackends(url, { mayWebhooksBePrivate: true })
      const world = await consentWorldOn(one)
      const need = aNeed({ periodS: 1, everyS: 0, historyS: 86_400 })
      const service = await world.published(world.manager, aServiceText({ need }))
      const hook = await openHook()
      const [manager, anna] = [visitorOf(other.backend), visitorOf(other.backend)]
      await manager.signIn({ login: '', password: world.manager, isFresh: true })
      await anna.signIn({ login: '', password: one.accessKey, isFresh: true })
      const set = await manager.ask('PUT', '/api/v1/esp/webhook', { url: hook.url, format: 'json' })
      expect(set.statusCode).toBe(200)

      const { permissionId } = await world.subscribed(service.serviceId)
      const isValidAt = (at: TestBackend) => at.backend.permissions.validAt(permissionId, world.nowMs())
      await expect.poll(() => isValidAt(other)).toBe(true)
      let second = 0
      const store = (at: TestBackend) =>
        at.backend.ingest.store([arrived(DONGLE_ID, aBatch({ firstSeq: second, startS: NOON_S + second++, count: 1 }))])
      const stored = () => Array.from({ length: second }, (_, i) => NOON_S + i)
      const taken = () => hook.timesS().sort((a, b) => a - b)
      for (const at of [other, one, other, other, one]) await store(at)
      await expect.poll(taken).toEqual(stored())
      // One delivers, the other would not take a stream's reader.
      await expect(one.backend.streams.policy.admit('c', 'esp', 'token', undefined)).resolves.toBe(undefined)
      await expect(other.backend.streams.policy.admit('c', 'esp', 'token', undefined)).rejects.toThrow(
        'another backend delivers',
      )

      // How its endpoint does is told by the one, at the other too; and what was given up goes out again from there.
      hook.answer(response => void response.writeHead(422).end())
      await store(other)
      const webhook = async () => (await manager.ask('GET', '/api/v1/esp/webhook')).json()
      await expect.poll(webhook).toMatchObject({ url: hook.url, failures: 0, lastAnswer: '422' })
      const dead = async () => (await manager.ask('GET', '/api/v1/esp/dead-deliveries')).json().items
      await expect.poll(dead).toHaveLength(1)
      const [{ no }] = await dead()
      hook.answer(response => void response.writeHead(204).end())
      const given = hook.came.length
      const replayed = await manager.ask('POST', `/api/v1/esp/dead-deliveries/${no}/replay`)
      expect([replayed.statusCode, replayed.json()]).toEqual([200, { isPending: true }])
      expect(await dead()).toEqual([])
      await expect.poll(() => hook.came.length).toBe(given + 1)

      // Both lose their line to each other, and read anew what holds.
      const cut = await server().run(url, SIBLING_PIDS)
      await server().run(url, CUT_SIBLINGS)
      const back = async () => {
        const pids = (await server().run(url, SIBLING_PIDS)).filter(now => !cut.some(was => was.pid === now.pid))
        return pids.length === 2 && isValidAt(one) && isValidAt(other)
      }
      await expect.poll(back, { timeout: 10_000 }).toBe(true)

      const revoked = await anna.ask('POST', `/api/v1/permissions/${permissionId}/revoke`, {}, world.freshKey())
      expect([revoked.statusCode, isValidAt(one), isValidAt(other)]).toEqual([200, false, false])
      const before = hook.timesS().length
      for (const at of [one, other]) await store(at)
      await Promise.all([one.backend.settled(), other.backend.settled()])
      expect(hook.timesS()).toHaveLength(before)

      await world.subscribed(service.serviceId)
      await one.stop(true)
      await store(other)
      await expect.poll(taken, { timeout: 10_000 }).toContain(NOON_S + second - 1)
      await other.stop()
      await hook.close()
    })

    test('say what all must have taken, and wait for what is under way, with what is said in it', async () => {
      const one = await openTestStoreOn(server())
      const other = await openTestStoreOn(server(), one.path)
      const [a, b] = [one.store.siblings, other.store.siblings]
      const [heardByA, heardByB]: [string[], string[]] = [[], []]
      a.hear(
        line => void heardByA.push(line),
        () => undefined,
      )
      b.hear(
        line => void heardByB.push(line),
        () => undefined,
      )
      await a.tellAll('{"to":"all"}')
      expect(heardByB).toEqual(['{"to":"all"}'])

      const writer = new pg.Client(one.path)
      await writer.connect()
      await writer.query('BEGIN')
      await writer.query('SELECT pg_current_xact_id()')
      let isQuiet = false
      const quiet = a.quiet().then(() => {
        isQuiet = true
      })
      await writer.query(`SELECT pg_notify('nrt', E'@another\\n{"stored":1}')`)
      await a.tellAll('{"to":"all, again"}')
      expect([isQuiet, heardByA]).toEqual([false, []])
      await writer.query('COMMIT')
      await quiet
      expect(heardByA).toEqual(['{"stored":1}'])
      await writer.end()
      await one.close()
      await other.close()
    })

    test('have one that does the rounds, and another as soon as its connection is gone; what was said meanwhile is heard then', async () => {
      const one = await openTestStoreOn(server())
      const other = await openTestStoreOn(server(), one.path)
      const [a, b] = [one.store.siblings, other.store.siblings]
      expect([a.isFirst(), b.isFirst()]).toEqual([true, false])
      const heard: string[] = []
      let readAnew: (() => void) | undefined
      b.hear(
        line => void heard.push(line),
        () =>
          new Promise<void>(resolve => {
            readAnew = resolve
          }),
      )
      const said = (line: string) => () => {
        a.tell(line)
        return heard.includes(line)
      }
      a.tell('x'.repeat(8000)) // more than a line carries
      await expect.poll(said('before')).toBe(true)
      await server().run(one.path, CUT_SIBLINGS)
      // It relies on nothing until it has read what it may have missed.
      await expect.poll(() => readAnew !== undefined).toBe(true)
      expect(b.isCurrent()).toBe(false)
      readAnew?.()
      await expect.poll(b.isCurrent).toBe(true)
      await expect.poll(() => [a, b].filter(one => one.isFirst()).length === 1).toBe(true)
      await expect.poll(said('after')).toBe(true)
      expect(new Set(heard)).toEqual(new Set(['before', 'after']))
      await one.close()
      await expect.poll(b.isFirst).toBe(true)
      await other.close()
    })

    test('do in turn what asks other machines', async () => {
      const one = await openTestStoreOn(server())
      const other = await openTestStoreOn(server(), one.path)
      let inside = 0
      const most: number[] = []
      const work = async (): Promise<void> => {
        most.push(++inside)
        await server().run(one.path, 'SELECT 1')
        inside--
      }
      const failing = one.store.siblings.inTurn(() => Promise.reject(new Error('no register')))
      const all = [one, other, one, other, one].map(({ store }) => store.siblings.inTurn(work))
      await expect(failing).rejects.toThrow('no register')
      await Promise.all(all)
      expect(most).toEqual([1, 1, 1, 1, 1])
      await one.close()
      await other.close()
    })

    test('do not drop a dead letter that another is replaying', async () => {
      const one = await openTestStoreOn(server())
      const other = await openTestStoreOn(server(), one.path)
      const { dongleId } = await one.addDongle(1)
      await one.makeUnstorable(0)
      await one.store.commit([arrived(dongleId, aBatch())])
      await one.makeStorable()
      // Holds up the replay where it writes: it has read the letter by then.
      const hold = await server().hold(one.path, 'LOCK TABLE batch IN EXCLUSIVE MODE')
      const replayed = one.store.replay(1)
      await hold.whenWaiting(1)
      const dropped = other.store.dropLetter(1)
      await hold.whenWaiting(2)
      await hold.release()
      expect(await replayed).toEqual({ stored: 1, duplicate: 0, stillBad: 0 })
      expect(await dropped).toBe(false)
      await one.close()
      await other.close()
    })
  })
}
