// Is it alive, is it ready, how does it do: for supervisors and Prometheus. Nothing here tells about a person.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Registry } from 'prom-client'
import Type from 'typebox'
import type { Store } from '../store/store.ts'

const ReadySchema = Type.Object(
  {
    isReady: Type.Boolean(),
    reason: Type.Optional(Type.String({ description: 'why not: disk-full, locked, read-only, …' })),
  },
  { additionalProperties: false },
)

const Figures = Type.Unsafe<string>({
  description: 'the figures, in Prometheus’ text format',
  content: { 'text/plain': { schema: { type: 'string' } } },
})

export function supervisionRoutes(store: Store, registry: Registry): FastifyPluginCallbackTypebox {
  const tags = ['supervision']
  return (app, _options, done) => {
    const alive = Type.Object({ isAlive: Type.Boolean() })
    app.get(
      '/healthz',
      {
        config: { access: 'platform.probe' },
        schema: { tags, summary: 'Is the process alive', response: { 200: alive } },
      },
      async () => ({
        isAlive: true,
      }),
    )

    app.get(
      '/readyz',
      {
        config: { access: 'platform.probe' },
        schema: { tags, summary: 'Does the store take batches', response: { 200: ReadySchema, 503: ReadySchema } },
      },
      async (_request, reply) => {
        const readiness = store.readiness()
        return reply.code(readiness.isReady ? 200 : 503).send(readiness)
      },
    )

    app.get(
      '/metrics',
      {
        config: { access: 'platform.probe' },
        schema: { tags, summary: 'Prometheus metrics', response: { 200: Figures } },
      },
      async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
    )
    done()
  }
}
