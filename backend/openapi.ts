// The API's description, generated from the same schemas that check requests: there is no second truth to keep in step.

import Type, { type TSchema } from 'typebox'
import { PROBLEMS, type ProblemCode, ProblemSchema } from '../shared/schema/problem.ts'

/** The problem answers of a route, by status; every code it can give is named in the description. */
export function problemAnswers(...codes: ProblemCode[]): Answers {
  return withProblems({}, ...codes)
}

export interface Answers {
  [status: number]: TSchema
}

/** The same answers, and these problems: beside those of the same status that are there already. */
export function withProblems(answers: Answers, ...codes: ProblemCode[]): Answers {
  const all = { ...answers }
  for (const code of codes) {
    const { status, title } = PROBLEMS[code]
    const { description: before } = Object(all[status]) as { description?: string }
    const word = `\`${code}\`: ${title}`
    if (before?.includes(`\`${code}\``)) continue
    all[status] = Type.Unsafe({
      description: before === undefined ? word : `${before}. ${word}`,
      content: { 'application/problem+json': { schema: ProblemSchema } },
    })
  }
  return all
}

export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'nrt',
    version: '1.0.0',
    description:
      'Near-real-time electricity readings: one’s own, and those that a customer has permitted. Energy in Wh, power in W, times in epoch seconds UTC. ' +
      'Errors, pages, idempotency keys and versions are told in docs/api.md; what comes to ESPs by itself in `/asyncapi.json`.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'where this description is' }],
  tags: [
    { name: 'metering points', description: 'Readings, rollups and live streams of a grid user’s own metering points' },
    { name: 'operating', description: 'Dongles and what is asked of them; with the operator key only' },
    { name: 'updates', description: 'Releases and rollouts; for operators' },
    {
      name: 'hawkBit',
      description: 'Direct Device Integration API of Eclipse hawkBit, version 1, for clients that know it',
    },
    { name: 'dongles', description: 'Making dongles known; for installers' },
    { name: 'own dongles', description: 'Claiming a dongle, and what its owner may do with it' },
    { name: 'access register', description: 'The embedded access register; with the operator key only' },
    { name: 'terms of use', description: 'What a customer accepts before anything is shared' },
    { name: 'catalogue', description: 'Services of ESPs, their admission and review' },
    { name: 'consent', description: 'A customer’s permissions, receipts, notices and logs' },
    { name: 'esp', description: 'What an ESP was permitted, and has to acknowledge' },
    {
      name: 'people',
      description: 'Who is signed in, one’s account, mandates; `x-acting-for` names the mandate under which one asks',
    },
    { name: 'ESP access', description: 'Tokens of ESPs’ machines, and their keys' },
    { name: 'supervision', description: 'Health, readiness and metrics; no consumption values' },
  ],
  components: {
    schemas: {} as { [name: string]: object },
    securitySchemes: {
      accessKey: { type: 'http' as const, scheme: 'bearer' },
      operatorKey: { type: 'http' as const, scheme: 'bearer' },
      espToken: { type: 'http' as const, scheme: 'bearer', bearerFormat: 'JWT' },
      // OpenAPI 3.1 has it; the types that Fastify's plugin knows do not
      espCertificate: {
        type: 'mutualTLS',
        description:
          'beside the token, of an ESP that has registered a certificate: the token is bound to it (RFC 8705)',
      } as never,
      targetToken: { type: 'apiKey' as const, in: 'header' as const, name: 'authorization' },
      cookie: { type: 'apiKey' as const, in: 'cookie' as const, name: 'nrt_session' },
    },
  },
}
