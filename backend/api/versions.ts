// What of the API is going away, and when: one table. An operation that stands in it says so in every answer (Deprecation, RFC 9745; Sunset, RFC 8594;
// a link to what to use instead) and in its description. How long a version lives is told in docs/api.md; this file only holds to it.

import type { FastifyInstance } from 'fastify'

export interface Ending {
  /** Since when it should not be used for anything new, epoch seconds. */
  deprecatedS: number
  /** From then on it may be gone, epoch seconds; at least DEPRECATED_AT_LEAST_S later. */
  sunsetS: number
  /** What to use instead: an address of ours. */
  instead: string
}

/** By method and address as in the description: 'GET /api/v1/…'. */
export interface Endings {
  [operation: string]: Ending
}

/** A version or an operation is served for so long after it was called deprecated: a year. */
export const DEPRECATED_AT_LEAST_S = 365 * 86_400

/** Nothing of version 1 is going away. */
export const ENDINGS: Endings = {}

/** Call before any route is made. Throws an Error for an ending that gives too little time, and for one of an operation that there is not. */
export function sayWhatEnds(app: FastifyInstance, endings: Endings): void {
  const waiting = new Set(Object.keys(endings))
  for (const [operation, { deprecatedS, sunsetS }] of Object.entries(endings)) {
    if (sunsetS - deprecatedS < DEPRECATED_AT_LEAST_S) throw new Error(`${operation} would end too soon`)
  }
  app.addHook('onRoute', route => {
    for (const method of [route.method].flat()) waiting.delete(operationOf(method, route.url))
  })
  app.addHook('onReady', async () => {
    if (waiting.size > 0) throw new Error(`there is no ${[...waiting].join(', ')}`)
  })
  app.addHook('onRequest', async (request, reply) => {
    const ending = endings[operationOf(request.method, request.routeOptions.url ?? '')]
    if (ending === undefined) return
    void reply.headers({
      deprecation: `@${ending.deprecatedS}`,
      sunset: new Date(ending.sunsetS * 1000).toUTCString(),
      link: `<${ending.instead}>; rel="successor-version"`,
    })
  })
}

/** 'GET /api/v1/dongles/{id}' of a route's own words. HEAD is a GET without its body. */
export function operationOf(method: string, url: string): string {
  return `${method === 'HEAD' ? 'GET' : method} ${url.replace(/:(\w+)/g, '{$1}')}`
}
