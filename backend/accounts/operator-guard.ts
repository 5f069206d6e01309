// Who operates: one key from the environment, as a Bearer token; and one that only reads the access register, for a platform that follows it.
// Without them there are no such routes to be had. Wrong keys are counted against their address as wrong access keys are; a key is never
// logged and never in an answer.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../../shared/kernel/clock.ts'
import { Problem } from '../problem.ts'
import { createThrottle } from './throttle.ts'

export type OperatorGuard = (request: FastifyRequest) => Promise<void>

export interface OperatorGuards {
  operatorGuard: OperatorGuard
  /** The operator's key or the reader's. */
  registerGuard: OperatorGuard
}

export interface OperatorKeys {
  operatorKey?: string
  registerReaderKey?: string
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest()
const isSame = (key: string, wanted: string | undefined): boolean =>
  wanted !== undefined && timingSafeEqual(hashOf(key), hashOf(wanted))

export function createOperatorGuards({ operatorKey, registerReaderKey }: OperatorKeys, clock: Clock): OperatorGuards {
  const throttle = createThrottle()
  return { operatorGuard: request => guard(request, false), registerGuard: request => guard(request, true) }

  async function guard(request: FastifyRequest, mayOnlyRead: boolean): Promise<void> {
    const { authorization } = request.headers
    if (operatorKey === undefined && !(mayOnlyRead && registerReaderKey !== undefined)) {
      throw new Problem('access.missing', 'This server has no operator key (NRT_OPERATOR_KEY).')
    }
    if (!authorization?.startsWith('Bearer ')) throw new Problem('access.missing')
    const nowMs = clock.monotonicMs()
    if (!throttle.mayTry(request.ip, nowMs)) throw new Problem('access.throttled')
    const key = authorization.slice('Bearer '.length).trim()
    if (isSame(key, operatorKey)) return
    if (isSame(key, registerReaderKey)) {
      if (mayOnlyRead) return
      throw new Problem('role.missing', 'This key reads the access register and opens nothing else.')
    }
    throttle.failed(request.ip, nowMs)
    throw new Problem('access.missing', 'This is not the operator key.')
  }
}
