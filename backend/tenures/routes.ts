// REST of tenures: what a person ever held, the export of their own readings (JSON or CSV, page by page), and for operators what each end of a tenure has brought
// about.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Clock } from '../../shared/kernel/clock.ts'
import { type Readings, ReadingsQuerySchema, ReadingsSchema } from '../../shared/schema/readings.ts'
import { OwnTenureSchema, TenureEndSchema } from '../../shared/schema/tenure.ts'
import type { NoteMandated } from '../accounts/mandated-reads.ts'
import { listOf, PageQuerySchema, paged, pageOf } from '../api/pages.ts'
import { readRange } from '../metering-points/range.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import { recordTenure } from './endings.ts'
import { type ErasingRooms, eraseWhole } from './erasing.ts'
import type { OwnTenures } from './own.ts'
import { tenureEnds } from './stops.ts'

export interface TenureRooms extends ErasingRooms {
  ownTenures: OwnTenures
  noteMandated: NoteMandated
  clock: Clock
  nowMs(): number
}

const closed = { additionalProperties: false } as const

export function tenureRoutes({
  store,
  ownTenures,
  noteMandated,
  tenures,
  tenureEnded,
  clock,
  nowMs,
}: TenureRooms): FastifyPluginCallbackTypebox {
  const security: { [scheme: string]: string[] }[] = [{ accessKey: [] }, { cookie: [] }]
  const answers = problemAnswers('request.invalid', 'store.unavailable')

  return (app, _options, done) => {
    app.get(
      '/own/tenures',
      {
        config: { access: 'tenures.export' },
        schema: {
          tags: ['metering points'],
          security,
          summary: 'What one holds and held, newest first, and until when it can be exported',
          response: { 200: Type.Object({ items: Type.Array(OwnTenureSchema) }, closed), ...answers },
        },
      },
      async ({ accountNo }) => ({ items: await ownTenures.list(accountNo) }),
    )

    app.get(
      '/own/tenures/:id/:fromS/readings',
      {
        config: { access: 'tenures.export' },
        schema: {
          tags: ['metering points'],
          security,
          summary: 'The readings of one’s own tenure, former ones too; text/csv where that is asked for',
          description:
            'As `GET /metering-points/{id}/readings`, within the tenure that began at `fromS`. With CSV the next page’s cursor is in the header `x-next-cursor`.',
          params: Type.Object({ id: Type.String({ maxLength: 64 }), fromS: Type.Integer({ minimum: 0 }) }),
          querystring: ReadingsQuerySchema,
          headers: Type.Object({ accept: Type.Optional(Type.String()) }),
          response: {
            200: ReadingsSchema,
            ...answers,
            ...problemAnswers('request.invalid', 'range.invalid', 'cursor.invalid', 'column.unknown'),
            ...problemAnswers('tenure.unknown'),
          },
        },
        serializerCompiler: () => value => (typeof value === 'string' ? value : JSON.stringify(value)),
      },
      async (request, reply) => {
        const { accountNo, params, query } = request
        const holding = await ownTenures.exportable(accountNo, params.id, params.fromS)
        if (holding === undefined) throw new Problem('tenure.unknown')
        await store.settled()
        const page = await readRange(store, holding, query, clock.wallS())
        await noteMandated(request, { tenureNo: holding.tenureNo, what: 'export', fromS: query.fromS, toS: query.toS })
        if (query.cursor === undefined) await noteExport(holding.tenureNo, request.actor)
        if (!request.headers.accept?.includes('text/csv')) return page
        if (page.next !== null) void reply.header('x-next-cursor', page.next)
        return reply.type('text/csv; charset=utf-8').send(csvOf(page) as never)
      },
    )

    app.post(
      '/own/tenures/:id/:fromS/erase',
      {
        config: { access: 'tenures.erase' },
        schema: {
          tags: ['metering points'],
          security,
          summary: 'Erases what was measured in one’s own tenure, by erasing its key',
          description:
            'Nothing of it can be read here any more. A running tenure ends with it, with every permission of it, and another one begins at once.',
          params: Type.Object({ id: Type.String({ maxLength: 64 }), fromS: Type.Integer({ minimum: 0 }) }),
          response: {
            204: Type.Null(),
            ...answers,
            ...problemAnswers('request.invalid'),
            ...problemAnswers('tenure.unknown'),
          },
        },
      },
      async ({ accountNo, actor, params }, reply) => {
        const erasable = await ownTenures.erasable(accountNo, params.id, params.fromS)
        if (erasable === undefined) throw new Problem('tenure.unknown')
        await eraseWhole({ store, tenures, tenureEnded }, erasable, clock.wallS(), actor)
        return reply.code(204).send(null)
      },
    )

    app.get(
      '/tenure-ends',
      {
        config: { access: 'register.see' },
        schema: {
          tags: ['access register'],
          security: [...security, { operatorKey: [] }],
          summary: 'Tenures that ended: why, what ended with each, and whether its dongles have confirmed their stop',
          querystring: PageQuerySchema,
          response: {
            200: listOf(TenureEndSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'tenure-ends')
        return paged(await tenureEnds(store, page.before, page.limit), page)
      },
    )
    done()
  }

  function noteExport(tenureNo: number, actor: string): Promise<void> {
    return store.registers
      .transaction()
      .execute(trx => recordTenure(trx, { tenureNo, atMs: nowMs(), actor, kind: 'exported', detail: null }))
  }
}

/** A column that the page does not have is left out; what is unknown at a time stays empty. */
function csvOf({ timeS, columns }: Readings): string {
  const named = Object.entries(columns)
  const lines = timeS.map((time, at) => [time, ...named.map(([, values]) => values?.[at] ?? '')].join(','))
  return `${[['timeS', ...named.map(([name]) => name)].join(','), ...lines].join('\n')}\n`
}
