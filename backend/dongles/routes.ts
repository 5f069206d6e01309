// REST for operators: what a dongle is, what was asked of it, and asking. An order is taken (202) and carried out when the dongle is there.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type, { type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Clock } from '../../shared/kernel/clock.ts'
import { ActDoneSchema, DongleEventSchema, OperatorActSchema } from '../../shared/schema/custody.ts'
import { DongleSchema, OrderSchema, WishSchema } from '../../shared/schema/dongle.ts'
import { listOf, numbered, PageQuerySchema, paged, pageOf } from '../api/pages.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import type { Custody } from './custody.ts'
import { eventsOf } from './dongle-events.ts'
import { type DongleRegister, rowOf } from './dongle-register.ts'
import type { OrderFault, Orders } from './order-book.ts'

export interface DongleRooms {
  dongles: DongleRegister
  orders: Orders
  store: Store
  custody: Custody
  clock: Clock
}

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) })
const DAY_S = 86_400
const EXPIRES_S = 7 * DAY_S
/** Nobody waits a week at a console. */
const EXPIRES_SOON_S = 900

const PROBLEM_OF: { [code in OrderFault['code']]: () => Problem } = {
  'dongle.unknown': () => new Problem('dongle.unknown'),
  'dongle.busy': () => new Problem('dongle.busy'),
  'dongle.epochs-used-up': () => new Problem('dongle.busy', 'This dongle has used up its 255 keys; enrol it anew.'),
}

/** Fastify's own check takes away what the first form of a union does not know, and then no other form fits. */
function exactly(schema: TSchema) {
  const compiled = Compile(schema)
  return (value: unknown) => (compiled.Check(value) ? { value } : { error: new Error(whatIsWrong(value)) })
}

function whatIsWrong(value: unknown): string {
  const { name } = Object(value) as { name?: unknown }
  const form = WishSchema.anyOf.find(one => one.properties.name.const === name)
  if (form === undefined) return `name is one of ${WishSchema.anyOf.map(one => one.properties.name.const).join(', ')}.`
  const [first] = Compile(form).Errors(value)
  return `${name}: ${first?.instancePath.slice(1) ?? ''} ${first?.message ?? 'does not fit'}.`.replace(':  ', ': ')
}

export function dongleRoutes({ dongles, orders, store, custody, clock }: DongleRooms): FastifyPluginCallbackTypebox {
  const common = { tags: ['operating'], security: [{ operatorKey: [] }] as { [scheme: string]: string[] }[] }
  const answers = problemAnswers(
    'access.missing',
    'access.throttled',
    'role.missing',
    'dongle.unknown',
    'store.unavailable',
  )

  return (app, _options, done) => {
    app.get(
      '/dongles/:id',
      {
        config: { access: 'dongles.look' },
        schema: { ...common, summary: 'A dongle', params: Params, response: { 200: DongleSchema, ...answers } },
      },
      async request => {
        const dongle = await dongles.describe(request.params.id)
        if (dongle === undefined) throw new Problem('dongle.unknown')
        return dongle
      },
    )

    app.get(
      '/dongles/:id/events',
      {
        config: { access: 'dongles.look' },
        schema: {
          ...common,
          summary: 'Its life, newest first',
          params: Params,
          querystring: PageQuerySchema,
          response: {
            200: listOf(DongleEventSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async request => {
        const row = await rowOf(store.registers, request.params.id)
        if (row === undefined) throw new Problem('dongle.unknown')
        const page = pageOf(request.query, 'dongle-events')
        return paged(numbered(await eventsOf(store.registers, row.no, page)), page)
      },
    )

    app.post(
      '/dongles/:id/acts',
      {
        config: { access: 'dongles.order' },
        schema: {
          ...common,
          summary: 'What only a state allows',
          description:
            'report-lost and retire cut it off at once. give-away frees it for a new owner: it is wiped, and the answer has the new claim ' +
            'code, which is not kept. clear-clone ends a suspicion after somebody has looked.',
          params: Params,
          body: OperatorActSchema,
          response: { 200: ActDoneSchema, ...answers, ...problemAnswers('request.invalid', 'dongle.wrong-state') },
        },
      },
      async request => {
        const { id: dongleId } = request.params
        const done = await custody.operate(dongleId, request.body.act)
        if (!done.ok) throw new Problem(done.fault.code)
        return { dongleId, ...done.value }
      },
    )

    app.get(
      '/dongles/:id/orders',
      {
        config: { access: 'dongles.order' },
        schema: {
          ...common,
          summary: 'What was asked of it, newest first',
          params: Params,
          querystring: PageQuerySchema,
          response: { 200: listOf(OrderSchema), ...answers, ...problemAnswers('request.invalid', 'cursor.invalid') },
        },
      },
      async request => {
        const page = pageOf(request.query, 'dongle-orders')
        const rows = await orders.list(request.params.id, page)
        if (rows === undefined) throw new Problem('dongle.unknown')
        return paged(rows, page)
      },
    )

    app.post(
      '/dongles/:id/orders',
      {
        config: { access: 'dongles.order' },
        validatorCompiler: ({ schema }) => exactly(schema as TSchema),
        schema: {
          ...common,
          summary: 'Asks something of it',
          description:
            'Sent now or when the dongle comes; console, diagnose and restart within 15 minutes, all others within a week. ' +
            'A network is on trial: without a session within ten minutes the dongle goes back to what it had.',
          params: Params,
          body: WishSchema,
          response: {
            202: OrderSchema,
            ...answers,
            ...problemAnswers('request.invalid'),
            ...problemAnswers('dongle.busy'),
          },
        },
      },
      async (request, reply) => {
        const wish = request.body
        const isSoon = wish.name === 'console' || wish.name === 'diagnose' || wish.name === 'restart'
        const expiresAtS = clock.wallS() + (isSoon ? EXPIRES_SOON_S : EXPIRES_S)
        const asked = await orders.ask(request.params.id, wish, 'operator', expiresAtS)
        if (!asked.ok) throw PROBLEM_OF[asked.fault.code]()
        return reply.code(202).send(asked.value)
      },
    )
    done()
  }
}
