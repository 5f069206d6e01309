// Asks an address of the API as somebody, expects no refusal, and writes down what was asked and answered, as an example for the description. What a
// platform makes anew each time (ids, codes, keys, digests) is replaced by made-up values, the same in the whole story, so that two tellings are the same.

import type { Example, Examples } from '../../backend/api/describe.ts'
import { operationIdOf } from '../../backend/api/describe.ts'
import type { TestBackend } from './backend.ts'
import { type Visitor, visitorOf } from './visitor.ts'

/** How somebody asks: with these headers, or as a person at the portal. */
export type Asker = { headers: { [name: string]: string } } | { visitor: Visitor }

export interface Step {
  path?: { [name: string]: string | number }
  query?: { [name: string]: string | number | boolean }
  body?: object | string
  /** Also sent, and not written down. */
  headers?: { [name: string]: string }
  /** Names of properties whose values are made anew each time, and what the example has in their places. */
  shown?: { [property: string]: unknown }
}

const ID = /\b(acc|esp|log|man|mp|ntc|ord|perm|ro|svc|test)_[0-9a-hjkmnp-tv-z]{16}\b/g
const DIGEST = /\b[0-9a-f]{64}\b/g
const JWS = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g

export type Recorder = ReturnType<typeof createRecorder>

export function createRecorder(t: TestBackend) {
  const made = new Map<string, string>()
  const examples: Examples = {}
  let keys = 0

  /** `operation` as 'GET /api/v1/…/{id}'. Gives the answer as it came. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  async function tell(who: Asker, operation: string, step: Step = {}): Promise<any> {
    const [method = '', route = ''] = operation.split(' ')
    const { path = {}, query, body, shown = {}, headers = {} } = step
    const address = route.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(path[name])))
    const search = query === undefined ? '' : `?${new URLSearchParams(query as { [name: string]: string })}`
    const once: { [name: string]: string } = method === 'POST' ? { 'idempotency-key': `key-of-a-story-${++keys}` } : {}
    const asked = { ...once, ...headers }
    const answer =
      'visitor' in who
        ? await who.visitor.ask(method, address + search, body as object | undefined, asked)
        : await t.backend.app.inject({
            method: method as 'GET',
            url: address + search,
            headers: { host: 'localhost', ...who.headers, ...asked },
            ...(body === undefined ? {} : { payload: body }),
          })
    await t.backend.settled()
    const status = answer.statusCode
    if (status >= 300) throw new Error(`${operation}: ${status} ${answer.body.slice(0, 300)}`)
    const isJson = String(answer.headers['content-type']).includes('application/json')
    const said = isJson ? answer.json() : undefined
    const example: Example = {
      ...(step.path === undefined ? {} : { path }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
      status,
      ...(said === undefined ? {} : { answer: said }),
    }
    examples[operationIdOf(method.toLowerCase(), route)] ??= neutral(example, shown) as Example
    return said
  }

  function neutral(value: unknown, shown: { [property: string]: unknown }): unknown {
    if (typeof value === 'string') return neutralText(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(one => neutral(one, shown))
    const entries = Object.entries(value).map(([key, one]) => [
      key,
      Object.hasOwn(shown, key) ? shown[key] : neutral(one, shown),
    ])
    return Object.fromEntries(entries)
  }

  function neutralText(text: string): string {
    return text
      .replace(JWS, 'eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl')
      .replace(ID, (id, kind) => numbered(id, n => `${kind}_${String(n).padStart(16, '0')}`, kind))
      .replace(DIGEST, digest => numbered(digest, n => n.toString(16).padStart(64, '0'), 'digest'))
  }

  const counts = new Map<string, number>()
  function numbered(real: string, name: (n: number) => string, kind: string): string {
    const known = made.get(real)
    if (known !== undefined) return known
    const n = (counts.get(kind) ?? 0) + 1
    counts.set(kind, n)
    made.set(real, name(n))
    return name(n)
  }

  return { tell, examples, visitor: () => visitorOf(t.backend) }
}

export function bearer(key: string): Asker {
  return { headers: { authorization: `Bearer ${key}` } }
}
