// From a fault to application/problem+json (RFC 9457). A route throws Problem with a code of the registry; everything else that is thrown
// is either the store in trouble (503) or our mistake (500, without a word about its insides).

import type { FastifyReply, FastifyRequest } from 'fastify'
import { PROBLEMS, type Problem as ProblemBody, type ProblemCode } from '../shared/schema/problem.ts'
import { StoreFault, troubleOf } from './store/fault.ts'

export class Problem extends Error {
  readonly code: ProblemCode
  readonly retryAfterS: number | undefined
  /** `detail` is for people; never an EAN, a key or a reading. `retryAfterS`: of a 429 or 503 whose end is known. */
  constructor(code: ProblemCode, detail?: string, retryAfterS?: number) {
    super(detail ?? '')
    this.code = code
    this.retryAfterS = retryAfterS
  }
}

function problemBody(code: ProblemCode, detail: string, instance: string): ProblemBody {
  const { slug, status, title, oauth }: { slug: string; status: number; title: string; oauth?: string } = PROBLEMS[code]
  const body = { type: `/problems/${slug}`, title, status, ...(detail === '' ? {} : { detail }), instance, code }
  return oauth === undefined ? body : { ...body, error: oauth }
}

/** Answers with the problem; `instance` is the request's id, as in the log line. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ProblemCode,
  detail = '',
  retryAfterS = 5,
): FastifyReply {
  const body = problemBody(code, detail, `/requests/${request.id}`)
  if (code === 'access.missing') void reply.header('www-authenticate', 'Bearer')
  if (code.startsWith('token.') || code.startsWith('certificate.'))
    void reply.header('www-authenticate', 'Bearer error="invalid_token"')
  if (code === 'once.in-progress') void reply.header('retry-after', '1')
  if (body.status === 503 || body.status === 429) void reply.header('retry-after', String(retryAfterS))
  return reply
    .code(body.status)
    .type('application/problem+json')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(body)
}

/** Fastify's error handler. Only what is our mistake is logged as an error; the message of a mistake stays here. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Problem) return sendProblem(request, reply, error.code, error.message, error.retryAfterS)
  const { validation, statusCode } = error as { validation?: unknown; statusCode?: unknown }
  if (validation !== undefined) return sendProblem(request, reply, 'request.invalid', (error as Error).message)
  if (typeof statusCode === 'number' && statusCode < 500) {
    return sendProblem(request, reply, 'request.invalid', (error as Error).message)
  }
  const trouble = error instanceof StoreFault ? error.reason : troubleOf(error, () => false)
  if (trouble !== undefined) return sendProblem(request, reply, 'store.unavailable', trouble)
  request.log.error({ error: (error as Error).message, stack: (error as Error).stack }, 'request failed')
  return sendProblem(request, reply, 'internal.broken')
}
