// The compilers of route schemas that Fastify has by itself, with a memory: a schema is compiled once in a process, however many servers that
// opens. Compiling takes a third of a second of a start, and drills and tests start hundreds.

import validators from '@fastify/ajv-compiler'
import serializers from '@fastify/fast-json-stringify-compiler'
import type { FastifyServerOptions } from 'fastify'

type Compiler = (route: { schema?: unknown }) => unknown
type Factory = (externals: unknown, options: unknown) => Compiler

function remembering(make: Factory): Factory {
  const compiled = new Map<string, unknown>()
  return (externals, options) => {
    const compile = make(externals, options)
    const world = JSON.stringify([externals, options])
    return route => {
      const key = world + JSON.stringify(route.schema)
      if (!compiled.has(key)) compiled.set(key, compile(route))
      return compiled.get(key)
    }
  }
}

/** For Fastify's option of this name. */
export const schemaController = {
  compilersFactory: {
    buildValidator: remembering(validators() as Factory),
    buildSerializer: remembering(serializers() as Factory),
  },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>
