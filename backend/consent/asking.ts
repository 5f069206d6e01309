// What requests about permissions have in common: the idempotency key, pages by number, and a fault of the register as the problem that is answered.

import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { ProblemCode } from '../../shared/schema/problem.ts'
import { Problem } from '../problem.ts'
import type { Asker, SubscribeFault } from './register.ts'
import type { Page } from './views.ts'

export const OnceHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 8,
      maxLength: 100,
      pattern: '^[!-~]+$',
      description: 'a fresh random word; repeats have the same',
    }),
  ),
})

export const PageQuery = {
  cursor: Type.Optional(Type.String({ maxLength: 40 })),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
}

/** Who asks, with the key of the request. Throws Problem once.missing where one `mustBe` there. */
export function askerOf(request: FastifyRequest, mustBe: boolean): Asker {
  const { accountNo, accountId, actor, caller, headers, body } = request
  const asker = { accountNo, accountId, actor, freshS: caller.kind === 'person' ? caller.freshS : null }
  const key = headers['idempotency-key']
  if (typeof key !== 'string') {
    if (mustBe) throw new Problem('once.missing')
    return asker
  }
  const asked = [request.method, request.routeOptions.url, request.params, body ?? null]
  return { ...asker, once: { accountNo, key, request: asked } }
}

/** Newest first; a cursor is the number behind which the next page begins. Throws Problem cursor.invalid. */
export function pageOf({ cursor, limit }: { cursor?: string; limit: number }): Page {
  if (cursor === undefined) return { before: Number.MAX_SAFE_INTEGER, limit: limit + 1 }
  const match = /^1\.([0-9]{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (match === null) throw new Problem('cursor.invalid')
  return { before: Number(match[1]), limit: limit + 1 }
}

/** `rows` is one more than the page, if there is more. */
export function paged<T>(rows: readonly { no: number; item: T }[], limit: number): { items: T[]; next: string | null } {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const next =
    rows.length > limit && last !== undefined ? Buffer.from(`1.${last.no}`, 'latin1').toString('base64url') : null
  return { items: page.map(({ item }) => item), next }
}

const IMPOSSIBLE = ['permission.known', 'permission.not-over'] as const
type Impossible = (typeof IMPOSSIBLE)[number]

export function problemOf(fault: SubscribeFault): Problem {
  const { code } = fault
  if ((IMPOSSIBLE as readonly string[]).includes(code)) return new Problem('internal.broken')
  const detail = fault.code === 'permission.wrong-state' ? `It is ${fault.state}.` : undefined
  return new Problem(code as Exclude<SubscribeFault['code'], Impossible> & ProblemCode, detail)
}
