// Who asks? The access key comes as a Bearer token or in the portal's cookie. A wrong one is counted against its address; an absent one
// is only refused. The key itself is never logged and never in an answer.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../shared/kernel/clock.ts'
import { Problem } from '../problem.ts'
import type { Role } from '../store/tables.ts'
import type { Accounts } from './accounts.ts'
import { createThrottle } from './throttle.ts'

const COOKIE = 'nrt_key'
const COOKIE_MAX_AGE_S = 30 * 86_400

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard; 0 where no guard stands. */
    accountNo: number
    /** '' where no guard stands. */
    accountId: string
    /** For the audit: role and account of who asks. */
    actor: string
  }
}

export type Guard = (request: FastifyRequest) => Promise<void>

/** One guard per role; wrong keys are counted together. */
export function createGuards(accounts: Accounts, clock: Clock): (role: Role) => Guard {
  const throttle = createThrottle()
  return role => async request => {
    const key = accessKeyOf(request)
    if (key === undefined) throw new Problem('access.missing')
    const nowMs = clock.monotonicMs()
    if (!throttle.mayTry(request.ip, nowMs)) throw new Problem('access.throttled')
    const holder = await accounts.holderOf(key)
    if (holder === undefined) {
      throttle.failed(request.ip, nowMs)
      throw new Problem('access.missing', 'This access key is not known.')
    }
    if (holder.role !== role) throw new Problem('role.missing', `This address is for the role ${role}.`)
    request.accountNo = holder.accountNo
    request.accountId = holder.accountId
    request.actor = `${holder.role} ${holder.accountId}`
  }
}

function accessKeyOf({ headers }: FastifyRequest): string | undefined {
  const { authorization, cookie } = headers
  if (authorization?.startsWith('Bearer ')) return authorization.slice('Bearer '.length).trim()
  return cookie
    ?.split(';')
    .map(pair => pair.trim())
    .find(pair => pair.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1)
}

/**
 * `GET /?key=…` moves the key out of the address into a cookie that scripts cannot read and other sites cannot send, and goes on to `/`
 * without it. The key is not checked here: a wrong one meets the guard at the first request.
 */
export function keyToCookie(app: FastifyInstance): void {
  app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    const [path, query] = request.url.split('?', 2)
    if (path !== '/' || query === undefined || request.method !== 'GET') return
    const key = new URLSearchParams(query).get('key')
    if (key === null || !/^[\w-]{1,128}$/.test(key)) return
    const secure = request.protocol === 'https' ? '; Secure' : ''
    const cookie = `${COOKIE}=${key}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_MAX_AGE_S}${secure}`
    await reply.header('set-cookie', cookie).header('cache-control', 'no-store').redirect('/', 303)
  })
}
