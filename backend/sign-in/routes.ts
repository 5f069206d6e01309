// Signing in over HTTP: the way to the identity service, and back with a session. A browser that comes back without a result goes to the portal,
// which has words for the code; everybody else gets the problem.

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { Result } from '../../shared/kernel/result.ts'
import type { ProblemCode } from '../../shared/schema/problem.ts'
import { type Cookies, KEY_COOKIE, SESSION_COOKIE } from '../access/cookies.ts'
import type { LinkFault } from '../accounts/accounts.ts'
import type { Identities } from '../accounts/identities.ts'
import type { Roles } from '../accounts/roles.ts'
import type { Sessions } from '../accounts/sessions.ts'
import type { EspTokens } from '../esps/tokens.ts'
import { Problem } from '../problem.ts'
import { createJourneys, JOURNEY_S, placeOf } from './journey.ts'
import type { OriginOf } from './origin.ts'
import type { ProvedPerson, RelyingParty } from './relying-party.ts'

const JOURNEY_COOKIE = 'nrt_sign_in'
/** Who has signed out here is asked anew by the identity service, which may still know them. */
export const OUT_COOKIE = 'nrt_out'
const OUT_S = 30 * 86_400
const HERE = '/sign-in'

export interface SignInRooms {
  relyingParty: RelyingParty
  identities: Identities
  roles: Roles
  sessions: Sessions
  cookies: Cookies
  originOf: OriginOf
  /** Tells the access register's word for the account's person. */
  link(accountId: string, holderId: string, actor?: string): Promise<Result<'linked', LinkFault>>
  espTokens: EspTokens
  clock: Clock
}

const config = { access: 'sign-in.use' } as const

export function signInRoutes(rooms: SignInRooms): FastifyPluginAsync {
  const { relyingParty, identities, roles, sessions, cookies, originOf, espTokens, clock } = rooms
  const journeys = createJourneys()

  return async app => {
    app.get<{ Querystring: { to?: string; fresh?: string; lang?: string } }>(
      HERE,
      { config, schema: { hide: true }, exposeHeadRoute: false },
      async (request, reply) => {
        void reply.header('cache-control', 'no-store')
        const origin = originOf(request)
        // cookies belong to one name: who came by another goes on by the one that they come back to
        if (origin !== `${new URL(origin).protocol}//${request.host}`) return reply.redirect(origin + request.url, 303)
        const { to, fresh, lang } = request.query
        const wish = { origin, to: placeOf(to), isFresh: fresh !== undefined, language: languageOf(lang) }
        const isAnew = cookies.read(request, OUT_COOKIE) !== undefined
        const departed = await relyingParty.depart({ ...wish, isAnew })
        if (!departed.ok) return turnBack(request, reply, departed.fault.code, departed.fault.why, wish.to)
        const value = journeys.sealed(departed.value.journey, clock.wallS())
        cookies.write(request, reply, { ...LAX, name: JOURNEY_COOKIE, value, maxAgeS: JOURNEY_S })
        return reply.redirect(departed.value.address, 303)
      },
    )

    app.get(`${HERE}/callback`, { config, schema: { hide: true }, exposeHeadRoute: false }, async (request, reply) => {
      void reply.header('cache-control', 'no-store')
      const text = cookies.read(request, JOURNEY_COOKIE)
      cookies.write(request, reply, { ...LAX, name: JOURNEY_COOKIE, value: '', maxAgeS: 0 })
      const journey = text === undefined ? undefined : journeys.opened(text, clock.wallS())
      if (journey === undefined) return turnBack(request, reply, 'sign-in.expired')
      const arrived = await relyingParty.arrive(request.url, journey)
      if (!arrived.ok) return turnBack(request, reply, arrived.fault.code, arrived.fault.why, journey.to)
      const refused = await begin(request, reply, arrived.value, journey.isFresh)
      if (refused !== undefined) return turnBack(request, reply, refused, undefined, journey.to)
      return reply.redirect(journey.to, 303)
    })

    app.get('/oauth/jwks', { config, schema: { hide: true } }, async () => ({
      keys: [(await espTokens.signingKey()).jwk],
    }))
  }

  /** A new session in place of the one before, or why there is none: the account is locked, or the identity service speaks of one that there is not. */
  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    person: ProvedPerson,
    isFresh: boolean,
  ): Promise<'sign-in.failed' | 'account.locked' | undefined> {
    const before = cookies.read(request, SESSION_COOKIE)
    const open = before === undefined ? undefined : await sessions.find(before)
    const account = await identities.signIn(person, isFresh ? open?.accountNo : undefined)
    if (account === undefined) return 'sign-in.failed'
    if (account === 'locked') return 'account.locked'
    if (person.holderId !== undefined) {
      const linked = await rooms.link(account.accountId, person.holderId)
      if (!linked.ok) request.log.warn({ code: linked.fault.code }, 'a person who signed in could not be linked')
    }
    if (before !== undefined) await sessions.end(before)
    const { accountNo, role } = account
    const signedInAtS = clock.wallS() - person.ageS
    const { cookie, maxAgeS } = await sessions.start(accountNo, (await roles.of(accountNo, role)).roles, signedInAtS)
    cookies.write(request, reply, { name: SESSION_COOKIE, value: cookie, maxAgeS })
    cookies.write(request, reply, { name: KEY_COOKIE, value: '', maxAgeS: 0 })
    cookies.write(request, reply, { ...LAX, name: OUT_COOKIE, value: '', maxAgeS: 0 })
    return undefined
  }
}

const LAX = { path: HERE, sameSite: 'Lax' } as const

/** Takes the session away, and says so to the next sign-in. */
export function forget(cookies: Cookies, request: FastifyRequest, reply: FastifyReply): void {
  cookies.write(request, reply, { name: SESSION_COOKIE, value: '', maxAgeS: 0 })
  cookies.write(request, reply, { name: KEY_COOKIE, value: '', maxAgeS: 0 })
  cookies.write(request, reply, { ...LAX, name: OUT_COOKIE, value: '1', maxAgeS: OUT_S })
}

/** To where the person came from, with the code in the address: what they were about to do there waits for them. */
function turnBack(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ProblemCode,
  why?: string,
  to = '/',
): FastifyReply {
  if (!request.headers.accept?.includes('text/html')) throw new Problem(code, why)
  const { pathname, hash } = new URL(to, 'http://here')
  return reply.redirect(`${pathname}?sign-in=${code}${hash}`, 303)
}

function languageOf(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z]{2}(-[A-Za-z]{2})?$/.test(text) ? text : undefined
}
