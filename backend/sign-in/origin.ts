// Where people reach this server. What NRT_PUBLIC_URL says; without it what the browser says, as long as that is this very machine or a bare address:
// such a name cannot be bent to somebody else's server.

import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'

/** Like https://nrt.example, without a path. Throws Problem sign-in.nowhere for a name that nobody has vouched for. */
export type OriginOf = (request: FastifyRequest) => string

export function createOriginOf(publicUrl: string | undefined): OriginOf {
  return request => {
    if (publicUrl !== undefined) return publicUrl
    const { protocol, host } = request
    const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
    if (name === 'localhost' || isIP(name) !== 0) return `${protocol}://${host}`
    throw new Problem('sign-in.nowhere')
  }
}
