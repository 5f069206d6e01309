// A platform with a household, a provider that is admitted and a service that is published, asked over REST by the people whose business each step is.

import type { LightMyRequestResponse } from 'fastify'
import { FRESH_MAX_S } from '../../backend/access/caller.ts'
import type { Permission } from '../../backend/consent/permission.ts'
import { acceptTerms as accept } from '../../scripts/accept-terms.ts'
import type { EspProfile, Service, ServiceText } from '../../shared/schema/catalogue.ts'
import type { Language } from '../../shared/schema/data-need.ts'
import type { OwnPermission, Statement } from '../../shared/schema/permission.ts'
import { openTestBackend, type TestBackend, type TestBackendWish } from './backend.ts'
import { aNeed } from './permissions.ts'
import { type Visitor, visitorOf } from './visitor.ts'

export const OPERATOR_KEY = 'operator-key-of-consent-0123456789'

export function aProfile(name = 'Watt & Co'): EspProfile {
  return { name, companyNumber: '0123.456.789', country: 'BE', contact: { eMail: 'help@watt.example' } }
}

const four = (text: string) => ({ nl: `${text} nl`, fr: `${text} fr`, de: `${text} de`, en: `${text} en` })

export function aServiceText(change: Partial<ServiceText> = {}): ServiceText {
  return {
    name: four('Peak watch'),
    summary: four('Tells you when you take much at once.'),
    category: 'energy-optimisation',
    kinds: ['threshold-exceeded'],
    channels: ['app'],
    price: { currency: 'EUR', amountCents: 199, per: 'month', text: four('Monthly, to be ended at any time.') },
    contact: { eMail: 'help@watt.example' },
    privacyPolicy: 'https://watt.example/privacy',
    need: aNeed(),
    ...change,
  }
}

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  body: any
  headers: { [name: string]: unknown }
}

export async function openConsentWorld(wish: TestBackendWish = {}) {
  return consentWorldOn(await openTestBackend({ ...wish, config: { operatorKey: OPERATOR_KEY, ...wish.config } }))
}

/** On a platform that is open already. `t`'s account and point are the household's. */
export async function consentWorldOn(t: TestBackend) {
  const [operator, manager, rival] = [
    (await t.backend.openOperator('anne')).accessKey,
    (await t.backend.openAs('bert', 'esp-manager')).accessKey,
    (await t.backend.openAs('carl', 'esp-manager')).accessKey,
  ]
  let keys = 0

  async function ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    accessKey: string,
    payload?: object,
    headers: { [name: string]: string } = {},
  ): Promise<Answer> {
    const answer = await t.backend.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${accessKey}`, ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
    return answerOf(answer)
  }

  const signedIn = new Map<string, { visitor: Visitor; atS: number; done: Promise<unknown> }>()

  /** POST of what weighs: by the person whose key this is, signed in within the last minutes at the platform's own identity service. */
  async function weigh(path: string, payload?: object, headers = {}, accessKey = t.accessKey): Promise<Answer> {
    const known = signedIn.get(accessKey)
    const isFresh = known !== undefined && t.clock.nowS - known.atS < FRESH_MAX_S / 2
    const { visitor, done } = isFresh ? known : signIn(accessKey, known?.visitor ?? visitorOf(t.backend))
    await done
    return answerOf(await visitor.ask('POST', `/api/v1${path}`, payload, headers))
  }

  function signIn(accessKey: string, visitor: Visitor) {
    const done = visitor.signIn({ login: '', password: accessKey, isFresh: true })
    const one = { visitor, atS: t.clock.nowS, done }
    signedIn.set(accessKey, one)
    return one
  }

  const freshKey = () => ({ 'idempotency-key': `key-of-a-test-${++keys}` })
  const own = (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, headers = {}) =>
    ask(method, path, t.accessKey, payload, headers)

  async function admittedEsp(accessKey: string, name?: string): Promise<string> {
    const { body } = await ask('POST', '/esps', accessKey, aProfile(name))
    await ask('POST', `/esps/${body.espId}/admit`, operator, { remark: 'papers seen' })
    return body.espId
  }

  /** From a draft, or the next version of `serviceId`, to the catalogue. */
  async function published(accessKey: string, text: ServiceText, serviceId?: string): Promise<Service> {
    const drafted =
      serviceId === undefined
        ? await ask('POST', '/esp/services', accessKey, text)
        : await ask('PUT', `/esp/services/${serviceId}`, accessKey, text)
    const id = drafted.body.serviceId
    const { digest } = (await ask('POST', `/esp/services/${id}/submit`, accessKey)).body
    await ask('POST', `/services/${id}/review`, operator, { digest, isGood: true })
    return (await ask('POST', `/esp/services/${id}/publish`, accessKey)).body
  }

  const acceptTerms = (accessKey = t.accessKey) => accept(t.backend, accessKey)

  async function requested(
    serviceId: string,
    language: Language = 'en',
  ): Promise<{ permission: OwnPermission; statement: Statement }> {
    const wish = { meteringPointId: t.pointId, serviceId, language }
    return (await own('POST', '/permissions', wish, freshKey())).body
  }

  const yesTo = ({ digest, language }: Statement) => ({ statement: digest, language, isPriceAccepted: true })

  const grant = (id: string, statement: Statement, headers: object = freshKey()) =>
    weigh(`/permissions/${id}/grant`, yesTo(statement), headers)

  async function subscribed(serviceId: string): Promise<OwnPermission> {
    const { permission, statement } = await requested(serviceId)
    return (await grant(permission.permissionId, statement)).body.permission
  }

  const espId = await admittedEsp(manager)
  const service = await published(manager, aServiceText())
  await acceptTerms()
  const { permissions } = t.backend
  const ended: Permission[] = []
  permissions.onEnded(permission => void ended.push(permission))
  const nowMs = () => t.clock.nowS * 1000
  return {
    ...{ t, operator, manager, rival, espId, service, permissions, ended, nowMs },
    ...{ ask, own, weigh, freshKey, admittedEsp, published, acceptTerms, requested, yesTo, grant, subscribed },
    stop: (keep = false) => t.stop(keep),
  }
}

function answerOf(answer: LightMyRequestResponse): Answer {
  const isJson = String(answer.headers['content-type']).includes('json')
  return { status: answer.statusCode, body: isJson ? answer.json() : answer.body, headers: answer.headers }
}

export type ConsentWorld = Awaited<ReturnType<typeof openConsentWorld>>
