// REST of the catalogue: anybody looks through it; ESPs apply and keep their services; the operator admits, reviews, expels, and counts.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Result } from '../../shared/kernel/result.ts'
import {
  CatalogueQuerySchema,
  ESP_STATES,
  EspEventSchema,
  EspProfileSchema,
  EspSchema,
  type EspState,
  ServicePageSchema,
  ServiceReviewSchema,
  ServiceSchema,
  ServiceTextSchema,
  SubscriptionCountSchema,
} from '../../shared/schema/catalogue.ts'
import { LanguageSchema } from '../../shared/schema/permission.ts'
import { listOf, PageQuery, PageQuerySchema, paged, pageOf as rowsOf } from '../api/pages.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import { countMonths, countSubscriptions } from './counts.ts'
import type { EspDecision, EspFault, Esps } from './esps.ts'
import { pageOf } from './listing.ts'
import type { ServiceFault } from './service-life.ts'
import { reviewOf } from './service-review.ts'
import type { Services } from './services.ts'
import { espIdOf } from './whose.ts'

export interface CatalogueRooms {
  store: Store
  esps: Esps
  services: Services
  /** Epoch ms. */
  nowMs(): number
}

const DAY_MS = 86_400_000
const closed = { additionalProperties: false } as const
const Params = Type.Object({ id: Type.String({ maxLength: 64 }) })
const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Remark = Type.String({ maxLength: 1000, default: '' })

const DECISIONS: { [act in EspDecision]: string } = {
  admit: 'Admits an ESP: its services can be published and subscribed to',
  refuse: 'Refuses an application',
  suspend: 'Suspends an ESP: nobody can subscribe to what it offers; what was granted goes on',
  expel: 'Expels an ESP; all that it was permitted ends',
}

export function catalogueRoutes({ store, esps, services, nowMs }: CatalogueRooms): FastifyPluginCallbackTypebox {
  const security: { [scheme: string]: string[] }[] = [{ accessKey: [] }, { cookie: [] }]
  const common = { tags: ['catalogue'], security }
  const answers = problemAnswers('request.invalid', 'store.unavailable')
  const espAnswers = { ...answers, ...problemAnswers('esp.unknown'), ...problemAnswers('esp.wrong-state') }
  const serviceAnswers = {
    ...answers,
    ...problemAnswers('service.unknown', 'esp.unknown'),
    ...problemAnswers('service.wrong-state', 'service.other-text'),
    ...problemAnswers('service.no-privacy-policy', 'service.text-invalid'),
    ...problemAnswers('esp.not-admitted'),
  }

  return (app, _options, done) => {
    app.get(
      '/catalogue',
      {
        config: { access: 'catalogue.see' },
        schema: {
          tags: ['catalogue'],
          summary: 'Services that can be subscribed to, in an order that is drawn anew every day',
          description:
            'No place can be bought: the order comes from the day and the service’s id, and is the same for everybody.',
          querystring: CatalogueQuerySchema,
          response: { 200: ServicePageSchema, ...answers, ...problemAnswers('request.invalid', 'cursor.invalid') },
        },
      },
      async ({ query }) => {
        const page = pageOf(await services.published(), query, Math.floor(nowMs() / DAY_MS))
        if (!page.ok) throw new Problem('cursor.invalid')
        return page.value
      },
    )

    app.get(
      '/catalogue/:id',
      {
        config: { access: 'catalogue.see' },
        schema: {
          tags: ['catalogue'],
          summary: 'One service',
          params: Params,
          response: { 200: ServiceSchema, ...answers, ...problemAnswers('service.unknown') },
        },
      },
      async ({ params }) => {
        const service = (await services.published()).find(({ serviceId }) => serviceId === params.id)
        if (service === undefined) throw new Problem('service.unknown')
        return service
      },
    )

    app.post(
      '/esps',
      {
        config: { access: 'esp.apply' },
        schema: {
          ...common,
          summary: 'Applies to be an ESP here',
          body: EspProfileSchema,
          response: { 200: EspSchema, ...answers, ...problemAnswers('esp.exists') },
        },
      },
      async ({ accountNo, actor, body }) => espOrThrow(await esps.apply(accountNo, body, actor)),
    )

    app.get(
      '/esp',
      {
        config: { access: 'esp.manage' },
        schema: { ...common, summary: 'The ESP that one looks after', response: { 200: EspSchema, ...espAnswers } },
      },
      async request => {
        const esp = await esps.find(espIdOf(request))
        if (esp === undefined) throw new Problem('esp.unknown')
        return esp
      },
    )

    app.put(
      '/esp',
      {
        config: { access: 'esp.manage' },
        schema: {
          ...common,
          summary: 'Changes its profile',
          body: EspProfileSchema,
          response: { 200: EspSchema, ...espAnswers },
        },
      },
      async request => {
        const espId = espIdOf(request)
        return espOrThrow(await esps.changeProfile(espId, request.body, request.actor))
      },
    )

    app.get(
      '/esp/services',
      {
        config: { access: 'esp.manage' },
        schema: {
          ...common,
          summary: 'Its services, every version',
          querystring: PageQuerySchema,
          response: {
            200: listOf(ServiceSchema),
            ...espAnswers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async request => {
        const page = rowsOf(request.query, 'esp-services')
        return paged(await services.ofEsp(espIdOf(request), page), page)
      },
    )

    app.post(
      '/esp/services',
      {
        config: { access: 'esp.manage' },
        schema: {
          ...common,
          summary: 'Drafts a service',
          body: ServiceTextSchema,
          response: { 200: ServiceSchema, ...serviceAnswers },
        },
      },
      async request => {
        const esp = await esps.find(espIdOf(request))
        if (esp === undefined) throw new Problem('esp.unknown')
        return serviceOrThrow(await services.add(esp.no, request.body, request.actor))
      },
    )

    app.put(
      '/esp/services/:id',
      {
        config: { access: 'esp.manage' },
        schema: {
          ...common,
          summary: 'Changes a draft, or begins the next version of a published service',
          params: Params,
          body: ServiceTextSchema,
          response: { 200: ServiceSchema, ...serviceAnswers },
        },
      },
      async request => {
        const espId = espIdOf(request)
        return serviceOrThrow(await services.change(espId, request.params.id, request.body, request.actor))
      },
    )

    for (const act of ['submit', 'publish'] as const) {
      app.post(
        `/esp/services/:id/${act}`,
        {
          config: { access: 'esp.manage' },
          schema: {
            ...common,
            summary: act === 'submit' ? 'Puts the draft before the operator' : 'Publishes what was reviewed',
            params: Params,
            response: { 200: ServiceSchema, ...serviceAnswers },
          },
        },
        async (request: FastifyRequest<{ Params: { id: string } }>) => {
          const espId = espIdOf(request)
          return serviceOrThrow(await services[act](espId, request.params.id, request.actor))
        },
      )
    }

    app.post(
      '/esp/services/:id/withdraw',
      {
        config: { access: 'esp.manage' },
        schema: {
          ...common,
          summary: 'Takes it out of the catalogue; what customers have granted goes on, or ends with it',
          params: Params,
          body: Type.Object({ endsPermissions: Type.Boolean({ default: false }) }, closed),
          response: { 200: ServiceSchema, ...serviceAnswers },
        },
      },
      async request => {
        const espId = espIdOf(request)
        const { endsPermissions } = request.body
        return serviceOrThrow(await services.withdraw(espId, request.params.id, endsPermissions, request.actor))
      },
    )

    app.get(
      '/esp/subscription-counts',
      {
        config: { access: 'esp.manage' },
        schema: {
          ...common,
          summary: 'Its active subscriptions in each of the last months, this one first: what its fee goes by',
          querystring: Type.Object({ months: Type.Integer({ minimum: 1, maximum: 24, default: 12 }) }, closed),
          response: { 200: Type.Object({ items: Type.Array(SubscriptionCountSchema) }, closed), ...espAnswers },
        },
      },
      async request => {
        const esp = await esps.find(espIdOf(request))
        if (esp === undefined) throw new Problem('esp.unknown')
        return { items: await countMonths(store, esp, request.query.months, nowMs()) }
      },
    )

    app.get(
      '/esps',
      {
        config: { access: 'esp.oversee' },
        schema: {
          ...common,
          summary: 'ESPs, oldest first',
          querystring: Type.Object(
            { ...PageQuery, state: Type.Optional(Type.Unsafe<EspState>(Type.String({ enum: [...ESP_STATES] }))) },
            closed,
          ),
          response: { 200: listOf(EspSchema), ...answers, ...problemAnswers('request.invalid', 'cursor.invalid') },
        },
      },
      async ({ query }) => {
        const page = rowsOf(query, 'esps')
        return paged(await esps.list(query.state, page), page)
      },
    )

    app.get(
      '/esps/:id/events',
      {
        config: { access: 'esp.oversee' },
        schema: {
          ...common,
          summary: 'What happened to an ESP and its services, newest first',
          params: Params,
          querystring: PageQuerySchema,
          response: {
            200: listOf(EspEventSchema),
            ...espAnswers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ params, query }) => {
        const page = rowsOf(query, 'esp-events')
        const story = await esps.story(params.id, page)
        if (story === undefined) throw new Problem('esp.unknown')
        return paged(story, page)
      },
    )

    for (const act of ['admit', 'refuse', 'suspend', 'expel'] as const) {
      app.post(
        `/esps/:id/${act}`,
        {
          config: { access: 'esp.oversee' },
          schema: {
            ...common,
            summary: DECISIONS[act],
            params: Params,
            body: Type.Object({ remark: Remark }, closed),
            response: { 200: EspSchema, ...espAnswers },
          },
        },
        async (request: FastifyRequest<{ Params: { id: string }; Body: { remark: string } }>) =>
          espOrThrow(await esps.decide(request.params.id, act, request.body.remark, request.actor)),
      )
    }

    app.get(
      '/services/submitted',
      {
        config: { access: 'esp.oversee' },
        schema: {
          ...common,
          summary: 'What waits for a review',
          querystring: PageQuerySchema,
          response: { 200: listOf(ServiceSchema), ...answers, ...problemAnswers('request.invalid', 'cursor.invalid') },
        },
      },
      async ({ query }) => {
        const page = rowsOf(query, 'submitted-services')
        return paged(await services.submitted(page), page)
      },
    )

    app.get(
      '/services/:id/review',
      {
        config: { access: 'esp.oversee' },
        schema: {
          ...common,
          summary: 'What customers of its newest version will read, line by line, and what the version before said',
          params: Params,
          querystring: Type.Object({ language: LanguageSchema }, closed),
          response: { 200: ServiceReviewSchema, ...serviceAnswers },
        },
      },
      async ({ params, query }) => {
        const found = await services.underReview(params.id)
        if (found === undefined) throw new Problem('service.unknown')
        return reviewOf(found.esp, found.service, found.before, query.language)
      },
    )

    app.post(
      '/services/:id/review',
      {
        config: { access: 'esp.oversee' },
        schema: {
          ...common,
          summary: 'The operator’s word about exactly the text that was read; a text that is not good is a draft again',
          params: Params,
          body: Type.Object({ digest: Digest, isGood: Type.Boolean(), remark: Remark }, closed),
          response: { 200: ServiceSchema, ...serviceAnswers },
        },
      },
      async ({ params, body: { digest, isGood, remark }, actor }) =>
        serviceOrThrow(await services.review(params.id, digest, isGood, remark, actor)),
    )

    app.post(
      '/services/:id/withdraw',
      {
        config: { access: 'esp.oversee' },
        schema: {
          ...common,
          summary: 'The operator takes a service out; all that was granted for it ends',
          params: Params,
          response: { 200: ServiceSchema, ...serviceAnswers },
        },
      },
      async ({ params, actor }) => serviceOrThrow(await services.withdraw(undefined, params.id, true, actor)),
    )

    app.get(
      '/subscription-counts',
      {
        config: { access: 'esp.count' },
        schema: {
          ...common,
          summary: 'Active subscriptions of each ESP in a month of the calendar in Brussels: what its fee goes by',
          querystring: Type.Object({ month: Type.String({ pattern: '^20[0-9]{2}-(0[1-9]|1[0-2])$' }) }, closed),
          response: { 200: Type.Object({ items: Type.Array(SubscriptionCountSchema) }, closed), ...answers },
        },
      },
      async ({ query }) => ({ items: await countSubscriptions(store, query.month) }),
    )
    done()
  }
}

function espOrThrow<T>(done: Result<T, EspFault>): T {
  if (done.ok) return done.value
  throw new Problem(done.fault.code, 'state' in done.fault ? `It is ${done.fault.state}.` : undefined)
}

function serviceOrThrow<T>(done: Result<T, ServiceFault>): T {
  if (done.ok) return done.value
  const { fault } = done
  switch (fault.code) {
    case 'service.need-invalid':
      throw new Problem('service.text-invalid', `The data need: ${fault.why}.`)
    case 'service.price-invalid':
      throw new Problem('service.text-invalid', 'The price: free and an amount, or neither.')
    case 'service.wrong-state':
      throw new Problem(fault.code, `It is ${fault.state}.`)
    default:
      throw new Problem(fault.code)
  }
}
