// REST of the embedded access register: import and export with the server's own key; what the market tells and which account is which person, also by an
// operator who has just signed in; what a person holds and the feed of changes, also for other platforms that follow it (http.ts is their side), with a
// key that only reads. EANs and persons stand in bodies only.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Result } from '../../shared/kernel/result.ts'
import {
  ImportedSchema,
  PointsOfSchema,
  RegisterChangesSchema,
  RegisterEntriesSchema,
} from '../../shared/schema/access-register.ts'
import { HolderSchema } from '../../shared/schema/custody.ts'
import {
  MarketAnswersSchema,
  MarketEventsSchema,
  type MarketOutcome,
  MarketStorySchema,
} from '../../shared/schema/market.ts'
import type { LinkFault } from '../accounts/accounts.ts'
import { listOf, PageQuery, paged, pageOf } from '../api/pages.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { Store } from '../store/store.ts'
import type { EmbeddedRegister, ImportFault } from './embedded.ts'
import { csvOf, entriesOfCsv } from './entries.ts'
import type { MarketFeed } from './market-feed.ts'
import { marketStory } from './market-story.ts'

export interface RegisterRooms {
  store: Store
  embedded: EmbeddedRegister | undefined
  /** Beside the embedded register only. */
  market: MarketFeed | undefined
  link(accountId: string, holderId: string, actor?: string): Promise<Result<'linked', LinkFault>>
  tend(): Promise<void>
}

const IMPORT_BYTES_MAX = 33_554_432
const CHANGES_MAX = 1000
const ACTOR = 'operator'

export function registerRoutes(rooms: RegisterRooms): FastifyPluginCallbackTypebox {
  const common = { tags: ['access register'], security: [{ operatorKey: [] }] as { [scheme: string]: string[] }[] }
  /** Also a person with the role, signed in. */
  const ofPeople = [...common.security, { accessKey: [] }, { cookie: [] }]
  const answers = problemAnswers(
    'request.invalid',
    'access.missing',
    'access.throttled',
    'role.missing',
    'store.unavailable',
  )
  const here = { ...answers, ...problemAnswers('register.elsewhere') }

  return (app, _options, done) => {
    app.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit: IMPORT_BYTES_MAX }, (_request, body, parsed) =>
      parsed(null, { csv: body }),
    )

    app.put(
      '/access-register/entries',
      {
        config: { access: 'register.keep' },
        bodyLimit: IMPORT_BYTES_MAX,
        validatorCompiler: () => value => ({ value }),
        schema: {
          ...common,
          summary: 'Takes entries in, all or none; others stay as they are',
          description:
            'JSON as below, or text/csv with the same names in its first line. What is the same already changes nothing.',
          body: RegisterEntriesSchema,
          response: { 200: ImportedSchema, ...here, ...problemAnswers('register.import-invalid') },
        },
      },
      async request => {
        const register = embedded()
        const candidates = candidatesOf(request.body)
        const imported = await register.put(candidates, ACTOR)
        if (!imported.ok) throw new Problem('register.import-invalid', sentenceOf(imported.fault))
        await rooms.tend()
        return imported.value
      },
    )

    app.get(
      '/access-register/entries',
      {
        config: { access: 'register.keep' },
        schema: {
          ...common,
          summary: 'All that it has; text/csv where that is asked for',
          headers: Type.Object({ accept: Type.Optional(Type.String()) }),
          response: { 200: RegisterEntriesSchema, ...here },
        },
        serializerCompiler: () => value => (typeof value === 'string' ? value : JSON.stringify(value)),
      },
      async (request, reply) => {
        const items = await embedded().all()
        if (!request.headers.accept?.includes('text/csv')) return { items }
        return reply.type('text/csv; charset=utf-8').send(csvOf(items) as never)
      },
    )

    app.post(
      '/access-register/points-of',
      {
        config: { access: 'register.read' },
        schema: {
          ...common,
          summary: 'What one person holds now',
          body: PointsOfSchema,
          response: { 200: RegisterEntriesSchema, ...here },
        },
      },
      async request => {
        const points = await embedded().pointsOf(request.body.holderId)
        return { items: points.ok ? points.value : [] }
      },
    )

    app.post(
      '/access-register/market-events',
      {
        config: { access: 'register.tell' },
        bodyLimit: IMPORT_BYTES_MAX,
        schema: {
          ...common,
          security: ofPeople,
          summary: 'Takes what a market system tells; each event gets its own answer, whatever becomes of the others',
          body: MarketEventsSchema,
          response: { 200: MarketAnswersSchema, ...here },
        },
      },
      async request => {
        if (rooms.market === undefined) throw new Problem('register.elsewhere')
        const { items } = request.body
        const outcomes = await rooms.market.take(items, request.actor)
        await rooms.tend()
        return { items: items.map(({ eventId }, at) => ({ eventId, outcome: outcomes[at] as MarketOutcome })) }
      },
    )

    app.get(
      '/access-register/market-events',
      {
        config: { access: 'register.see' },
        schema: {
          ...common,
          security: ofPeople,
          summary: 'What the market has told, newest first, and what each event has set off',
          querystring: Type.Object(
            {
              ...PageQuery,
              isTrouble: Type.Boolean({ default: false, description: 'only what somebody has to look at' }),
            },
            { additionalProperties: false },
          ),
          response: {
            200: listOf(MarketStorySchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'market-events')
        return paged(await marketStory(rooms.store, page, query.isTrouble), page)
      },
    )

    app.get(
      '/access-register/changes',
      {
        config: { access: 'register.read' },
        schema: {
          ...common,
          summary: 'What entries became, in order; `next` is where to go on',
          querystring: Type.Object({
            after: Type.String({ maxLength: 200, default: '' }),
            limit: Type.Integer({ minimum: 1, maximum: CHANGES_MAX, default: 500 }),
          }),
          response: { 200: RegisterChangesSchema, ...here },
        },
      },
      async request => {
        const changes = await embedded().changes(request.query.after, request.query.limit)
        if (!changes.ok) throw new Problem('store.unavailable')
        return changes.value
      },
    )

    app.put(
      '/accounts/:id/holder',
      {
        config: { access: 'register.link' },
        schema: {
          ...common,
          security: ofPeople,
          summary: 'Says who an account’s person is in the access register',
          params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
          body: HolderSchema,
          response: {
            200: Type.Object({ accountId: Type.String() }),
            ...answers,
            ...problemAnswers('account.unknown'),
            ...problemAnswers('holder.taken'),
            ...problemAnswers('account.own'),
          },
        },
      },
      async request => {
        const { id: accountId } = request.params
        if (accountId === request.accountId) throw new Problem('account.own')
        const linked = await rooms.link(accountId, request.body.holderId, request.actor)
        if (!linked.ok) throw new Problem(linked.fault.code)
        await rooms.tend()
        return { accountId }
      },
    )
    done()
  }

  function embedded(): EmbeddedRegister {
    if (rooms.embedded === undefined) throw new Problem('register.elsewhere')
    return rooms.embedded
  }
}

/** Checked line by line by the register itself, so that every wrong one is named. */
function candidatesOf(body: unknown): readonly unknown[] {
  const { csv, items } = (body ?? {}) as { csv?: unknown; items?: unknown }
  if (typeof csv === 'string') {
    const entries = entriesOfCsv(csv)
    if (!entries.ok) throw new Problem('register.import-invalid', sentenceOf(entries.fault))
    return entries.value
  }
  if (Array.isArray(items)) return items
  throw new Problem('request.invalid', 'The body has no items.')
}

function sentenceOf(fault: ImportFault): string {
  if (fault.code === 'entries.in-the-future') return `In the future: entries ${fault.lines.join(', ')}.`
  return `Wrong: ${fault.wrong.map(({ line, column }) => `line ${line} (${column})`).join(', ')}.`
}
