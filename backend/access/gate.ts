// The gate of the HTTP application: no request passes whose route names no right, and none whose caller does not have it. One hook for all
// routes; the table is shared/schema/access.ts, who calls is found out by identify.ts.

import type { FastifyInstance, FastifyPluginAsync, FastifyPluginCallback, FastifyRequest, RouteOptions } from 'fastify'
import { isRight, type Right, rowOf } from '../../shared/schema/access.ts'
import { type Answers, withProblems } from '../openapi.ts'
import { Problem } from '../problem.ts'
import { ANYONE, actorOf, type Caller, mayCaller, requireFresh } from './caller.ts'

/** Throws a Problem for a credential that is wrong, missing or of no use here. */
export type Identify = (request: FastifyRequest, right: Right) => Promise<Caller>

declare module 'fastify' {
  interface FastifyInstance {
    /** What is served, with the right that each wants; complete once the app is ready. */
    servedRoutes: ServedRoute[]
  }
}

export interface ServedRoute {
  method: string
  url: string
  right: Right
}

/** Whether an account accepts the terms of use now. */
export type TermsHold = (accountNo: number) => Promise<boolean>

/** Call before any route is made. */
export function guardRoutes(app: FastifyInstance, identify: Identify, termsHold: TermsHold): void {
  const made: RouteOptions[] = []
  const served: ServedRoute[] = []
  app.decorate('servedRoutes', served)
  app.decorateRequest('caller', null as never)
  app.decorateRequest('accountNo', 0)
  app.decorateRequest('accountId', '')
  app.decorateRequest('actor', '')
  app.addHook('onRoute', route => {
    made.push(route)
    describe(route)
  })
  app.addHook('onReady', async () => {
    for (const { method, url, config } of made) {
      const right = config?.access
      if (!isRight(right)) throw new Error(`${method} ${url} names no right: see shared/schema/access.ts`)
      for (const one of [method].flat()) served.push({ method: one, url, right })
    }
  })
  app.addHook('onRequest', async request => {
    request.caller = ANYONE
    if (request.is404) return
    const right = request.routeOptions.config.access
    if (!isRight(right)) throw new Problem('internal.broken')
    await pass(request, right)
  })

  async function pass(request: FastifyRequest, right: Right): Promise<void> {
    const { may, isFresh, needsTerms } = rowOf(right)
    if (may.includes('anyone')) return
    const caller = await identify(request, right)
    if (!mayCaller(caller, right)) throw new Problem('role.missing', `This address is for ${may.join(', ')}.`)
    enter(request, caller)
    // the server's own key has no sign-in; who may use it is the table's to say
    if (isFresh && caller.kind === 'person') requireFresh(request)
    if (needsTerms && !(await termsHold(request.accountNo))) throw new Problem('terms.not-accepted')
  }
}

/** What the gate itself may answer stands in the route's description, whoever wrote that. */
function describe(route: RouteOptions): void {
  const right = route.config?.access
  const { schema } = route as { schema?: { response?: Answers } }
  if (schema === undefined || !isRight(right)) return
  const { may, isFresh, needsTerms } = rowOf(right)
  const asks = may.includes('anyone')
    ? []
    : (['access.missing', 'access.throttled', 'role.missing', 'account.locked'] as const)
  const ofMachines = may.includes('esp-machine') ? MACHINE : []
  const response = withProblems(
    schema.response ?? {},
    ...asks,
    ...ofMachines,
    ...(isFresh ? STALE : []),
    ...(needsTerms ? TERMS : []),
  )
  route.schema = { ...schema, response, 'x-right': right } as typeof schema
}

const MACHINE = [
  ...(['token.invalid', 'token.expired', 'token.foreign'] as const),
  ...(['certificate.missing', 'certificate.foreign', 'certificate.expired'] as const),
] as const
const STALE = ['sign-in.stale'] as const
const TERMS = ['terms.not-accepted'] as const

function enter(request: FastifyRequest, caller: Caller): void {
  request.caller = caller
  request.actor = actorOf(caller)
  if (caller.kind !== 'person') return
  const { accountNo, accountId } = caller.actingFor ?? caller
  request.accountNo = accountNo
  request.accountId = accountId
}

/** Registers somebody else's plugin, whose routes cannot name a right themselves. */
export async function registerUnder(
  app: FastifyInstance,
  right: Right,
  // biome-ignore lint/suspicious/noExplicitAny: any plugin with any options
  plugin: FastifyPluginAsync<any> | FastifyPluginCallback<any>,
  options: object,
): Promise<void> {
  await app.register(async scope => {
    scope.addHook('onRoute', route => {
      route.config = { ...route.config, access: right }
    })
    await scope.register(plugin, options)
  })
}
