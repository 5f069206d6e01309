// Who calls, from what they show: an access key, the server's own keys, a client of hawkBit's interface, or the portal's cookie. Wrong ones are
// counted against their address; what is absent is only refused. Nothing that was shown is logged or stands in an answer.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../../shared/kernel/clock.ts'
import { type Profile, rowOf } from '../../shared/schema/access.ts'
import { parseAccessKey } from '../accounts/access-key.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { DdiGuard } from '../accounts/ddi-guard.ts'
import { createThrottle } from '../accounts/throttle.ts'
import { Problem } from '../problem.ts'
import type { Caller } from './caller.ts'
import { cookieOf, KEY_COOKIE } from './cookies.ts'
import type { Identify } from './gate.ts'

export interface ServerKeys {
  operatorKey?: string
  registerReaderKey?: string
}

export interface IdentifyRooms {
  accounts: Accounts
  ddiGuard: DdiGuard
  keys: ServerKeys
  clock: Clock
}

const SERVER_KEYS: readonly Profile[] = ['operator-key', 'register-reader']

const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()
const isSame = (key: string, wanted: string | undefined): boolean =>
  wanted !== undefined && timingSafeEqual(hashOf(key), hashOf(wanted))

export function createIdentify({ accounts, ddiGuard, keys, clock }: IdentifyRooms): Identify {
  const throttle = createThrottle()
  return async (request, right) => {
    const { may } = rowOf(right)
    if (may.includes('dongle')) return dongleOf(request)
    if (isClosed(may)) throw new Problem('access.missing', 'This server has no operator key (NRT_OPERATOR_KEY).')
    const key = bearerOf(request) ?? cookieOf(request, KEY_COOKIE)
    if (key === undefined) throw new Problem('access.missing')
    const nowMs = clock.monotonicMs()
    if (!throttle.mayTry(request.ip, nowMs)) throw new Problem('access.throttled')
    const caller = parseAccessKey(key) === undefined ? serverOf(key) : await personOf(key)
    if (caller !== undefined) return caller
    throttle.failed(request.ip, nowMs)
    throw new Problem('access.missing', 'This key is not known.')
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

  function serverOf(key: string): Caller | undefined {
    if (isSame(key, keys.operatorKey)) return { kind: 'server', key: 'operator-key' }
    return isSame(key, keys.registerReaderKey) ? { kind: 'server', key: 'register-reader' } : undefined
  }

  async function personOf(key: string): Promise<Caller | undefined> {
    const holder = await accounts.holderOf(key)
    if (holder === undefined) return undefined
    const { accountNo, accountId, role } = holder
    return { kind: 'person', accountNo, accountId, roles: [role], espIds: [], freshS: null }
  }
}

function bearerOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length).trim() : undefined
}
