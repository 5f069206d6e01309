// REST for ESPs' machines and managers: readings under a permission (machines alone), where webhooks go, how deliveries do, what was given up. An answer with
// readings is in the format that was asked for; plain JSON also names the next page, the others have it in the Link header (RFC 8288).

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { EspState } from '../../shared/schema/catalogue.ts'
import {
  DeadDeliverySchema,
  DeliveryDocumentSchema,
  type DeliveryFormat,
  DeliveryGapsSchema,
  type DeliveryHealth,
  DeliveryHealthSchema,
  GapQuerySchema,
  LatestDeliveryQuerySchema,
  NewWebhookSchema,
  PULL_LIMIT_DEFAULT,
  PullPageSchema,
  PullQuerySchema,
  ReplayedDeliverySchema,
  WebhookSchema,
  WebhookTestSchema,
  WebhookWishSchema,
} from '../../shared/schema/delivery.ts'
import { machineOf } from '../access/caller.ts'
import { createThrottle } from '../accounts/throttle.ts'
import { listOf, PageQuerySchema, paged, pageOf } from '../api/pages.ts'
import { espIdOf } from '../catalogue/whose.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import { randomId } from '../random-id.ts'
import { wallMsOf } from '../wall-clock.ts'
import type { Checkpoint, DeadDelivery } from './checkpoint.ts'
import { type Delivery, FLAG } from './delivery.ts'
import type { Endpoints } from './endpoints.ts'
import { jsonOf } from './formats/json.ts'
import { rtdOf, timeSeriesOf } from './formats/rtd.ts'
import type { Pull } from './pull.ts'
import type { DeskHealth, Webhooks } from './webhooks.ts'

export interface DeliveryRooms {
  pull: Pull
  /** This ESP takes webhooks from now on. */
  wanted(espId: string): void
  /** Delivers again what was given up; false when its permission is over, and it is done with. */
  replay(dead: DeadDelivery): Promise<boolean>
  /** How the ESP's endpoint does, whichever backend delivers. */
  deskOf(espId: string): Promise<DeskHealth>
  /** What has not arrived, channel by channel, and how many notices wait. */
  healthOf(espId: string): Promise<DeliveryHealth>
  endpoints: Endpoints
  webhooks: Pick<Webhooks, 'tell'>
  checkpoint: Checkpoint
  clock: Clock
}

/** `esps`: nothing is posted anywhere at the wish of who has only applied. */
export interface DeliveryRouteRooms extends DeliveryRooms {
  esps: { find(espId: string): Promise<{ state: EspState } | undefined> }
}

/** Tests that an ESP may have posted at once; then one more each TEST_REFILL_MS. */
export const TESTS_MAX = 5
export const TEST_REFILL_MS = 60_000

const PermissionParams = Type.Object({ id: Type.String({ maxLength: 64 }) })

/** What an answer in another format than ours may be: any JSON. */
const AnyDocument = Type.Unsafe<unknown>({ description: 'RTD v1.12, or an array of TimeSeries' })

export function deliveryRoutes(rooms: DeliveryRouteRooms): FastifyPluginCallbackTypebox {
  const { pull, endpoints, webhooks, checkpoint, clock } = rooms
  const tests = createThrottle(TESTS_MAX, TEST_REFILL_MS)
  const common = { tags: ['esp'], security: [{ espToken: [] }] as { [scheme: string]: string[] }[] }
  const take = { access: 'deliveries.take' } as const
  const manage = { access: 'deliveries.manage' } as const
  const direct = { access: 'deliveries.direct' } as const
  const both = { ...common, security: [{ espToken: [] }, { cookie: [] }] as typeof common.security }

  return (app, _options, done) => {
    app.get(
      '/esp/permissions/:id/latest',
      {
        config: take,
        schema: {
          ...common,
          summary: 'The newest reading that the permission lets out',
          params: PermissionParams,
          querystring: LatestDeliveryQuerySchema,
          response: {
            200: Type.Union([DeliveryDocumentSchema, AnyDocument]),
            ...problemAnswers('request.invalid', 'permission.unknown', 'store.unavailable'),
          },
        },
        serializerCompiler: () => value => JSON.stringify(value),
      },
      async (request, reply) => {
        const delivery = await pull.latest(machineOf(request).espId, request.params.id)
        return answerIn(request.query.format ?? 'json', reply, delivery, clock.wallS())
      },
    )
    app.get(
      '/esp/permissions/:id/readings',
      {
        config: take,
        schema: {
          ...common,
          summary: 'A range of what the permission lets out, page by page',
          params: PermissionParams,
          querystring: PullQuerySchema,
          response: {
            200: Type.Union([PullPageSchema, AnyDocument]),
            ...problemAnswers(
              'request.invalid',
              'range.invalid',
              'cursor.invalid',
              'permission.unknown',
              'store.unavailable',
            ),
          },
        },
        serializerCompiler: () => value => JSON.stringify(value),
      },
      async (request, reply) => {
        const { format = 'json', limit = PULL_LIMIT_DEFAULT, fromS, toS, cursor } = request.query
        const wish = { fromS, toS, limit, ...(cursor === undefined ? {} : { cursor }) }
        const { delivery, next } = await pull.range(machineOf(request).espId, request.params.id, wish)
        if (next !== null) {
          const more = new URLSearchParams({
            fromS: String(fromS),
            toS: String(toS),
            limit: String(limit),
            cursor: next,
            format,
          })
          void reply.header('link', `<${request.url.split('?', 1)[0]}?${more}>; rel="next"`)
        }
        const document = answerIn(format, reply, delivery, clock.wallS())
        return format === 'json' ? { ...document, next } : document
      },
    )
    app.get(
      '/esp/permissions/:id/gaps',
      {
        config: take,
        schema: {
          ...common,
          summary: 'What is missing in a range: lost for good, with the reason, or not here (yet)',
          params: PermissionParams,
          querystring: GapQuerySchema,
          response: {
            200: DeliveryGapsSchema,
            ...problemAnswers('request.invalid', 'range.invalid', 'permission.unknown', 'store.unavailable'),
          },
        },
      },
      async request => {
        const { fromS, toS } = request.query
        const gaps = await pull.gaps(machineOf(request).espId, request.params.id, fromS, toS)
        return { permissionId: request.params.id, fromS, toS, gaps }
      },
    )
    app.get(
      '/esp/webhook',
      {
        config: manage,
        schema: {
          ...both,
          summary: 'Where webhooks go, and how it does',
          response: { 200: WebhookSchema, ...problemAnswers('esp.unknown', 'webhook.unknown', 'store.unavailable') },
        },
      },
      async request => {
        const espId = espIdOf(request)
        const endpoint = endpoints.of(espId)
        if (endpoint === undefined) throw new Problem('webhook.unknown')
        return { url: endpoint.url.href, format: endpoint.format, ...(await rooms.deskOf(espId)) }
      },
    )
    app.put(
      '/esp/webhook',
      {
        config: direct,
        schema: {
          ...both,
          summary: 'Says where webhooks go; gives a new secret, this once',
          description:
            'From then on everything that permissions let out and that was not posted before is posted there.',
          body: WebhookWishSchema,
          response: {
            200: NewWebhookSchema,
            ...problemAnswers('request.invalid', 'webhook.refused', 'store.unavailable'),
            ...problemAnswers('esp.unknown', 'esp.not-admitted'),
          },
        },
      },
      async request => {
        const espId = espIdOf(request)
        const { url, format = 'json' } = request.body
        await assertAdmitted(espId)
        const set = await endpoints.set(espId, url, format)
        if (!set.ok) throw new Problem('webhook.refused', set.fault.code)
        rooms.wanted(espId)
        return { url: set.value.url.href, format, secret: set.value.secret }
      },
    )
    app.delete(
      '/esp/webhook',
      {
        config: direct,
        schema: {
          ...both,
          summary: 'No webhooks any more',
          response: { 204: Type.Null(), ...problemAnswers('esp.unknown', 'store.unavailable') },
        },
      },
      async (request, reply) => {
        await endpoints.remove(espIdOf(request))
        return reply.code(204).send(null)
      },
    )
    app.post(
      '/esp/webhook/test',
      {
        config: manage,
        schema: {
          ...both,
          summary: 'Posts a message of type nrt.test there, now and once',
          response: {
            200: WebhookTestSchema,
            ...problemAnswers('esp.unknown', 'webhook.unknown', 'store.unavailable'),
            ...problemAnswers('esp.not-admitted', 'webhook.throttled'),
          },
        },
      },
      async request => {
        const espId = espIdOf(request)
        await assertAdmitted(espId)
        assertMayTest(espId)
        const posted = await webhooks.tell(espId, randomId('test'), 'nrt.test', { text: 'This is a test.' })
        if (posted === undefined) throw new Problem('webhook.unknown')
        const isTaken = posted.kind === 'answered' && posted.status >= 200 && posted.status < 300
        return {
          isTaken,
          answer: posted.kind === 'answered' ? String(posted.status) : posted.kind === 'failed' ? posted.code : 'away',
        }
      },
    )
    app.get(
      '/esp/deliveries',
      {
        config: manage,
        schema: {
          ...both,
          summary: 'How deliveries do: what has not arrived, channel by channel',
          response: { 200: DeliveryHealthSchema, ...problemAnswers('esp.unknown', 'store.unavailable') },
        },
      },
      async request => rooms.healthOf(espIdOf(request)),
    )
    app.get(
      '/esp/dead-deliveries',
      {
        config: manage,
        schema: {
          ...both,
          summary: 'Deliveries that were given up, oldest first',
          querystring: PageQuerySchema,
          response: {
            200: listOf(DeadDeliverySchema),
            ...problemAnswers('request.invalid', 'cursor.invalid', 'esp.unknown', 'store.unavailable'),
          },
        },
      },
      async request => {
        const page = pageOf(request.query, 'dead-deliveries')
        const dead = await checkpoint.dead(espIdOf(request), page)
        return paged(
          dead.map(({ espId: _, ...item }) => ({ no: item.no, item })),
          page,
        )
      },
    )
    app.post(
      '/esp/dead-deliveries/:no/replay',
      {
        config: manage,
        schema: {
          ...both,
          summary: 'Delivers it again, if its permission still holds',
          params: Type.Object({ no: Type.Integer({ minimum: 1 }) }),
          response: {
            200: ReplayedDeliverySchema,
            ...problemAnswers('request.invalid', 'esp.unknown', 'delivery.unknown', 'store.unavailable'),
          },
        },
      },
      async request => {
        const dead = await checkpoint.oneDead(espIdOf(request), request.params.no)
        if (dead === undefined) throw new Problem('delivery.unknown')
        return { isPending: await rooms.replay(dead) }
      },
    )
    done()
  }

  /** Nobody's server is knocked at as often as a button can be pressed. Where nothing would be posted nothing is counted. */
  function assertMayTest(espId: string): void {
    if (endpoints.of(espId) === undefined) throw new Problem('webhook.unknown')
    const nowMs = wallMsOf(clock)
    if (!tests.mayTry(espId, nowMs)) throw new Problem('webhook.throttled', '', tests.waitS(espId, nowMs))
    tests.failed(espId, nowMs)
  }

  async function assertAdmitted(espId: string): Promise<void> {
    if ((await rooms.esps.find(espId))?.state !== 'admitted') throw new Problem('esp.not-admitted')
  }
}

function answerIn(format: DeliveryFormat, reply: FastifyReply, delivery: Delivery, nowS: number): object {
  void reply.header('nrt-flag', FLAG)
  if (format === 'json') return jsonOf(delivery)
  // RTD has no document without a TimeSeries: an empty page is an empty array.
  return format === 'rtd' ? (rtdOf(delivery, nowS) ?? []) : timeSeriesOf(delivery)
}
