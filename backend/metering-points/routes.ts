// REST for a grid user's metering points. Every route first asks whose the point is: an unknown id and somebody else's get the same answer.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Clock } from '../../shared/kernel/clock.ts'
import { LatestSchema, MeteringPointListSchema, TodaySchema } from '../../shared/schema/metering-point.ts'
import { ReadingsQuerySchema, ReadingsSchema } from '../../shared/schema/readings.ts'
import type { NoteMandated } from '../accounts/mandated-reads.ts'
import type { DongleRegister } from '../dongles/dongle-register.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { ReadingReader } from '../store/store.ts'
import type { Holding, Tenures } from '../tenures/tenures.ts'
import { qualityOf } from './quality.ts'
import { readRange } from './range.ts'
import { openBatch, readingsOf } from './raw.ts'
import { energyToday } from './today.ts'

export interface MeteringPointRooms {
  store: ReadingReader
  tenures: Tenures
  dongles: DongleRegister
  noteMandated: NoteMandated
  clock: Clock
}

/** Any text is a possible id: one that is not formed like ours is simply unknown. */
export const PointParams = Type.Object({ id: Type.String({ maxLength: 64 }) })

/** The account's holding; what was acknowledged before can be read in the turn in which this resolves. */
export async function holdingOf(
  { tenures, store }: Pick<MeteringPointRooms, 'tenures' | 'store'>,
  request: FastifyRequest,
  id: string,
): Promise<Holding> {
  const holding = await tenures.holding(request.accountNo, id)
  if (holding === undefined) throw new Problem('metering-point.unknown')
  await store.settled()
  return holding
}

export function meteringPointRoutes(rooms: MeteringPointRooms): FastifyPluginCallbackTypebox {
  const { store, tenures, dongles, noteMandated, clock } = rooms
  const security: { [scheme: string]: string[] }[] = [{ accessKey: [] }, { cookie: [] }]
  const common = { tags: ['metering points'], security }
  const pointAnswers = problemAnswers(
    'access.missing',
    'access.throttled',
    'role.missing',
    'metering-point.unknown',
    'store.unavailable',
  )

  return (app, _options, done) => {
    app.get(
      '/metering-points',
      {
        config: { access: 'points.see' },
        schema: {
          ...common,
          summary: 'The account’s metering points',
          response: {
            200: MeteringPointListSchema,
            ...problemAnswers('access.missing', 'access.throttled', 'role.missing', 'store.unavailable'),
          },
        },
      },
      async request => ({ items: (await tenures.holdingsOf(request.accountNo)).map(holding => holding.point) }),
    )

    app.get(
      '/metering-points/:id/latest',
      {
        config: { access: 'readings.see' },
        schema: {
          ...common,
          summary: 'The newest reading and the quality of the line',
          params: PointParams,
          response: { 200: LatestSchema, ...pointAnswers },
        },
      },
      async request => {
        const holding = await holdingOf(rooms, request, request.params.id)
        const quality = await qualityOf(store, dongles, holding, clock.wallS())
        const newest = await store.newest(holding.tenureNo)
        if (newest === undefined) return { reading: null, receivedAtMs: null, quality }
        const reading = readingsOf(openBatch(newest.bytes)).at(-1) ?? null
        const atS = reading?.timeS ?? clock.wallS()
        await noteMandated(request, { tenureNo: holding.tenureNo, what: 'latest', fromS: atS, toS: atS })
        return { reading, receivedAtMs: newest.row.receivedAtMs, quality }
      },
    )

    app.get(
      '/metering-points/:id/readings',
      {
        config: { access: 'readings.see' },
        schema: {
          ...common,
          summary: 'A range of readings or rollups, page by page, with what is missing',
          params: PointParams,
          querystring: ReadingsQuerySchema,
          response: {
            200: ReadingsSchema,
            ...problemAnswers('request.invalid', 'range.invalid', 'column.unknown', 'cursor.invalid'),
            ...pointAnswers,
          },
        },
        // Up to 20,000 numbers a column: the engine's own JSON is several times faster than a schema-driven one here.
        serializerCompiler: () => value => JSON.stringify(value),
      },
      async request => {
        const holding = await holdingOf(rooms, request, request.params.id)
        const page = await readRange(store, holding, request.query, clock.wallS())
        const { fromS, toS } = request.query
        await noteMandated(request, { tenureNo: holding.tenureNo, what: 'readings', fromS, toS })
        return page
      },
    )

    app.get(
      '/metering-points/:id/today',
      {
        config: { access: 'readings.see' },
        schema: {
          ...common,
          summary: 'Energy since local midnight',
          params: PointParams,
          response: { 200: TodaySchema, ...pointAnswers },
        },
      },
      async request => {
        const holding = await holdingOf(rooms, request, request.params.id)
        const nowS = clock.wallS()
        const today = await energyToday(store, holding, nowS)
        await noteMandated(request, { tenureNo: holding.tenureNo, what: 'today', fromS: today.fromS, toS: nowS })
        return today
      },
    )
    done()
  }
}
