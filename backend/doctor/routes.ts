// REST of the doctor: for operators by dongle, for its holder by metering point. The same answer, but that a holder sees nothing from
// before the point was theirs.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { DiagnosisQuerySchema, DiagnosisSchema } from '../../shared/schema/diagnosis.ts'
import { holdingOf, type MeteringPointRooms, PointParams } from '../metering-points/routes.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Doctor } from './doctor.ts'

export interface DoctorRooms extends MeteringPointRooms {
  doctor: Doctor
}

const DongleParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
const COMMON_PROBLEMS = ['access.missing', 'access.throttled', 'request.invalid', 'store.unavailable'] as const

export function doctorRoutes(rooms: DoctorRooms): FastifyPluginCallbackTypebox {
  const { doctor } = rooms
  const common = { querystring: DiagnosisQuerySchema, summary: 'What is the matter with the dongle, and what to do' }
  return (app, _options, done) => {
    app.get(
      '/dongles/:id/diagnosis',
      {
        config: { access: 'dongles.look' },
        schema: {
          ...common,
          tags: ['operating'],
          security: [{ accessKey: [] }, { operatorKey: [] }] as { [scheme: string]: string[] }[],
          params: DongleParams,
          response: { 200: DiagnosisSchema, ...problemAnswers(...COMMON_PROBLEMS, 'role.missing', 'dongle.unknown') },
        },
      },
      async ({ params, query }) => {
        const diagnosis = await doctor.ofDongle(params.id, query.lang ?? 'en')
        if (diagnosis === undefined) throw new Problem('dongle.unknown')
        return diagnosis
      },
    )

    app.get(
      '/metering-points/:id/diagnosis',
      {
        config: { access: 'points.see' },
        schema: {
          ...common,
          tags: ['metering points'],
          security: [{ accessKey: [] }, { cookie: [] }] as { [scheme: string]: string[] }[],
          params: PointParams,
          response: {
            200: DiagnosisSchema,
            ...problemAnswers(...COMMON_PROBLEMS, 'role.missing', 'metering-point.unknown'),
          },
        },
      },
      async request => {
        const holding = await holdingOf(rooms, request, request.params.id)
        return doctor.ofMeteringPoint(holding.meteringPointNo, holding.fromS, request.query.lang ?? 'en')
      },
    )
    done()
  }
}
