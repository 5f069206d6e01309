// Lists that can grow, one way everywhere: `limit` and `cursor` in, `items` and `next` out, and the next page's address in the Link header (RFC 8288). A
// cursor is handed back unread; it says whose list it is of, so that one of another list is refused instead of giving odd pages. It is a place, not a
// right: what somebody may see is asked anew for each page.

import type { FastifyInstance } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { Problem } from '../problem.ts'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 200
const CURSOR_CHARS_MAX = 200

export const Cursor = Type.String({ maxLength: CURSOR_CHARS_MAX, description: '`next` of the page before, as it came' })

/** What every list takes, beside its own filters. */
export const PageQuery = {
  cursor: Type.Optional(Cursor),
  limit: Type.Integer({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT, description: 'items on a page' }),
}
export const PageQuerySchema = Type.Object(PageQuery, { additionalProperties: false })

/** A page of these; `next` is null on the last one. */
export function listOf<T extends TSchema>(item: T) {
  const next = Type.Union([Type.String(), Type.Null()], {
    description: 'cursor of the next page; null: this is the last',
  })
  return Type.Object({ items: Type.Array(item), next }, { additionalProperties: false })
}

/** Which rows of a list are asked for: numbers below `before` (newest first) or above `after` (oldest first), at most `limit`. */
export interface Page {
  before: number
  after: number
  /** One more than is shown, which tells whether there is a next page. */
  limit: number
  list: string
}

/** Of a list that begins with the newest. */
export type Newest = Pick<Page, 'before' | 'limit'>
/** Of a list that begins with the oldest. */
export type Oldest = Pick<Page, 'after' | 'limit'>

/** The newest of a list, for whoever wants no page. */
export function newest(limit: number): Newest {
  return { before: Number.MAX_SAFE_INTEGER, limit }
}

/** A row with its number in the list. */
export interface Numbered<T> {
  no: number
  item: T
}

/** `list` is the list's own word. Throws Problem cursor.invalid. */
export function pageOf({ cursor, limit }: { cursor?: string; limit: number }, list: string): Page {
  const page = { before: Number.MAX_SAFE_INTEGER, after: -1, limit: limit + 1, list }
  if (cursor === undefined) return page
  const match = /^1\.([a-z-]+)\.([0-9]{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (match === null || match[1] !== list || encode(list, Number(match[2])) !== cursor) {
    throw new Problem('cursor.invalid')
  }
  return { ...page, before: Number(match[2]), after: Number(match[2]) }
}

/** What is answered, of rows as `page` asks for them. */
export function paged<T>(rows: readonly Numbered<T>[], { limit, list }: Page): { items: T[]; next: string | null } {
  const shown = rows.slice(0, limit - 1)
  const last = shown.at(-1)
  const next = rows.length >= limit && last !== undefined ? encode(list, last.no) : null
  return { items: shown.map(({ item }) => item), next }
}

/** Takes the number out of rows that show none. */
export function numbered<T extends { no: number }>(rows: readonly T[]): Numbered<Omit<T, 'no'>>[] {
  return rows.map(({ no, ...item }) => ({ no, item }))
}

function encode(list: string, no: number): string {
  return Buffer.from(`1.${list}.${no}`, 'latin1').toString('base64url')
}

/** Says where the next page is, in whatever list is answered. Call before any route is made. */
export function linkNextPages(app: FastifyInstance): void {
  app.addHook('preSerialization', async (request, reply, payload: unknown) => {
    const { next } = Object(payload) as { next?: unknown }
    if (request.method !== 'GET' || typeof next !== 'string' || !takesCursor(request.routeOptions.schema))
      return payload
    const [path = '', query = ''] = request.url.split('?')
    const asked = new URLSearchParams(query)
    asked.set('cursor', next)
    void reply.header('link', `<${path}?${asked}>; rel="next"`)
    return payload
  })
}

function takesCursor(schema: { querystring?: unknown } | undefined): boolean {
  const { properties = {} } = Object(schema?.querystring) as { properties?: object }
  return Object.hasOwn(properties, 'cursor')
}
