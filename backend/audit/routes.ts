// REST of the audit: whether it is whole, and its events about accounts. For operators; what the others say is asked for where they belong.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { AccountEventSchema, AuditLineSchema, AuditQuerySchema, AuditVerdictSchema } from '../../shared/schema/audit.ts'
import { accountEvents } from '../accounts/account-events.ts'
import { listOf, numbered, PageQuerySchema, paged, pageOf } from '../api/pages.ts'
import { AUDIT_KEY, signingKeyOf } from '../esps/signing-key.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import { auditLines, verifyAudit } from './audit.ts'

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
      '/audit/events',
      {
        config: { access: 'audit.see' },
        schema: {
          tags: ['operating'],
          security: [{ accessKey: [] }, { cookie: [] }, { operatorKey: [] }] as { [scheme: string]: string[] }[],
          summary: 'The audit link by link, newest first: when, by whom, what',
          querystring: PageQuerySchema,
          response: {
            200: listOf(AuditLineSchema),
            ...problemAnswers('request.invalid', 'cursor.invalid'),
            ...problemAnswers('store.unavailable'),
          },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'audit-events')
        return paged(await auditLines(store.registers, page), page)
      },
    )
    app.get(
      '/account-events',
      {
        config: { access: 'audit.see' },
        schema: {
          tags: ['operating'],
          security: [{ operatorKey: [] }] as { [scheme: string]: string[] }[],
          querystring: PageQuerySchema,
          summary: 'Accounts opened, keys made, people linked with the access register, data erased; newest first',
          response: {
            200: listOf(AccountEventSchema),
            ...problemAnswers('access.missing', 'access.throttled', 'store.unavailable'),
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'account-events')
        return paged(numbered(await accountEvents(store.registers, page)), page)
      },
    )

    done()
  }
}
