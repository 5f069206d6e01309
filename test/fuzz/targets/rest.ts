// Bodies and addresses over REST, through the whole backend on a real database: whatever is sent, an answer comes that is no server error, and
// an error is a problem document with a code. First byte: which route; second: whose key, and what stands in the address; the rest: the body.

import { openTestBackend, type TestBackend } from '../../support/backend.ts'

const OPERATOR_KEY = 'a key for those who operate this'
const METHODS = ['post', 'put', 'patch', 'delete'] as const

/** As much of a JSON schema as an example needs. */
interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: { [name: string]: Schema }
  items?: Schema
  minimum?: number
  minLength?: number
  pattern?: string
}

interface Operation {
  requestBody?: { content?: { [type: string]: { schema?: Schema } } }
}

interface Route {
  schema: Schema | undefined
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
}

let under: TestBackend
let routes: Route[] = []
let keys: string[] = []

export async function open(): Promise<void> {
  under = await openTestBackend({ config: { operatorKey: OPERATOR_KEY } })
  await under.backend.app.ready()
  const { backend, accessKey } = under
  const people = [await backend.openInstaller('installer'), await backend.openOperator('operator')]
  keys = [OPERATOR_KEY, accessKey, ...people.map(person => person.accessKey), 'nobody']
  const { paths = {} } = under.backend.app.swagger() as { paths?: { [path: string]: { [method: string]: Operation } } }
  routes = Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.filter(method => method in operations).map(method => ({
      method: method.toUpperCase() as Route['method'],
      path,
      schema: operations[method]?.requestBody?.content?.['application/json']?.schema,
    })),
  )
}

export async function close(): Promise<void> {
  await under.stop()
}

export async function run(bytes: Uint8Array): Promise<string> {
  const { method, path } = routes[(bytes[0] ?? 0) % routes.length] as Route
  const key = keys[(bytes[1] ?? 0) % keys.length]
  const body = Buffer.from(bytes.subarray(2))
  // A short piece of the body stands in the address too, so that what is wrong there is met as well.
  const isOdd = (bytes[1] ?? 0) >= 128
  const part = isOdd ? encodeURIComponent(body.subarray(0, 20).toString('latin1')) || 'x' : under.dongleId
  under.logged.length = 0
  // wrong keys and codes are throttled by the minute: that is tested elsewhere
  under.clock.nowS += 60
  const answer = await under.backend.app.inject({
    method,
    url: path.replace('{tenant}', isOdd ? part : 'DEFAULT').replaceAll(/\{[^}]*\}/g, part),
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

/** For each route a body as its schema describes it, with each key. */
export function seeds(): Uint8Array[] {
  return routes.flatMap(({ schema }, i) => {
    const body = Buffer.from(JSON.stringify(exampleOf(schema)))
    return keys.map((_, key) => Uint8Array.from([i, key, ...body]))
  })
}

function exampleOf(schema: Schema | undefined): unknown {
  if (schema === undefined) return {}
  if ('const' in schema) return schema.const
  const first = (schema.anyOf ?? schema.oneOf)?.[0]
  if (first !== undefined) return exampleOf(first)
  if (schema.enum !== undefined) return schema.enum[0]
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, exampleOf(part)]))
    case 'array':
      return [exampleOf(schema.items)]
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    default:
      if (schema.pattern?.includes('0-9a-f')) return '00'.repeat(Number(/\{(\d+)/.exec(schema.pattern)?.[1] ?? 2) / 2)
      return under.dongleId.padEnd(schema.minLength ?? 0, '0')
  }
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
