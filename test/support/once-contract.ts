// What an idempotency key promises, on any engine: a small application with one act that the test holds up, lets go, or makes fail.

import Fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOnce, forgetOld, ONCE_KEPT_MS } from '../../backend/api/once.ts'
import { answerError } from '../../backend/problem.ts'
import type { TestStore } from './store.ts'

const SECRET = 'code-shown-this-once'

export function testOnce(open: () => Promise<TestStore>): void {
  let t: TestStore
  let app: Awaited<ReturnType<typeof applicationOn>>
  beforeAll(async () => {
    t = await open()
    app = await applicationOn(t)
  })
  afterAll(async () => {
    await app.stop()
    await t.close()
  })

  test('a repeat gets the first answer, and nothing is done again', async () => {
    const [first, again] = [await app.ask('repeat-0'), await app.ask('repeat-0')]
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual(first.body)
    expect([first.isReplayed, again.isReplayed]).toEqual([undefined, 'true'])
  })

  test('while the first is under way the second is told to wait, and then gets its answer', async () => {
    const letGo = app.holdUp()
    const first = app.ask('double-click')
    await app.begun()
    const second = await app.ask('double-click')
    expect([second.status, second.body.code, second.retryAfter]).toEqual([409, 'once.in-progress', '1'])
    letGo()
    const done = await first
    expect((await app.ask('double-click')).body).toEqual(done.body)
  })

  test('another body, or another address, under the same key is refused', async () => {
    await app.ask('other-body', { wish: 1 })
    expect((await app.ask('other-body', { wish: 2 })).body.code).toBe('once.other-request')
    expect((await app.ask('other-body', { wish: 1 }, { path: '/acts/2' })).body.code).toBe('once.other-request')
  })

  test('a key is its sender’s, and where it must be there it is asked for', async () => {
    const [one, two] = [await app.ask('of-both-'), await app.ask('of-both-', {}, { actor: 'grid-user acc_2' })]
    expect(two.body.no).not.toBe(one.body.no)
    expect((await app.ask(undefined)).body.code).toBe('once.missing')
    for (const key of ['short', 'x'.repeat(101), 'with a space']) {
      expect((await app.ask(key)).body.code).toBe('request.invalid')
    }
  })

  test('what was refused or failed did nothing, and is judged anew', async () => {
    for (const wish of ['refuse', 'fail']) {
      const asked = { wish }
      app.forgive(false)
      const first = await app.ask(`key-of-${wish}`, asked)
      expect(first.status).toBeGreaterThanOrEqual(409)
      app.forgive(true)
      expect(await app.ask(`key-of-${wish}`, asked)).toMatchObject({ status: 201, isReplayed: undefined })
    }
  })

  test('who died over it is followed by the next after a minute; what was answered in the act’s own transaction stays', async () => {
    const letGo = app.holdUp()
    const dead = app.ask('abandoned')
    await app.begun()
    app.pass(59_000)
    expect((await app.ask('abandoned')).body.code).toBe('once.in-progress')
    app.pass(2_000)
    const next = app.ask('abandoned')
    await app.begun()
    letGo()
    expect([(await dead).status, (await next).status]).toEqual([201, 201])
    expect(await app.ask('in-the-act', { wish: 'crash' })).toMatchObject({ status: 500 })
    expect(await app.ask('in-the-act', { wish: 'crash' })).toMatchObject({ status: 200, isReplayed: 'true' })
  })

  test('answers lie wrapped, and are gone after a day', async () => {
    const first = await app.ask('a-day-old')
    expect(JSON.stringify(first.body)).toContain(SECRET)
    const rows = (await t.rows('SELECT answer FROM once WHERE answer IS NOT NULL')) as { answer: Uint8Array }[]
    expect(rows.length).toBeGreaterThan(3)
    for (const { answer } of rows) expect(Buffer.from(answer).toString('latin1')).not.toContain(SECRET)
    app.pass(ONCE_KEPT_MS + 1)
    expect((await app.ask('a-day-old')).body.no).not.toBe(first.body.no)
    app.pass(ONCE_KEPT_MS + 1)
    await forgetOld(t.store.registers, app.nowMs())
    expect(await t.rows('SELECT * FROM once')).toEqual([])
  })
}

async function applicationOn(t: TestStore) {
  let [nowMs, no, isForgiving] = [1e12, 0, false]
  let held: Promise<void> | undefined
  let sayBegun = (): void => {}
  const app = Fastify()
  app.setErrorHandler(answerError)
  app.decorateRequest('caller', null as never)
  app.decorateRequest('actor', '')
  app.addHook('onRequest', async request => {
    request.actor = String(request.headers['x-actor'])
    request.caller = { kind: 'machine', espId: request.actor }
  })
  answerOnce(app, { registers: t.store.registers, keys: t.store.keys, nowMs: () => nowMs })
  app.post('/acts/:id', { config: { mustBeOnce: true } }, async (request, reply) => {
    const { wish } = Object(request.body) as { wish?: unknown }
    if (wish === 'refuse' && !isForgiving) return reply.code(409).send({ code: 'refused' })
    if (wish === 'fail' && !isForgiving) throw new Error('the test wants it')
    if (wish === 'crash') {
      await t.store.registers.transaction().execute(async trx => request.once?.answered(trx, { no: ++no }))
      throw new Error('the test wants it')
    }
    sayBegun()
    await held
    return reply.code(201).send({ no: ++no, code: SECRET })
  })
  let begun = Promise.resolve()
  const expectBegin = (): void => {
    begun = new Promise(resolve => {
      sayBegun = resolve
    })
  }
  return {
    nowMs: () => nowMs,
    pass(ms: number) {
      nowMs += ms
    },
    forgive(is: boolean) {
      isForgiving = is
    },
    /** Acts wait from now on, until what it returns is called. */
    holdUp() {
      let letGo = (): void => {}
      held = new Promise(resolve => {
        letGo = () => {
          held = undefined
          resolve()
        }
      })
      expectBegin()
      return letGo
    },
    /** The next act is under way. */
    async begun() {
      await begun
      expectBegin()
    },
    async ask(key: string | undefined, payload: object = {}, wish: { path?: string; actor?: string } = {}) {
      const headers = {
        'x-actor': wish.actor ?? 'grid-user acc_1',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      }
      const answer = await app.inject({ method: 'POST', url: wish.path ?? '/acts/1', headers, payload })
      return {
        status: answer.statusCode,
        body: answer.json(),
        isReplayed: answer.headers['idempotency-replayed'],
        retryAfter: answer.headers['retry-after'],
      }
    },
    stop: () => app.close(),
  }
}
