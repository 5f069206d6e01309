// Who asks over hawkBit's interface: a dongle with its own token (TargetToken), or a gateway that has proved the dongle itself (GatewayToken). The
// tokens are in the headers only; wrong ones are counted against their address.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../../shared/kernel/clock.ts'
import { Problem } from '../problem.ts'
import { createThrottle } from './throttle.ts'

/** The number of the dongle that asks. Throws Problem access.missing, access.throttled or dongle.unknown. */
export type DdiGuard = (request: FastifyRequest, controllerId: string) => Promise<number>

/** `enter` gives the number of a dongle that is served, and checks the token where one is given. */
export function createDdiGuard(
  gatewayToken: string | undefined,
  enter: (dongleId: string, token: string | undefined) => Promise<number | undefined>,
  clock: Clock,
): DdiGuard {
  const throttle = createThrottle()
  return async (request, controllerId) => {
    const [, scheme, token] = /^(TargetToken|GatewayToken) (\S{1,200})$/.exec(request.headers.authorization ?? '') ?? []
    if (token === undefined) throw new Problem('access.missing', 'This address wants a TargetToken or a GatewayToken.')
    const nowMs = clock.monotonicMs()
    if (!throttle.mayTry(request.ip, nowMs)) throw new Problem('access.throttled')
    if (scheme === 'GatewayToken' && gatewayToken !== undefined && isSame(token, gatewayToken)) {
      const dongleNo = await enter(controllerId, undefined)
      if (dongleNo === undefined) throw new Problem('dongle.unknown')
      return dongleNo
    }
    const dongleNo = scheme === 'TargetToken' ? await enter(controllerId, token) : undefined
    if (dongleNo !== undefined) return dongleNo
    throttle.failed(request.ip, nowMs)
    throw new Problem('access.missing', 'This token is not right for this address.')
  }
}

function isSame(a: string, b: string): boolean {
  const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()
  return timingSafeEqual(hashOf(a), hashOf(b))
}
