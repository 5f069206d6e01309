// Who operates: one key from the environment, as a Bearer token. Without it there are no operator routes to be had. Wrong keys are counted
// against their address as wrong access keys are; the key is never logged and never in an answer.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../../shared/kernel/clock.ts'
import { Problem } from '../problem.ts'
import { createThrottle } from './throttle.ts'

export type OperatorGuard = (request: FastifyRequest) => Promise<void>

const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()

export function createOperatorGuard(operatorKey: string | undefined, clock: Clock): OperatorGuard {
  const throttle = createThrottle()
  return async request => {
    const { authorization } = request.headers
    if (operatorKey === undefined)
      throw new Problem('access.missing', 'This server has no operator key (NRT_OPERATOR_KEY).')
    if (!authorization?.startsWith('Bearer ')) throw new Problem('access.missing')
    const nowMs = clock.monotonicMs()
    if (!throttle.mayTry(request.ip, nowMs)) throw new Problem('access.throttled')
    if (timingSafeEqual(hashOf(authorization.slice('Bearer '.length).trim()), hashOf(operatorKey))) return
    throttle.failed(request.ip, nowMs)
    throw new Problem('access.missing', 'This is not the operator key.')
  }
}
