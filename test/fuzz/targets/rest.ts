// Bodies and addresses over REST, through the whole backend on a real database: whatever is sent, an answer comes that is no server error, and
// an error is a problem document with a code. First byte: which route; second: whose key; the rest: the body, as it is.

import { openTestBackend, type TestBackend } from '../../support/backend.ts'

const OPERATOR_KEY = 'a key for those who operate this'
const METHODS = ['post', 'put', 'patch', 'delete'] as const

interface Route {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
}

let under: TestBackend
let routes: Route[] = []

export async function open(): Promise<void> {
  under = await openTestBackend({ config: { operatorKey: OPERATOR_KEY } })
  await under.backend.app.ready()
  const { paths = {} } = under.backend.app.swagger() as { paths?: { [path: string]: object } }
  routes = Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.filter(method => method in operations).map(method => ({
      method: method.toUpperCase() as Route['method'],
      path,
    })),
  )
}

export async function close(): Promise<void> {
  await under.stop()
}

export async function run(bytes: Uint8Array): Promise<string> {
  const { method, path } = routes[(bytes[0] ?? 0) % routes.length] as Route
  const key = [OPERATOR_KEY, under.accessKey, 'nobody'][(bytes[1] ?? 0) % 3]
  const body = Buffer.from(bytes.subarray(2))
  // A short piece of the body stands in the address too, so that what is wrong there is met as well.
  const part = body.length % 4 === 0 ? under.dongleId : encodeURIComponent(body.subarray(0, 20).toString('latin1'))
  const answer = await under.backend.app.inject({
    method,
    url: path.replaceAll(/\{[^}]*\}/g, part || 'x'),
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    payload: body,
  })
  if (answer.statusCode >= 500 && answer.statusCode !== 503)
    throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.body}`)
  const isProblem = String(answer.headers['content-type']).includes('application/problem+json')
  if (answer.statusCode >= 400 && !isProblem)
    throw new Error(`${method} ${path}: ${answer.statusCode} is no problem document`)
  const { code = '', detail = '' } = isProblem ? (answer.json() as { code?: string; detail?: string }) : {}
  return `${method} ${path} ${answer.statusCode} ${code} ${detail.replaceAll(/[0-9"'].*$/g, '')}`
}

export function seeds(): Uint8Array[] {
  const bodies = [
    '{}',
    '{"name":"interval","seconds":60}',
    '{"code":"ABCDEFGHJKMN","ean":"541448820000000001"}',
    '{"dongleId":"0123456789AB9","deviceKey":"00","epoch":1}',
    '[{"a":[1,2,{"b":null}]}]',
    '{"name":"x","percent":10,"manifest":"","steps":[{"percent":1}]}',
  ]
  return bodies.flatMap((body, i) => [0, 1].map(key => Uint8Array.from([i * 7 + key, key, ...Buffer.from(body)])))
}

const WORDS = [
  '"name":',
  '"seconds":',
  '"ean":',
  '"code":',
  '"dongleId":',
  'null',
  'true',
  '-1',
  '1e999',
  '""',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"__proto__":',
  '\\u0000',
  '9007199254740993',
]
export const tokens = WORDS.map(word => Uint8Array.from(Buffer.from(word)))
