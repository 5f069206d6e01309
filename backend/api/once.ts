// The idempotency key of a request (draft-ietf-httpapi-idempotency-key-header): whoever asks under one and asks again, because no answer came or a
// button was pressed twice, gets the answer of the first time, and nothing is done again. It holds for every POST of somebody who is known. The row is
// the decision, so that of two at once, also in two processes, one carries it out. A refusal did nothing and is not kept: asked again it is judged anew.

import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Kysely } from 'kysely'
import { isRight, rowOf as rightOf } from '../../shared/schema/access.ts'
import { type Answers, withProblems } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

/** For so long a repeat gets the first answer. */
export const ONCE_KEPT_MS = 86_400_000
/** Longer than any request takes: whoever began it is gone, and the next one carries it out. */
const ABANDONED_MS = 60_000
const KEY = /^[!-~]{8,100}$/

/** A request under a key of its sender's choosing. */
export interface Once {
  /** In the transaction of the act: whoever repeats the request after a crash finds both or neither. `body` is what JSON can hold. */
  answered(trx: Kysely<Tables>, body: unknown): Promise<void>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined: it came without a key. */
    once: (Once & Kept) | undefined
  }
  interface FastifyContextConfig {
    /** What weighs so much that nobody may ask it without an idempotency key. */
    mustBeOnce?: true
  }
}

/** What of it only this file uses. */
interface Kept {
  answer(status: number, body: string): Promise<void>
  forget(): Promise<void>
}

interface Answered {
  status: number
  body: string
}

type OnceRooms = Pick<Store, 'registers' | 'keys'> & { nowMs(): number }

/** Call after the gate, before any route is made. Throws Problem once.missing, once.other-request and once.in-progress out of requests. */
export function answerOnce(app: FastifyInstance, rooms: OnceRooms): void {
  app.decorateRequest('once', undefined)
  app.addHook('onRoute', describe)
  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    if (key === undefined) return
    const row = rowOf(rooms, request.actor, key)
    const known = await row.begin(fingerprintOf(request))
    if (known !== undefined) return again(reply, known)
    request.once = row
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const { once } = request
    if (once === undefined) return
    const isDone = reply.statusCode < 300 && (typeof payload === 'string' || payload == null)
    await (isDone ? once.answer(reply.statusCode, payload ?? '') : once.forget())
  })
}

/** What it may answer stands in the route's description. */
function describe(route: RouteOptions): void {
  const { schema } = route as { schema?: { response?: Answers } }
  const right = route.config?.access
  if (route.method !== 'POST' || schema?.response === undefined || !isRight(right)) return
  if (rightOf(right).may.includes('anyone')) return
  const must = route.config?.mustBeOnce === true
  const codes = ['request.invalid', 'once.in-progress', 'once.other-request', ...(must ? MISSING : [])] as const
  const response = withProblems(schema.response, ...codes)
  route.schema = { ...schema, response, 'x-once': must ? 'must' : 'may' } as typeof schema
}

const MISSING = ['once.missing'] as const

/** Forgets what nobody will ask again. */
export async function forgetOld(registers: Kysely<Tables>, nowMs: number): Promise<void> {
  await registers
    .deleteFrom('once')
    .where('atMs', '<', nowMs - ONCE_KEPT_MS)
    .execute()
}

function keyOf(request: FastifyRequest): string | undefined {
  if (request.method !== 'POST' || request.caller.kind === 'anyone') return undefined
  const key = request.headers['idempotency-key']
  if (key === undefined) {
    if (request.routeOptions.config.mustBeOnce) throw new Problem('once.missing')
    return undefined
  }
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new Problem('request.invalid', 'An idempotency key has 8 to 100 visible characters of ASCII.')
  }
  return key
}

/** All that is asked, as it was understood. */
function fingerprintOf({ method, routeOptions, params, query, body }: FastifyRequest): string {
  const asked = JSON.stringify([method, routeOptions.url, params, query, body ?? null])
  return createHash('sha256').update(asked, 'utf8').digest('hex')
}

function again(reply: FastifyReply, { status, body }: Answered): FastifyReply {
  void reply.code(status).header('idempotency-replayed', 'true')
  if (body === '') return reply.send()
  return reply
    .type('application/json; charset=utf-8')
    .serializer((text: unknown) => text as string)
    .send(body)
}

/** Answers may hold what is shown once (codes): they lie wrapped. */
function rowOf({ registers, keys, nowMs }: OnceRooms, owner: string, idempotencyKey: string) {
  const place = `once|${owner}|${idempotencyKey}`
  return { begin, answered, answer, forget }

  /** Undefined: it is ours to carry out. */
  async function begin(request: string): Promise<Answered | undefined> {
    if (await claimed(request)) return undefined
    if ((await cleared(request)) && (await claimed(request))) return undefined
    const row = await mine(registers).executeTakeFirst()
    if (row !== undefined && row.request !== request) throw new Problem('once.other-request')
    if (row?.answer == null || row.status === null) throw new Problem('once.in-progress')
    const body = keys.unwrap(row.answer, place)
    if (body === undefined) throw new Problem('internal.broken')
    return { status: row.status, body: Buffer.from(body).toString('utf8') }
  }

  async function claimed(request: string): Promise<boolean> {
    const row = { owner, idempotencyKey, request, atMs: nowMs(), status: null, answer: null }
    const written = await registers
      .insertInto('once')
      .values(row)
      .onConflict(conflict => conflict.doNothing())
      .returning('atMs')
      .executeTakeFirst()
    return written !== undefined
  }

  /** True: what stood there is over, or was left by somebody who is gone. */
  async function cleared(request: string): Promise<boolean> {
    const atMs = nowMs()
    const gone = await registers
      .deleteFrom('once')
      .where('owner', '=', owner)
      .where('idempotencyKey', '=', idempotencyKey)
      .where(({ eb, and, or }) =>
        or([
          eb('atMs', '<', atMs - ONCE_KEPT_MS),
          and([eb('status', 'is', null), eb('request', '=', request), eb('atMs', '<', atMs - ABANDONED_MS)]),
        ]),
      )
      .returning('atMs')
      .executeTakeFirst()
    return gone !== undefined
  }

  function mine(from: Kysely<Tables>) {
    return from
      .selectFrom('once')
      .select(['request', 'status', 'answer'])
      .where('owner', '=', owner)
      .where('idempotencyKey', '=', idempotencyKey)
  }

  async function keep(from: Kysely<Tables>, status: number, body: string): Promise<void> {
    await from
      .updateTable('once')
      .set({ status, answer: keys.wrap(Buffer.from(body, 'utf8'), place) })
      .where('owner', '=', owner)
      .where('idempotencyKey', '=', idempotencyKey)
      .execute()
  }

  function answered(trx: Kysely<Tables>, body: unknown): Promise<void> {
    return keep(trx, 200, JSON.stringify(body))
  }

  function answer(status: number, body: string): Promise<void> {
    return keep(registers, status, body)
  }

  async function forget(): Promise<void> {
    await registers
      .deleteFrom('once')
      .where('owner', '=', owner)
      .where('idempotencyKey', '=', idempotencyKey)
      .where('status', 'is', null)
      .execute()
  }
}
