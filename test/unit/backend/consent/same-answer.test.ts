// Somebody else's and nobody's are one: the same answer, made by the same statements in the same order, so that there is no difference to measure either. And what
// an ESP sees of a household has no serial and no name in it, and the EAN only while it is needed.

import { StatementSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { NOON_S } from '../../../support/batches.ts'
import { type ClaimedHome, HOME_EAN, HOME_SERIAL, type Person } from '../../../support/claimed-home.ts'
import { openConsentHome } from '../../../support/consent-home.ts'
import type { ConsentWorld } from '../../../support/consent-world.ts'

let home: ClaimedHome
let w: ConsentWorld
let bert: Person
let permissionId: string
let noticeId: string
let point: string

beforeAll(async () => {
  ;({ home, w, bert } = await openConsentHome())
  await w.admittedEsp(w.rival, 'Rival')
  ;({ permissionId } = await w.subscribed(w.service.serviceId))
  ;[{ noticeId }] = (await w.ask('GET', '/esp/notices', w.manager)).body.items
  point = (await w.own('GET', '/own/tenures')).body.items[0].meteringPointId
})
afterAll(() => home.stop())

type Method = 'GET' | 'POST' | 'DELETE'
interface Question {
  who: () => string
  method: Method
  path: (id: string) => string
  foreign: () => string
  body?: () => object
}

const SINCE = NOON_S - 86_400
const ofBert = () => bert.accessKey
const ofRival = () => w.rival
const RANGE = `resolution=raw&fromS=${NOON_S}&toS=${NOON_S + 60}`
const ofPoint = (path: (id: string) => string, method: Method = 'GET'): Question => {
  return { who: ofBert, method, path, foreign: () => point }
}
const ofPermission = (what: string, method: Method, who = ofBert, body?: () => object): Question => {
  return { who, method, path: id => `/${what.replace(':id', id)}`, foreign: () => permissionId, ...(body && { body }) }
}

const QUESTIONS: Question[] = [
  ofPoint(id => `/metering-points/${id}/latest`),
  ofPoint(id => `/metering-points/${id}/readings?${RANGE}`),
  ofPoint(id => `/metering-points/${id}/today`),
  ofPoint(id => `/metering-points/${id}/diagnosis`),
  ofPoint(id => `/own/tenures/${id}/${SINCE}/readings?${RANGE}`),
  ofPoint(id => `/own/tenures/${id}/${SINCE}/erase`, 'POST'),
  ofPermission('permissions/:id/receipt', 'GET'),
  ofPermission('permissions/:id/revoke', 'POST'),
  ofPermission('permissions/:id/refuse', 'POST'),
  ofPermission('esp/permissions/:id/terminate', 'POST', ofRival),
  { who: ofRival, method: 'POST', path: id => `/esp/notices/${id}/acknowledge`, foreign: () => noticeId },
]

/** From now on, until they are asked for. */
function watchStatements(): () => string[] {
  const statements: string[] = []
  const spies = (['all', 'run', 'get', 'iterate'] as const).map(way => {
    const real = StatementSync.prototype[way] as (...values: unknown[]) => unknown
    return vi.spyOn(StatementSync.prototype, way).mockImplementation(function (
      this: StatementSync,
      ...values: unknown[]
    ) {
      statements.push(this.sourceSQL)
      return real.apply(this, values) as never
    })
  })
  return () => {
    for (const spy of spies) spy.mockRestore()
    return statements
  }
}

describe('a foreign id and one that does not exist:', () => {
  test.each(QUESTIONS.map(question => [`${question.method} ${question.path('ID')}`, question] as const))(
    '%s',
    async (_name, { who, method, path, foreign, body }) => {
      const asked = async (id: string) => {
        const made = watchStatements()
        const answer = await w.ask(method, path(id), who(), body?.())
        const { instance: _, ...problem } = answer.body
        return { statements: made(), status: answer.status, problem }
      }
      const own = foreign()
      await asked(own) // what is remembered of who asks is there then
      const [unknown, forbidden] = [await asked(`${own.slice(0, -6)}zzzzzz`), await asked(own)]
      expect(forbidden).toEqual(unknown)
      expect(unknown.status).toBeGreaterThanOrEqual(400)
      expect(unknown.statements).not.toEqual([])
    },
  )
})

test('an ESP whose need does not ask for the EAN never sees it; nor the meter, our word for the point, or who holds it', async () => {
  const shared = [await w.ask('GET', '/esp/permissions', w.manager), await w.ask('GET', '/esp/notices', w.manager)]
  const ended = [
    await w.ask('POST', `/esp/permissions/${permissionId}/terminate`, w.manager),
    await w.ask('GET', '/esp/permissions', w.manager),
    await w.ask('GET', '/esp/notices', w.manager),
  ]
  const saidOf = (answers: typeof ended) => JSON.stringify(answers.map(({ body, headers }) => [body, headers]))
  expect(saidOf(shared)).toContain(permissionId)
  expect(saidOf(ended)).toContain(permissionId)
  for (const secret of [HOME_EAN, HOME_SERIAL, point, 'person-A', w.t.accountId]) {
    expect(saidOf([...shared, ...ended])).not.toContain(secret)
  }
})
