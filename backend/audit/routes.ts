// REST of the audit: whether it is whole, and its events about accounts. For operators; what the others say is asked for where they belong.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { AccountEventSchema, AuditQuerySchema, AuditVerdictSchema } from '../../shared/schema/audit.ts'
import { accountEvents } from '../accounts/account-events.ts'
import { AUDIT_KEY, signingKeyOf } from '../esps/signing-key.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import { verifyAudit } from './audit.ts'

const EVENTS_MAX = 500

export interface AuditRooms {
  store: Store
}

export function auditRoutes({ store }: AuditRooms): FastifyPluginCallbackTypebox {
  return (app, _options, done) => {
    app.get(
      '/audit/verdict',
      {
        config: { access: 'audit.see' },
        schema: {
          tags: ['operating'],
          security: [{ operatorKey: [] }] as { [scheme: string]: string[] }[],
          summary: 'Whether every event of the audit is as it was written, and where not',
          querystring: AuditQuerySchema,
          response: {
            200: AuditVerdictSchema,
            ...problemAnswers('access.missing', 'access.throttled', 'request.invalid', 'store.unavailable'),
          },
        },
      },
      async ({ query: { no, hash } }) => {
        if ((no === undefined) !== (hash === undefined))
          throw new Problem('request.invalid', 'no and hash go together.')
        const expected = no === undefined || hash === undefined ? undefined : { no, hash }
        return verifyAudit(store.registers, expected, (await signingKeyOf(store, AUDIT_KEY)).publicKey)
      },
    )
    app.get(
      '/account-events',
      {
        config: { access: 'audit.see' },
        schema: {
          tags: ['operating'],
          security: [{ operatorKey: [] }] as { [scheme: string]: string[] }[],
          summary: 'Accounts opened, keys made, people linked with the access register, data erased; newest first',
          response: {
            200: Type.Object({ items: Type.Array(AccountEventSchema) }, { additionalProperties: false }),
            ...problemAnswers('access.missing', 'access.throttled', 'store.unavailable'),
          },
        },
      },
      async () => ({ items: await accountEvents(store.registers, EVENTS_MAX) }),
    )

    done()
  }
}
