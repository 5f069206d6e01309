// Who calls, from what they show: a token of an ESP's machine, an access key, the server's own keys, a client of hawkBit's interface, or one of the
// portal's cookies. Wrong ones are counted against their address; what is absent is only refused. Nothing that was shown is logged or answered.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../../shared/kernel/clock.ts'
import { type Profile, type Role, rowOf } from '../../shared/schema/access.ts'
import { parseAccessKey } from '../accounts/access-key.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { DdiGuard } from '../accounts/ddi-guard.ts'
import type { Mandates } from '../accounts/mandates.ts'
import type { Roles } from '../accounts/roles.ts'
import type { Sessions } from '../accounts/sessions.ts'
import { createThrottle } from '../accounts/throttle.ts'
import type { EspTokens } from '../esps/tokens.ts'
import { Problem } from '../problem.ts'
import type { OriginOf } from '../sign-in/origin.ts'
import { type Caller, mayCaller, type PersonCaller } from './caller.ts'
import { type Cookies, hasCsrf, KEY_COOKIE, SESSION_COOKIE } from './cookies.ts'
import type { Identify, TermsHold } from './gate.ts'
import type { ShownCertificate } from './shown-certificate.ts'

/** In whose name a person asks: the id of a mandate. */
export const ACTING_FOR_HEADER = 'x-acting-for'

export interface ServerKeys {
  operatorKey?: string
  registerReaderKey?: string
}

export interface IdentifyRooms {
  accounts: Accounts
  roles: Roles
  sessions: Sessions
  mandates: Mandates
  espTokens: EspTokens
  cookies: Cookies
  ddiGuard: DdiGuard
  keys: ServerKeys
  originOf: OriginOf
  shownCertificate: ShownCertificate
  termsHold: TermsHold
  clock: Clock
}

export interface Identification {
  identify: Identify
  /** Asked again of a request that is still being answered, such as a live stream. */
  isStillLetIn(request: FastifyRequest): Promise<boolean>
  /** The person that one of the portal's cookies stands for, in their own name; undefined: nobody is signed in. */
  whoIs(request: FastifyRequest): Promise<{ person: PersonCaller; cookie: string } | undefined>
}

const SERVER_KEYS: readonly Profile[] = ['operator-key', 'register-reader']
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()
const isSame = (key: string, wanted: string | undefined): boolean =>
  wanted !== undefined && timingSafeEqual(hashOf(key), hashOf(wanted))

export function createIdentification(rooms: IdentifyRooms): Identification {
  const { accounts, roles, sessions, mandates, espTokens, cookies, ddiGuard, keys, originOf, termsHold, clock } = rooms
  const { shownCertificate } = rooms
  const throttle = createThrottle()
  return { identify, whoIs, isStillLetIn }

  async function identify(request: FastifyRequest, right: Parameters<Identify>[1]): Promise<Caller> {
    const { may } = rowOf(right)
    if (may.includes('dongle')) return dongleOf(request)
    if (isClosed(may)) throw new Problem('access.missing', 'This server has no operator key (NRT_OPERATOR_KEY).')
    const caller = await shownBy(request)
    return caller.kind === 'person' ? inWhoseName(request, caller) : caller
  }

  async function shownBy(request: FastifyRequest): Promise<Caller> {
    const bearer = bearerOf(request)
    if (bearer !== undefined) return byBearer(request, bearer)
    const found = await byCookie(request)
    if (found === undefined) throw new Problem('access.missing')
    if (!SAFE_METHODS.includes(request.method) && !hasCsrf(request, found.cookie)) throw new Problem('csrf.missing')
    return found.person
  }

  function byBearer(request: FastifyRequest, text: string): Promise<Caller> {
    if (isToken(text)) return counted(request, () => machineOf(request, text))
    return counted(request, async () => (parseAccessKey(text) === undefined ? serverOf(text) : byKey(text)))
  }

  async function byCookie(request: FastifyRequest): Promise<{ person: PersonCaller; cookie: string } | undefined> {
    const cookie = cookies.read(request, SESSION_COOKIE)
    const session = cookie === undefined ? undefined : await sessions.find(cookie)
    if (session !== undefined && cookie !== undefined) {
      const { accountNo, accountId, role, signedInAtS } = session
      return { cookie, person: await personFor({ accountNo, accountId, role }, clock.wallS() - signedInAtS) }
    }
    const key = cookies.read(request, KEY_COOKIE)
    if (key === undefined) return undefined
    return { cookie: key, person: await counted(request, () => byKey(key)) }
  }

  /** Who guesses is held up; a wrong one is not told from one that was right once. */
  async function counted<Found extends Caller>(
    request: FastifyRequest,
    look: () => Promise<Found | undefined>,
  ): Promise<Found> {
    const nowMs = clock.monotonicMs()
    if (!throttle.mayTry(request.ip, nowMs)) throw new Problem('access.throttled')
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      if (error instanceof Problem) throttle.failed(request.ip, nowMs)
      throw error
    }
    throttle.failed(request.ip, nowMs)
    throw new Problem('access.missing', 'This key is not known.')
  }

  async function machineOf(request: FastifyRequest, token: string): Promise<Caller> {
    const verified = await espTokens.verify(token, originOf(request), shownCertificate(request))
    if (!verified.ok) throw new Problem(verified.fault.code, verified.fault.why)
    return { kind: 'machine', espId: verified.value.espId }
  }

  function serverOf(key: string): Caller | undefined {
    if (isSame(key, keys.operatorKey)) return { kind: 'server', key: 'operator-key' }
    return isSame(key, keys.registerReaderKey) ? { kind: 'server', key: 'register-reader' } : undefined
  }

  async function byKey(key: string): Promise<PersonCaller | undefined> {
    const holder = await accounts.holderOf(key)
    return holder && personFor(holder, null)
  }

  async function personFor(
    { accountNo, accountId, role }: { accountNo: number; accountId: string; role: Role },
    freshS: number | null,
  ): Promise<PersonCaller> {
    const { isLocked, ...given } = await roles.of(accountNo, role)
    if (isLocked) throw new Problem('account.locked')
    return { kind: 'person', accountNo, accountId, ...given, freshS }
  }

  async function inWhoseName(request: FastifyRequest, person: PersonCaller): Promise<PersonCaller> {
    const mandateId = request.headers[ACTING_FOR_HEADER]
    if (mandateId === undefined) return person
    const actingFor = await mandates.actingFor(person, String(mandateId))
    if (actingFor === undefined) throw new Problem('mandate.unknown')
    return { ...person, actingFor }
  }

  async function isStillLetIn(request: FastifyRequest): Promise<boolean> {
    const right = request.routeOptions.config.access
    try {
      if (right === undefined || !mayCaller(await identify(request, right), right)) return false
      return rowOf(right).needsTerms === undefined || (await termsHold(request.accountNo))
    } catch (error) {
      // that somebody else guesses from the same address says nothing of this one
      if (error instanceof Problem) return error.code === 'access.throttled'
      throw error
    }
  }

  async function whoIs(request: FastifyRequest) {
    try {
      return await byCookie(request)
    } catch (error) {
      if (error instanceof Problem && (error.code === 'access.missing' || error.code === 'account.locked'))
        return undefined
      throw error
    }
  }

  async function dongleOf(request: FastifyRequest): Promise<Caller> {
    const { controllerId } = request.params as { controllerId: string }
    return { kind: 'dongle', dongleNo: await ddiGuard(request, controllerId) }
  }

  /** Only the server's keys would open it, and this server has none of them. */
  function isClosed(may: readonly Profile[]): boolean {
    if (!may.every(profile => SERVER_KEYS.includes(profile))) return false
    return keys.operatorKey === undefined && !(may.includes('register-reader') && keys.registerReaderKey !== undefined)
  }
}

function bearerOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length).trim() : undefined
}

/** Formed like a JWT: a header in JSON, and three parts. */
function isToken(text: string): boolean {
  return text.startsWith('ey') && text.split('.').length === 3
}
