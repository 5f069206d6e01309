// What requests about permissions have in common: who asks, and a fault of the register as the problem that is answered.

import type { FastifyRequest } from 'fastify'
import type { ProblemCode } from '../../shared/schema/problem.ts'
import { Problem } from '../problem.ts'
import type { Asker, SubscribeFault } from './register.ts'

export function askerOf({ accountNo, accountId, actor, caller, once }: FastifyRequest): Asker {
  return { accountNo, accountId, actor, freshS: caller.kind === 'person' ? caller.freshS : null, once }
}

const IMPOSSIBLE = ['permission.known', 'permission.not-over'] as const
type Impossible = (typeof IMPOSSIBLE)[number]

export function problemOf(fault: SubscribeFault): Problem {
  const { code } = fault
  if ((IMPOSSIBLE as readonly string[]).includes(code)) return new Problem('internal.broken')
  const detail = fault.code === 'permission.wrong-state' ? `It is ${fault.state}.` : undefined
  return new Problem(code as Exclude<SubscribeFault['code'], Impossible> & ProblemCode, detail)
}
