// What an operation that is going away says of itself, and that nothing can be called so without a year's notice.

import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { DEPRECATED_AT_LEAST_S, type Endings, sayWhatEnds } from '../../../backend/api/versions.ts'

const SINCE_S = 1_800_000_000
const ENDING = { deprecatedS: SINCE_S, sunsetS: SINCE_S + DEPRECATED_AT_LEAST_S, instead: '/api/v2/things' }

async function served(endings: Endings) {
  const app = Fastify()
  sayWhatEnds(app, endings)
  app.get('/api/v1/things/:id', async () => ({}))
  app.get('/api/v1/others', async () => ({}))
  await app.ready()
  return async (url: string, method: 'GET' | 'HEAD' = 'GET') => (await app.inject({ url, method })).headers
}

test('it says since when and until when in every answer, and what to use instead; others say nothing', async () => {
  const ask = await served({ 'GET /api/v1/things/{id}': ENDING })
  for (const method of ['GET', 'HEAD'] as const) {
    expect(await ask('/api/v1/things/7', method)).toMatchObject({
      deprecation: '@1800000000',
      sunset: 'Sat, 15 Jan 2028 08:00:00 GMT',
      link: '</api/v2/things>; rel="successor-version"',
    })
  }
  const others = await ask('/api/v1/others')
  expect([others.deprecation, others.sunset]).toEqual([undefined, undefined])
})

test('less than a year’s notice, or a name that is served by nobody, keeps the platform from starting', async () => {
  const soon = { ...ENDING, sunsetS: ENDING.sunsetS - 1 }
  await expect(served({ 'GET /api/v1/things/{id}': soon })).rejects.toThrow('would end too soon')
  await expect(served({ 'GET /api/v1/thing': ENDING })).rejects.toThrow('there is no GET /api/v1/thing')
})
