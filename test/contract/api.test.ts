// The API's descriptions against the platform: the examples are what a story really asks and is answered, what comes to ESPs looks as AsyncAPI says, and
// lists and acts keep the rules of docs/api.md at every address.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { ASYNCAPI } from '../../backend/api/asyncapi.ts'
import { EXAMPLE } from '../../backend/api/event-examples.ts'
import examples from '../../backend/api/examples.json' with { type: 'json' }
import { deliveryOf } from '../../backend/delivery/delivery.ts'
import { documentsOf } from '../../backend/delivery/formats/formats.ts'
import { eventOf } from '../../backend/delivery/webhooks.ts'
import { tellTheStory } from '../support/api-story.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { HOME_EAN, HOME_SERIAL } from '../support/claimed-home.ts'
import { checkBody, describedBy } from '../support/described.ts'
import { granted } from '../support/permissions.ts'

type Paths = { [path: string]: { [method: string]: { operationId: string; 'x-right'?: string } } }

const OPERATOR_KEY = 'operator-key-of-the-api-0123456789'
let t: TestBackend
let api: Awaited<ReturnType<typeof describedBy>>
beforeAll(async () => {
  t = await openTestBackend({ config: { operatorKey: OPERATOR_KEY } })
  api = await describedBy(t)
})
afterAll(() => t.stop())

test('each example is what is asked, and what it is answered', async () => {
  const around: unknown[] = []
  const told = await tellTheStory((posts, logged) => void around.push({ posts }, { logged }))
  expect(told).toEqual(examples)
  // the canary: EAN and meter serial are in what the customer and the operator say and see, and in nothing that an ESP gets, nor in a log line
  const canary = new RegExp(`${HOME_EAN}|${HOME_SERIAL}`)
  expect(JSON.stringify(told)).toMatch(canary)
  const ofEsps = Object.values(api.description.paths as unknown as Paths)
    .flatMap(item => Object.values(item))
    .filter(operation => /^(esp|esp-keys|deliveries|token)\./.test(operation['x-right'] ?? ''))
    .map(({ operationId }) => operationId)
  expect(ofEsps.length).toBeGreaterThan(30)
  for (const operation of ofEsps) expect(JSON.stringify(told[operation]) ?? '', operation).not.toMatch(canary)
  expect(JSON.stringify(around)).not.toMatch(canary)
})

test('a delivery in each format, a notice and a test are as AsyncAPI shows and describes them', () => {
  const { document } = EXAMPLE
  const { permissionId, serviceId, version, ean = '', periodS, readings } = document
  const fields = ['offtakeWh', 'offtakeW'] as const
  const need = { ...granted().need, fields: [...fields], periodS, aggregation: 'mean' as const, needsEan: true }
  const permission = { ...granted(), permissionId, serviceId, version, ean, need }
  const delivery = deliveryOf(permission, readings)
  const madeS = Date.parse(EXAMPLE.envelope.time) / 1000
  expect(documentsOf('json', delivery, madeS)).toEqual([document])
  expect(documentsOf('rtd', delivery, madeS)).toEqual([EXAMPLE.rtd])
  expect(documentsOf('timeseries', delivery, madeS)).toEqual([EXAMPLE.timeSeries])
  const { id, source } = EXAMPLE.envelope
  const posted = JSON.parse(eventOf(id, 'nrt.readings.json', source, madeS * 1000, document))
  expect(posted).toEqual(ASYNCAPI.components.messages.readingsPosted.examples[0]?.payload)
  for (const [name, message] of Object.entries(ASYNCAPI.components.messages)) {
    for (const example of message.examples) checkBody(message.payload, example.payload, name)
  }
})

test('a cursor that was garbled, or is of another list, is refused with a code, in every list', async () => {
  const operator = (await t.backend.openOperator('anne')).accessKey
  const manager = (await t.backend.openAs('bert', 'esp-manager')).accessKey
  const profile = { name: 'Ohm', companyNumber: '0123.456.789', country: 'BE', contact: { eMail: 'a@b.example' } }
  const headers = { authorization: `Bearer ${manager}` }
  await t.backend.app.inject({ method: 'POST', url: '/api/v1/esps', headers, payload: profile })
  const keys = [t.accessKey, operator, manager, OPERATOR_KEY]
  const other = Buffer.from('1.another-list.7').toString('base64url')
  let lists = 0
  for (const [path, { get }] of Object.entries(api.description.paths)) {
    const takes = (get as { parameters?: { name: string }[] } | undefined)?.parameters?.map(({ name }) => name) ?? []
    if (!takes.includes('cursor') || !takes.includes('limit') || takes.includes('fromS')) continue
    const url = path.replace('/dongles/{id}', `/dongles/${t.dongleId}`)
    if (url.includes('{')) continue // of one rollout, of one ESP: the same function
    for (const cursor of ['x', '%F0%9F%94%8C', other]) {
      const answers = await Promise.all(keys.map(key => t.get(`${url}?cursor=${cursor}`, key)))
      expect(
        answers.map(({ body }) => body.code),
        url,
      ).toContain('cursor.invalid')
    }
    lists++
  }
  expect(lists).toBeGreaterThan(14)
})

test('pages of a list make the whole of it, and each says where the next one is', async () => {
  const ask = async (url: string) => {
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` }
    const answer = await t.backend.app.inject({ url, headers })
    return { ...answer.json(), link: answer.headers.link as string | undefined }
  }
  for (let i = 0; i < 5; i++) await t.backend.openAccount(`person ${i}`)
  for (const list of ['/api/v1/people?limit=200', '/api/v1/account-events?limit=200']) {
    const whole = await ask(list)
    expect([whole.next, whole.link]).toEqual([null, undefined])
    const found: unknown[] = []
    for (let url: string | undefined = list.replace('200', '2'); url !== undefined; ) {
      const page = await ask(url)
      found.push(...page.items)
      expect(page.link === undefined).toBe(page.next === null)
      url = page.link && (/^<([^>]+)>; rel="next"$/.exec(page.link)?.[1] as string)
    }
    expect(found).toEqual(whole.items)
  }
})
