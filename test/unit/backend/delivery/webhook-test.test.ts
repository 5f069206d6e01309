// The button that posts a test to an ESP's own address: how often it may be pressed, and what is said then. The real routes over a webhook that counts.

import fastify from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { type DeliveryRouteRooms, deliveryRoutes } from '../../../../backend/delivery/routes.ts'
import { answerError } from '../../../../backend/problem.ts'
import { manualClock } from '../../../support/facts.ts'

const posted: string[] = []
const clock = manualClock()
/** What the routes of a test ask for. */
const rooms = {
  endpoints: { of: (espId: string) => (espId === 'esp_new' ? undefined : { url: new URL('https://esp.example/') }) },
  webhooks: {
    async tell(espId: string) {
      posted.push(espId)
      return { kind: 'answered', status: 204 }
    },
  },
  esps: { find: async () => ({ state: 'admitted' }) },
  clock,
} as unknown as DeliveryRouteRooms
const app = fastify()
app.setErrorHandler(answerError)
app.decorateRequest('caller', null as never)
app.addHook('onRequest', async request => {
  request.caller = { kind: 'machine', espId: String(request.headers['x-esp']) }
})
void app.register(deliveryRoutes(rooms))

afterEach(() => void posted.splice(0))

async function press(espId: string) {
  const answer = await app.inject({ method: 'POST', url: '/esp/webhook/test', headers: { 'x-esp': espId } })
  return { status: answer.statusCode, code: answer.json().code, retryAfter: answer.headers['retry-after'] }
}

test('a webhook is tested five times at once, then once a minute, and other ESPs are not held up', async () => {
  for (let i = 0; i < 5; i++) expect((await press('esp_a')).status).toBe(200)
  expect(await press('esp_a')).toEqual({ status: 429, code: 'webhook.throttled', retryAfter: '60' })
  expect((await press('esp_b')).status).toBe(200)
  clock.nowS += 40
  expect(await press('esp_a')).toEqual({ status: 429, code: 'webhook.throttled', retryAfter: '20' })
  clock.nowS += 20
  expect((await press('esp_a')).status).toBe(200)
  expect((await press('esp_a')).status).toBe(429)
  expect(posted).toEqual([...Array(5).fill('esp_a'), 'esp_b', 'esp_a'])
})

test('where no webhook is kept nothing is counted', async () => {
  for (let i = 0; i < 7; i++) expect((await press('esp_new')).code).toBe('webhook.unknown')
})
