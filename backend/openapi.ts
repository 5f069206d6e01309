// The API's description, generated from the same schemas that check requests: there is no second truth to keep in step.

import Type, { type TSchema } from 'typebox'
import { LiveReadingSchema } from '../shared/schema/metering-point.ts'
import { PROBLEMS, type ProblemCode, ProblemSchema } from '../shared/schema/problem.ts'
import { QualitySchema } from '../shared/schema/quality.ts'

/** The problem answers of a route, by status; every code it can give is named in the description. */
export function problemAnswers(...codes: ProblemCode[]): { [status: number]: TSchema } {
  const answers: { [status: number]: TSchema } = {}
  for (const code of codes) {
    const { status } = PROBLEMS[code]
    const same = codes.filter(other => PROBLEMS[other].status === status)
    answers[status] = Type.Unsafe({
      description: same.map(other => `\`${other}\`: ${PROBLEMS[other].title}`).join('. '),
      content: { 'application/problem+json': { schema: ProblemSchema } },
    })
  }
  return answers
}

export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'nrt',
    version: '1',
    description:
      'Near-real-time electricity readings of one’s own metering points. Energy in Wh, power in W, times in epoch seconds UTC.',
  },
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
    // What the live stream's events carry; a description of paths has no other place for them.
    schemas: { LiveReading: LiveReadingSchema, Quality: QualitySchema } as { [name: string]: object },
    securitySchemes: {
      accessKey: { type: 'http' as const, scheme: 'bearer' },
      operatorKey: { type: 'http' as const, scheme: 'bearer' },
      espToken: { type: 'http' as const, scheme: 'bearer', bearerFormat: 'JWT' },
      targetToken: { type: 'apiKey' as const, in: 'header' as const, name: 'authorization' },
      cookie: { type: 'apiKey' as const, in: 'cookie' as const, name: 'nrt_session' },
    },
  },
}
