// REST of people: who is signed in and how they leave, their account, mandates; and for operators who is here and as what. An address about somebody
// else's mandate and one that there is not get the same answer.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Clock } from '../../shared/kernel/clock.ts'
import {
  LockWishSchema,
  MandateCodeSchema,
  MandateOfferSchema,
  MandateSchema,
  MandatesSchema,
  MandateWishSchema,
  OwnAccountSchema,
  PersonSchema,
  RoleWishSchema,
  SessionSchema,
} from '../../shared/schema/people.ts'
import { FRESH_MAX_S, type PersonCaller, personOf } from '../access/caller.ts'
import { type Cookies, csrfOf, SESSION_COOKIE } from '../access/cookies.ts'
import type { Identification } from '../access/identify.ts'
import { listOf, PageQuery, paged, pageOf } from '../api/pages.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import { forget } from '../sign-in/routes.ts'
import type { Accounts } from './accounts.ts'
import type { Locks } from './lock.ts'
import type { Mandates } from './mandates.ts'
import type { People } from './people.ts'
import type { Roles } from './roles.ts'
import type { Sessions } from './sessions.ts'
import { createThrottle } from './throttle.ts'

export interface PeopleRooms {
  accounts: Accounts
  people: People
  roles: Roles
  sessions: Sessions
  mandates: Mandates
  locks: Locks
  cookies: Cookies
  whoIs: Identification['whoIs']
  clock: Clock
}

/** Wrong mandate codes of one account: five at once, then one a minute. */
const CODES_MAX = 5
const CODES_REFILL_MS = 60_000

const Done = Type.Object({ isDone: Type.Literal(true) }, { additionalProperties: false })
const MandateParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
const AccountParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
const usual = problemAnswers('store.unavailable')

export function peopleRoutes(rooms: PeopleRooms): FastifyPluginCallbackTypebox {
  const { accounts, people, roles, sessions, mandates, locks, cookies, clock } = rooms
  const throttle = createThrottle(CODES_MAX, CODES_REFILL_MS)
  const common = { tags: ['people'], security: [{ cookie: [] }] as { [scheme: string]: string[] }[] }
  const operating = {
    tags: ['operating'],
    security: [{ accessKey: [] }, { operatorKey: [] }] as typeof common.security,
  }

  return (app, _options, done) => {
    app.get(
      '/session',
      {
        config: { access: 'sign-in.use' },
        schema: {
          ...common,
          summary: 'Who is signed in, and the word against forged requests (header x-nrt-csrf)',
          response: { 200: SessionSchema, ...usual, ...problemAnswers('access.throttled') },
        },
      },
      async (request, reply) => {
        void reply.header('cache-control', 'no-store')
        const found = await rooms.whoIs(request)
        return { hasSignIn: true, person: found === undefined ? null : await sessionOf(found.person, found.cookie) }
      },
    )

    app.post(
      '/session/end',
      {
        config: { access: 'account.own' },
        schema: {
          ...common,
          summary: 'Signs out',
          body: Type.Object({ all: Type.Boolean({ default: false }) }, { additionalProperties: false }),
          response: { 200: Done, ...usual, ...problemAnswers('request.invalid') },
        },
      },
      async (request, reply) => {
        const { accountNo } = personOf(request)
        const cookie = cookies.read(request, SESSION_COOKIE)
        if (cookie !== undefined) await sessions.end(cookie)
        if (request.body.all) await sessions.endOthers(accountNo, undefined)
        forget(cookies, request, reply)
        return { isDone: true as const }
      },
    )

    app.get(
      '/account',
      {
        config: { access: 'account.own' },
        schema: {
          ...common,
          summary: 'One’s account, its sessions and what happened to it',
          response: { 200: OwnAccountSchema, ...usual },
        },
      },
      async request => {
        const { accountNo } = personOf(request)
        return { ...(await people.own(accountNo)), sessions: await sessions.of(accountNo) }
      },
    )

    app.get(
      '/mandates',
      {
        config: { access: 'account.own' },
        schema: { ...common, summary: 'Mandates given and held', response: { 200: MandatesSchema, ...usual } },
      },
      async request => mandatesOf(personOf(request).accountNo),
    )

    app.post(
      '/mandates',
      {
        config: { access: 'mandates.give' },
        schema: {
          ...common,
          summary: 'Lets another person act, or only look, in one’s name; the answer has the code for them, once',
          body: MandateWishSchema,
          response: { 201: MandateOfferSchema, ...usual, ...problemAnswers('request.invalid', 'mandate.too-many') },
        },
      },
      async (request, reply) => {
        const offered = await mandates.offer(personOf(request), request.body, request.actor)
        if (!offered.ok) throw new Problem(offered.fault.code)
        return reply.code(201).send(offered.value)
      },
    )

    app.post(
      '/mandates/take',
      {
        config: { access: 'mandates.take' },
        schema: {
          ...common,
          summary: 'Takes a mandate with its code',
          body: MandateCodeSchema,
          response: {
            200: MandateSchema,
            ...usual,
            ...problemAnswers('request.invalid'),
            ...problemAnswers('mandate.unknown'),
            ...problemAnswers('mandate.own'),
          },
        },
      },
      async request => {
        const person = personOf(request)
        const nowMs = clock.monotonicMs()
        if (!throttle.mayTry(person.accountId, nowMs)) throw new Problem('access.throttled')
        throttle.failed(person.accountId, nowMs)
        const taken = await mandates.take(person, request.body.code, request.actor)
        if (!taken.ok) throw new Problem(taken.fault.code)
        throttle.forgiven(person.accountId, nowMs)
        return taken.value
      },
    )

    app.post(
      '/mandates/:id/end',
      {
        config: { access: 'account.own' },
        schema: {
          ...common,
          summary: 'Takes a mandate back, or gives it back: at once',
          params: MandateParams,
          response: { 200: Done, ...usual, ...problemAnswers('mandate.unknown') },
        },
      },
      async request => {
        const ended = await mandates.end(personOf(request), request.params.id, request.actor)
        if (!ended.ok) throw new Problem(ended.fault.code)
        return { isDone: true as const }
      },
    )

    app.get(
      '/people',
      {
        config: { access: 'people.see' },
        schema: {
          ...operating,
          summary: 'Who has an account, oldest first; no readings, no EANs',
          querystring: Type.Object(
            {
              ...PageQuery,
              q: Type.Optional(Type.String({ maxLength: 100, description: 'a part of the name, or the whole id' })),
            },
            { additionalProperties: false },
          ),
          response: { 200: listOf(PersonSchema), ...usual, ...problemAnswers('request.invalid', 'cursor.invalid') },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'people')
        return paged(await people.list(page, query.q?.trim()), page)
      },
    )

    app.get(
      '/people/:id/mandates',
      {
        config: { access: 'people.see' },
        schema: {
          ...operating,
          summary: 'Mandates that an account has given and holds',
          params: AccountParams,
          response: { 200: MandatesSchema, ...usual, ...problemAnswers('account.unknown') },
        },
      },
      async ({ params }) => mandatesOf(await noOf(params.id)),
    )

    app.post(
      '/people/:id/lock',
      {
        config: { access: 'people.change' },
        schema: {
          ...operating,
          summary: 'Locks an account, so that nobody gets in as it, or opens it again',
          params: AccountParams,
          body: LockWishSchema,
          response: {
            200: PersonSchema,
            ...usual,
            ...problemAnswers('request.invalid'),
            ...problemAnswers('account.unknown'),
            ...problemAnswers('account.own'),
          },
        },
      },
      async request => {
        const accountNo = await noOf(request.params.id)
        if (accountNo === request.accountNo) throw new Problem('account.own')
        await locks.set({ ...request.body, accountNo }, request.actor)
        return people.one(accountNo)
      },
    )

    app.post(
      '/people/:id/roles',
      {
        config: { access: 'people.change' },
        schema: {
          ...operating,
          summary: 'Gives an account a role, or takes it',
          params: AccountParams,
          body: RoleWishSchema,
          response: {
            200: PersonSchema,
            ...usual,
            ...problemAnswers('request.invalid'),
            ...problemAnswers('account.unknown'),
            ...problemAnswers('account.own'),
          },
        },
      },
      async request => {
        const { role, espId = null, isGiven } = request.body
        if ((role === 'esp-manager') !== (espId !== null)) {
          throw new Problem('request.invalid', 'espId goes with esp-manager, and with nothing else.')
        }
        const accountNo = await noOf(request.params.id)
        if (!isGiven && role === 'operator' && accountNo === request.accountNo) throw new Problem('account.own')
        await roles[isGiven ? 'give' : 'take']({ accountNo, role, espId }, request.actor)
        return people.one(accountNo)
      },
    )
    done()
  }

  async function mandatesOf(accountNo: number) {
    return { given: await mandates.given(accountNo), held: await mandates.held(accountNo) }
  }

  async function noOf(accountId: string): Promise<number> {
    const accountNo = await accounts.noOf(accountId)
    if (accountNo === undefined) throw new Problem('account.unknown')
    return accountNo
  }

  async function sessionOf(person: PersonCaller, cookie: string) {
    const { accountNo, accountId, espIds, freshS } = person
    const held = await mandates.held(accountNo)
    return {
      accountId,
      name: (await accounts.nameOf(accountId)) ?? '',
      roles: [...person.roles],
      espIds: [...espIds],
      isFresh: freshS !== null && freshS <= FRESH_MAX_S,
      freshUntilS: freshS === null ? 0 : clock.wallS() - freshS + FRESH_MAX_S,
      csrf: csrfOf(cookie),
      actsFor: held
        .filter(({ state }) => state === 'open')
        .map(({ mandateId, giverName, scope }) => ({ mandateId, giverName, scope })),
    }
  }
}
