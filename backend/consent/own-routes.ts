// REST for the customer: subscribe, refuse, revoke; permissions, notices and the two logs that Reg. (EU) 2023/1162 wants; the receipt of each grant, and all of
// it as an export. Other people's permissions and those that there are not get the same answer.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { MandatedReadSchema } from '../../shared/schema/people.ts'
import {
  DataAccessEntrySchema,
  GrantedPermissionSchema,
  GrantSchema,
  NoticeSchema,
  OwnPermissionSchema,
  PERMISSION_STATES,
  PermissionLogEntrySchema,
  type PermissionState,
  RefuseSchema,
  RequestedPermissionSchema,
  RequestPermissionSchema,
} from '../../shared/schema/permission.ts'
import type { MandatedReads } from '../accounts/mandated-reads.ts'
import { listOf, numbered, PageQuery, PageQuerySchema, paged, pageOf } from '../api/pages.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import { askerOf, problemOf } from './asking.ts'
import type { Receipts } from './receipt.ts'
import type { PermissionRegister } from './register.ts'
import { accessLog, ownPermissions, permissionLog } from './views.ts'

export interface ConsentRooms {
  store: Store
  permissions: PermissionRegister
  receipts: Receipts
  mandatedReads: Pick<MandatedReads, 'of'>
}

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) })
const EXPORT_MAX = 100_000
const closed = { additionalProperties: false } as const

export function consentRoutes({
  store,
  permissions,
  receipts,
  mandatedReads,
}: ConsentRooms): FastifyPluginCallbackTypebox {
  const { registers } = store
  const security: { [scheme: string]: string[] }[] = [{ accessKey: [] }, { cookie: [] }]
  const common = { tags: ['consent'], security }
  const answers = problemAnswers('request.invalid', 'store.unavailable')
  const acts = problemAnswers('permission.unknown', 'permission.wrong-state')

  return (app, _options, done) => {
    app.post(
      '/permissions',
      {
        config: { access: 'consent.act', mustBeOnce: true },
        schema: {
          ...common,
          summary: 'Begins a subscription: what would be shared, in words, to say yes or no to within an hour',
          body: RequestPermissionSchema,
          response: {
            200: RequestedPermissionSchema,
            ...answers,
            ...problemAnswers('metering-point.unknown', 'service.unknown'),
            ...problemAnswers('permission.exists'),
          },
        },
      },
      async request => {
        const { meteringPointId, ean } = request.body
        if ((meteringPointId === undefined) === (ean === undefined)) {
          throw new Problem('request.invalid', 'One of meteringPointId and ean.')
        }
        const requested = await permissions.request(askerOf(request), request.body)
        if (!requested.ok) throw problemOf(requested.fault)
        return requested.value
      },
    )

    app.post(
      '/permissions/:id/grant',
      {
        config: { access: 'consent.give', mustBeOnce: true },
        schema: {
          ...common,
          summary: 'The explicit yes to a statement that was read, and to its price; with the consent receipt',
          params: Params,
          body: GrantSchema,
          response: {
            200: GrantedPermissionSchema,
            ...answers,
            ...problemAnswers('permission.unknown', 'metering-point.unknown', 'service.unknown'),
            ...problemAnswers('permission.wrong-state', 'permission.exists', 'statement.other', 'terms.not-accepted'),
            ...problemAnswers('permission.lapsed'),
          },
        },
      },
      async request => {
        const granted = await permissions.grant(askerOf(request), request.params.id, request.body)
        if (!granted.ok) throw problemOf(granted.fault)
        return granted.value
      },
    )

    app.post(
      '/permissions/:id/refuse',
      {
        config: { access: 'consent.act' },
        schema: {
          ...common,
          summary: 'The no, with a reason where somebody wants to give one',
          params: Params,
          body: RefuseSchema,
          response: { 200: OwnPermissionSchema, ...answers, ...acts, ...problemAnswers('permission.lapsed') },
        },
      },
      async request => {
        const refused = await permissions.refuse(askerOf(request), request.params.id, request.body.reason ?? '')
        if (!refused.ok) throw problemOf(refused.fault)
        return refused.value
      },
    )

    app.post(
      '/permissions/:id/revoke',
      {
        config: { access: 'consent.act' },
        schema: {
          ...common,
          summary: 'Takes a permission back, with immediate effect',
          params: Params,
          response: { 200: OwnPermissionSchema, ...answers, ...acts },
        },
      },
      async request => {
        const revoked = await permissions.revoke(askerOf(request), request.params.id)
        if (!revoked.ok) throw problemOf(revoked.fault)
        return revoked.value
      },
    )

    app.get(
      '/permissions',
      {
        config: { access: 'consent.see' },
        schema: {
          ...common,
          summary: 'One’s permissions, newest first, ended ones too',
          querystring: Type.Object(
            {
              ...PageQuery,
              meteringPointId: Type.Optional(Type.String({ maxLength: 64 })),
              state: Type.Optional(Type.Unsafe<PermissionState>(Type.String({ enum: [...PERMISSION_STATES] }))),
            },
            closed,
          ),
          response: {
            200: listOf(OwnPermissionSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ accountNo, query }) => {
        const page = pageOf(query, 'permissions')
        return paged(await ownPermissions(registers, accountNo, page, query), page)
      },
    )

    app.get(
      '/permissions/:id/receipt',
      {
        config: { access: 'consent.see' },
        schema: {
          ...common,
          summary: 'The consent receipt of a grant: a compact JWS over ISO/IEC TS 27560 in JSON-LD',
          params: Params,
          response: {
            200: Type.Object({ receipt: Type.String() }, closed),
            ...answers,
            ...problemAnswers('permission.unknown'),
          },
        },
      },
      async ({ accountNo, params }) => {
        const row = await registers
          .selectFrom('consentReceipt')
          .innerJoin('permission', 'permission.no', 'consentReceipt.permissionNo')
          .select('jws')
          .where('permission.id', '=', params.id)
          .where('permission.accountNo', '=', accountNo)
          .executeTakeFirst()
        if (row === undefined) throw new Problem('permission.unknown')
        return { receipt: row.jws }
      },
    )

    app.get(
      '/receipt-keys',
      {
        config: { access: 'catalogue.see' },
        schema: {
          tags: ['consent'],
          summary: 'The public key that receipts are checked with (JWKS)',
          response: { 200: Type.Object({ keys: Type.Array(Type.Object({}, { additionalProperties: true })) }, closed) },
        },
      },
      async () => receipts.jwks as { keys: object[] },
    )

    app.get(
      '/permission-provision-log',
      {
        config: { access: 'consent.see' },
        schema: {
          ...common,
          summary: 'Every step of every permission, newest first',
          querystring: PageQuerySchema,
          response: {
            200: listOf(PermissionLogEntrySchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ accountNo, query }) => {
        const page = pageOf(query, 'permission-log')
        const entries = await permissionLog(registers, accountNo, page)
        return paged(
          entries.map(item => ({ no: item.no, item })),
          page,
        )
      },
    )

    app.get(
      '/data-access-log',
      {
        config: { access: 'consent.see' },
        schema: {
          ...common,
          summary: 'Who took which readings, when and under which permission, newest first',
          querystring: PageQuerySchema,
          response: {
            200: listOf(DataAccessEntrySchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ accountNo, query }) => {
        const page = pageOf(query, 'access-log')
        const entries = await accessLog(registers, accountNo, page)
        return paged(
          entries.map(item => ({ no: item.no, item })),
          page,
        )
      },
    )

    app.get(
      '/mandated-access-log',
      {
        config: { access: 'consent.see' },
        schema: {
          ...common,
          summary:
            'What mandated persons have read of one’s measurements: who, which times, when and how often; newest first',
          querystring: PageQuerySchema,
          response: {
            200: listOf(MandatedReadSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ accountNo, query }) => {
        const page = pageOf(query, 'mandated-log')
        const entries = await mandatedReads.of(accountNo, page)
        return paged(
          entries.map(item => ({ no: item.no, item })),
          page,
        )
      },
    )

    app.get(
      '/consent-export',
      {
        config: { access: 'consent.see' },
        schema: {
          ...common,
          summary: 'All permissions and the three logs in one file',
          response: {
            200: Type.Object(
              {
                permissions: Type.Array(OwnPermissionSchema),
                permissionLog: Type.Array(PermissionLogEntrySchema),
                dataAccessLog: Type.Array(DataAccessEntrySchema),
                mandatedAccessLog: Type.Array(MandatedReadSchema),
              },
              closed,
            ),
            ...answers,
          },
        },
      },
      async ({ accountNo }, reply) => {
        const all = { before: Number.MAX_SAFE_INTEGER, limit: EXPORT_MAX }
        void reply.header('content-disposition', 'attachment; filename="consent.json"')
        return {
          permissions: (await ownPermissions(registers, accountNo, all)).map(({ item }) => item),
          permissionLog: await permissionLog(registers, accountNo, all),
          dataAccessLog: await accessLog(registers, accountNo, all),
          mandatedAccessLog: await mandatedReads.of(accountNo, all),
        }
      },
    )

    app.get(
      '/notices',
      {
        config: { access: 'consent.see' },
        schema: {
          ...common,
          summary: 'What the customer has to be told about permissions, newest first',
          querystring: PageQuerySchema,
          response: { 200: listOf(NoticeSchema), ...answers, ...problemAnswers('request.invalid', 'cursor.invalid') },
        },
      },
      async ({ accountNo, query }) => {
        const page = pageOf(query, 'notices')
        return paged(numbered(await permissions.notices.ofCustomer(accountNo, page.before, page.limit)), page)
      },
    )

    app.post(
      '/notices/:id/seen',
      {
        config: { access: 'consent.see' },
        schema: {
          ...common,
          summary: 'Says that it was seen',
          params: Params,
          response: { 204: Type.Null(), ...answers, ...problemAnswers('notice.unknown') },
        },
      },
      async ({ accountNo, params }, reply) => {
        if (!(await permissions.notices.seen(accountNo, params.id))) throw new Problem('notice.unknown')
        return reply.code(204).send(null)
      },
    )
    done()
  }
}
