// REST for an ESP, its people and its machines: the permissions that it was granted, ending one, and the notices that it has to acknowledge. Another ESP's
// and those that there are not get the same answer.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import {
  EspPermissionSchema,
  NoticeSchema,
  PERMISSION_STATES,
  type PermissionState,
} from '../../shared/schema/permission.ts'
import { listOf, PageQuery, PageQuerySchema, paged, pageOf } from '../api/pages.ts'
import { espIdOf } from '../catalogue/whose.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import { problemOf } from './asking.ts'
import type { PermissionRegister } from './register.ts'
import { espPermissions } from './views.ts'

export interface EspConsentRooms {
  store: Store
  permissions: PermissionRegister
}

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) })
const closed = { additionalProperties: false } as const

export function espConsentRoutes({ store, permissions }: EspConsentRooms): FastifyPluginCallbackTypebox {
  const security: { [scheme: string]: string[] }[] = [{ accessKey: [] }]
  const common = { tags: ['esp'], security }
  const answers = problemAnswers('request.invalid', 'esp.unknown', 'store.unavailable')

  return (app, _options, done) => {
    app.get(
      '/esp/permissions',
      {
        config: { access: 'esp.permissions' },
        schema: {
          ...common,
          summary: 'Permissions that customers have granted, newest first, ended ones too',
          querystring: Type.Object(
            {
              ...PageQuery,
              state: Type.Optional(Type.Unsafe<PermissionState>(Type.String({ enum: [...PERMISSION_STATES] }))),
            },
            closed,
          ),
          response: {
            200: listOf(EspPermissionSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async request => {
        const page = pageOf(request.query, 'esp-permissions')
        return paged(await espPermissions(store.registers, espIdOf(request), page, request.query.state), page)
      },
    )

    app.post(
      '/esp/permissions/:id/terminate',
      {
        config: { access: 'esp.permissions' },
        schema: {
          ...common,
          summary: 'Ends a permission from the ESP’s side, with immediate effect',
          params: Params,
          response: {
            200: EspPermissionSchema,
            ...answers,
            ...problemAnswers('permission.unknown', 'esp.unknown'),
            ...problemAnswers('permission.wrong-state'),
          },
        },
      },
      async request => {
        const espId = espIdOf(request)
        const ended = await permissions.terminate(espId, request.params.id, request.actor)
        if (!ended.ok) throw problemOf(ended.fault)
        return ended.value
      },
    )

    app.get(
      '/esp/notices',
      {
        config: { access: 'esp.permissions' },
        schema: {
          ...common,
          summary: 'What this ESP has not acknowledged yet, oldest first; the same as its webhooks bring',
          querystring: PageQuerySchema,
          response: { 200: listOf(NoticeSchema), ...answers, ...problemAnswers('request.invalid', 'cursor.invalid') },
        },
      },
      async request => {
        const page = pageOf(request.query, 'esp-notices')
        return paged(await permissions.notices.fetch(espIdOf(request), page), page)
      },
    )

    app.post(
      '/esp/notices/:id/acknowledge',
      {
        config: { access: 'esp.permissions' },
        schema: {
          ...common,
          summary: 'Says that the ESP has understood, and ended its own side; the customer sees it',
          params: Params,
          response: { 204: Type.Null(), ...answers, ...problemAnswers('notice.unknown', 'esp.unknown') },
        },
      },
      async (request, reply) => {
        const espId = espIdOf(request)
        if (!(await permissions.notices.acknowledge(espId, request.params.id))) throw new Problem('notice.unknown')
        return reply.code(204).send(null)
      },
    )
    done()
  }
}
