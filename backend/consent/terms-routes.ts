// REST of the terms of use: anybody reads them, a customer accepts the newest version expressly or takes that back, an operator publishes another.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import {
  AcceptTermsSchema,
  OwnTermsSchema,
  TermsSchema,
  TermsTextSchema,
  TermsVersionSchema,
} from '../../shared/schema/terms.ts'
import { listOf, PageQuerySchema, paged, pageOf } from '../api/pages.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { PermissionRegister } from './register.ts'
import type { Terms } from './terms.ts'

export interface TermsRooms {
  terms: Terms
  permissions: PermissionRegister
  /** Who looks at an account's readings must not go on looking. */
  endStreamsOf(accountNo: number): Promise<void>
}

export function termsRoutes({ terms, permissions, endStreamsOf }: TermsRooms): FastifyPluginCallbackTypebox {
  const security: { [scheme: string]: string[] }[] = [{ accessKey: [] }, { cookie: [] }]
  const common = { tags: ['terms of use'] }
  const answers = problemAnswers('request.invalid', 'store.unavailable')

  return (app, _options, done) => {
    app.get(
      '/terms',
      {
        config: { access: 'catalogue.see' },
        schema: {
          ...common,
          summary: 'The newest version, in four languages',
          response: { 200: TermsSchema, ...answers },
        },
      },
      () => newest(),
    )

    app.get(
      '/terms/acceptance',
      {
        config: { access: 'consent.see' },
        schema: {
          ...common,
          security,
          summary: 'The newest version, and which one this account accepts',
          response: { 200: OwnTermsSchema, ...answers },
        },
      },
      async ({ accountNo }) => ({ newest: await newest(), accepted: (await terms.acceptedBy(accountNo)) ?? null }),
    )

    app.post(
      '/terms/acceptance',
      {
        config: { access: 'terms.accept' },
        schema: {
          ...common,
          security,
          summary: 'Accepts the version that was read, expressly',
          body: AcceptTermsSchema,
          response: { 200: OwnTermsSchema, ...answers, ...problemAnswers('terms.other-version') },
        },
      },
      async ({ accountNo, actor, body }) => {
        const accepted = await terms.accept(accountNo, body.version, body.language, actor)
        if (!accepted.ok) throw new Problem('terms.other-version')
        return { newest: await newest(), accepted: (await terms.acceptedBy(accountNo)) ?? null }
      },
    )

    app.delete(
      '/terms/acceptance',
      {
        config: { access: 'terms.accept' },
        schema: {
          ...common,
          security,
          summary:
            'Takes the acceptance back: every permission that rests on it ends, and one’s readings are not shown any more',
          response: { 204: Type.Null(), ...answers },
        },
      },
      async ({ accountNo, actor }, reply) => {
        await permissions.endTerms(accountNo, actor)
        await endStreamsOf(accountNo)
        return reply.code(204).send(null)
      },
    )

    app.get(
      '/terms/versions',
      {
        config: { access: 'terms.see' },
        schema: {
          ...common,
          security,
          summary: 'Every version, newest first, and how many accounts accept each now',
          querystring: PageQuerySchema,
          response: {
            200: listOf(TermsVersionSchema),
            ...answers,
            ...problemAnswers('request.invalid', 'cursor.invalid'),
          },
        },
      },
      async ({ query }) => {
        const page = pageOf(query, 'terms-versions')
        return paged(await terms.versions(page), page)
      },
    )

    app.post(
      '/terms',
      {
        config: { access: 'terms.publish' },
        schema: {
          ...common,
          security,
          summary: 'Publishes the next version; who accepted the one before has its days of grace to accept it',
          body: TermsTextSchema,
          response: { 200: TermsSchema, ...answers },
        },
      },
      ({ body, actor }) => terms.publish(body, actor),
    )
    done()
  }

  async function newest() {
    const version = await terms.newest()
    if (version === undefined) throw new Problem('internal.broken')
    return version
  }
}
