// Who may see and steer updates: an operator with a key of their own, or, for looking and for stopping, whoever has the server's operator key. What
// needs two people (four eyes) needs two accounts: the server's key has no person behind it.

import type { FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'
import { parseAccessKey } from './access-key.ts'
import type { Guard } from './guard.ts'
import type { OperatorGuard } from './operator-guard.ts'

export interface FleetGuards {
  /** An operator's own key or the server's. */
  anyone: Guard
  /** An operator's own key only. */
  person: Guard
}

export function createFleetGuards(person: Guard, operatorGuard: OperatorGuard): FleetGuards {
  return {
    async anyone(request) {
      if (isAccountKey(request)) return person(request)
      await operatorGuard(request)
      request.actor = 'operator key'
    },
    async person(request) {
      if (isAccountKey(request)) return person(request)
      await operatorGuard(request)
      throw new Problem('role.missing', 'This needs an operator’s own key: npm run add-operator.')
    },
  }
}

function isAccountKey({ headers: { authorization } }: FastifyRequest): boolean {
  return authorization?.startsWith('Bearer ') === true && parseAccessKey(authorization.slice(7).trim()) !== undefined
}
