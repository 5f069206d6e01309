// Answers of the REST API beside the API's own description: asks, and checks status, media type and body with the schema that /openapi.json gives.

import { Compile } from 'typebox/schema'
import { expect } from 'vitest'
import { PROBLEMS, type ProblemCode } from '../../shared/schema/problem.ts'
import type { TestBackend } from './backend.ts'
import { aBatch, aDay, arrived, NOON_S } from './batches.ts'

interface Responses {
  [status: string]: { content?: { [type: string]: { schema: object } } }
}

interface OpenApi {
  openapi: string
  paths: {
    [path: string]: { [method in 'get' | 'post' | 'put']?: { responses: Responses } }
  }
  components: { schemas: { [name: string]: object } }
}

/** Route pattern of one metering point, as in the description. */
export const POINT = '/api/v1/metering-points/{id}'

export type Described = Awaited<ReturnType<typeof describedBy>>

export async function describedBy(t: TestBackend) {
  const description = (await t.get('/openapi.json', '')).body as OpenApi
  const seen = new Set<ProblemCode>()

  /** Asks, checks the answer against the description of `route`, and hands it out. */
  async function ask(route: string, path: string, accessKey?: string) {
    return check('get', route, await t.get(path, accessKey))
  }

  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  function check(method: 'get' | 'post' | 'put', route: string, answer: { status: number; body: any; type: string }) {
    const described = description.paths[route]?.[method]?.responses[String(answer.status)]
    expect(described, `${route} describes status ${answer.status}`).toBeDefined()
    const type = answer.type.split(';')[0] as string
    const schema = described?.content?.[type]?.schema
    expect(schema, `${route} describes ${type} for status ${answer.status}`).toBeDefined()
    checkBody(whole(schema as object), answer.body, route)
    if (type === 'application/problem+json') checkProblem(answer.body)
    return answer
  }

  /** With what it refers to. */
  function whole(schema: object): object {
    return { ...schema, components: description.components }
  }

  /** Checks what inject() gave for a POST. */
  function checkPost(
    route: string,
    answer: { statusCode: number; headers: { [name: string]: unknown }; json(): unknown },
  ) {
    return check('post', route, {
      status: answer.statusCode,
      body: answer.json(),
      type: String(answer.headers['content-type']),
    })
  }

  /** A problem looks as the registry has it, and tells nothing it should not. */
  function checkProblem(body: { code: ProblemCode }): void {
    seen.add(body.code)
    expect(body).toMatchObject({ status: PROBLEMS[body.code].status, type: `/problems/${PROBLEMS[body.code].slug}` })
    expect(JSON.stringify(body)).not.toMatch(/[0-9]{18}|nrt_[0-9a-f]{12}_/)
  }

  return { description, seen, ask, whole, checkPost, checkProblem }
}

export function checkBody(schema: object, body: unknown, what: string): void {
  const [isValid, errors] = Compile(schema).Errors(body)
  expect(errors, what).toEqual([])
  expect(isValid).toBe(true)
}

/** An hour of readings with a minute missing, then ten with a counted loss among them; three seconds later it is now. */
export async function fillAnHour(t: TestBackend): Promise<void> {
  const losses = [{ fromSeq: 4003, count: 7, reason: 'crc' as const }]
  const withLoss = aBatch({ firstSeq: 4000, startS: NOON_S + 4000, count: 10, losses })
  const batches = aDay(3600, 60).filter((_, i) => i !== 30)
  await t.backend.ingest.store([...batches, withLoss].map(batch => arrived(t.dongleId, batch)))
  const said = { firmware: '0.1.0', rssiDbm: -61, uptimeS: 4000, ringRecords: 3, intervalS: 10 }
  await t.backend.ingest.note({ dongleId: t.dongleId, boot: 1, receivedAtMs: (NOON_S + 4010) * 1000, ...said })
  t.clock.nowS = NOON_S + 4012
}
