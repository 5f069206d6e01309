// REST of ESPs' machines: the token endpoint (RFC 6749, RFC 7523), what it says of itself (RFC 8414), who a token is, and the keys
// and certificates that an ESP's manager looks after. Refusals are problems that also carry OAuth's own word, so that any client's library understands them.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Clock } from '../../shared/kernel/clock.ts'
import {
  CertificatePemSchema,
  EspCertificateSchema,
  EspKeySchema,
  PublicJwkSchema,
  TokenSchema,
} from '../../shared/schema/people.ts'
import { machineOf, personOf } from '../access/caller.ts'
import type { ShownCertificate } from '../access/shown-certificate.ts'
import { createThrottle } from '../accounts/throttle.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { OriginOf } from '../sign-in/origin.ts'
import type { EspCertificates } from './certificates.ts'
import type { By, EspKeys } from './keys.ts'
import type { EspTokens, TokenRequest } from './tokens.ts'

export interface EspAccessRooms {
  espKeys: EspKeys
  espCertificates: EspCertificates
  espTokens: EspTokens
  shownCertificate: ShownCertificate
  /** Ends an ESP's streams: what they have shown when they came may not be good any more. */
  endStreamsOfEsp(espId: string): void
  originOf: OriginOf
  /** Where machines with a certificate come, where that is another address. */
  espTlsUrl: string | undefined
  clock: Clock
}

const TOKEN_PATH = '/oauth/token'
const FORM_BYTES_MAX = 16_384
const EspParams = Type.Object({ espId: Type.String({ pattern: '^[a-z0-9_-]{1,64}$' }) })
const KeyParams = Type.Object({ ...EspParams.properties, kid: Type.String({ maxLength: 64 }) })
const CertificateParams = Type.Object({ ...EspParams.properties, thumbprint: Type.String({ maxLength: 64 }) })
const usual = problemAnswers('request.invalid', 'store.unavailable')

/** At the root: what OAuth has an address of its own for. */
export function tokenRoutes(rooms: EspAccessRooms): FastifyPluginCallbackTypebox {
  const { espTokens, originOf, espTlsUrl, shownCertificate, clock } = rooms
  const throttle = createThrottle()
  return (app, _options, done) => {
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, parsed) =>
      parsed(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )
    app.post(
      TOKEN_PATH,
      {
        config: { access: 'token.get' },
        bodyLimit: FORM_BYTES_MAX,
        schema: {
          tags: ['ESP access'],
          summary: 'An access token of five minutes for an assertion (client credentials, private_key_jwt, ES256)',
          consumes: ['application/x-www-form-urlencoded'],
          response: {
            200: TokenSchema,
            ...usual,
            ...problemAnswers('request.invalid', 'grant.unsupported'),
            ...problemAnswers(
              ...(['assertion.invalid', 'assertion.expired', 'assertion.foreign', 'assertion.replayed'] as const),
              ...(['certificate.missing', 'certificate.foreign', 'certificate.expired'] as const),
            ),
            ...problemAnswers('access.throttled'),
          },
        },
      },
      async (request, reply) => {
        void reply.header('cache-control', 'no-store')
        const nowMs = clock.monotonicMs()
        if (!throttle.mayTry(request.ip, nowMs)) throw new Problem('access.throttled')
        const origin = originOf(request)
        const form = Object(request.body) as TokenRequest
        const audiences = [origin, espTlsUrl].flatMap(url => (url === undefined ? [] : [url, url + TOKEN_PATH]))
        const issued = await espTokens.issue(form, origin, audiences, shownCertificate(request))
        if (!issued.ok) {
          throttle.failed(request.ip, nowMs)
          throw new Problem(issued.fault.code, issued.fault.why)
        }
        const { token, expiresInS } = issued.value
        return { access_token: token, token_type: 'Bearer' as const, expires_in: expiresInS }
      },
    )

    app.get(
      '/.well-known/oauth-authorization-server',
      { config: { access: 'token.get' }, schema: { hide: true } },
      async request => metadataOf(originOf(request), espTlsUrl),
    )
    done()
  }
}

function metadataOf(issuer: string, espTlsUrl: string | undefined) {
  return {
    issuer,
    token_endpoint: issuer + TOKEN_PATH,
    jwks_uri: `${issuer}/oauth/jwks`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256'],
    tls_client_certificate_bound_access_tokens: true,
    ...(espTlsUrl === undefined ? {} : { mtls_endpoint_aliases: { token_endpoint: espTlsUrl + TOKEN_PATH } }),
  }
}

export function espRoutes(rooms: EspAccessRooms): FastifyPluginCallbackTypebox {
  const { espKeys, espCertificates, endStreamsOfEsp } = rooms
  const machine = { tags: ['ESP access'], security: [{ espToken: [] }] as { [scheme: string]: string[] }[] }
  const manager = { tags: ['ESP access'], security: [{ cookie: [] }] as typeof machine.security }

  return (app, _options, done) => {
    app.get(
      '/esp/self',
      {
        config: { access: 'esp.self' },
        schema: {
          ...machine,
          summary: 'Whose token this is',
          response: { 200: Type.Object({ espId: Type.String() }, { additionalProperties: false }), ...usual },
        },
      },
      async request => ({ espId: machineOf(request).espId }),
    )

    app.get(
      '/esps/:espId/keys',
      {
        config: { access: 'esp-keys.see' },
        schema: {
          ...manager,
          summary: 'The public keys of an ESP’s machines',
          params: EspParams,
          response: {
            200: Type.Object({ items: Type.Array(EspKeySchema) }),
            ...usual,
            ...problemAnswers('esp-key.unknown'),
          },
        },
      },
      async request => {
        assertTheirs(request, request.params.espId)
        return { items: await espKeys.list(request.params.espId) }
      },
    )

    app.post(
      '/esps/:espId/keys',
      {
        config: { access: 'esp-keys.change' },
        schema: {
          ...manager,
          summary: 'Adds a public key (JWK, P-256); without a kid it gets its thumbprint (RFC 7638)',
          params: EspParams,
          body: PublicJwkSchema,
          response: {
            201: EspKeySchema,
            ...usual,
            ...problemAnswers('esp-key.unknown'),
            ...problemAnswers('esp-key.known', 'esp-key.too-many'),
            ...problemAnswers('esp-key.invalid'),
          },
        },
        // the private half must not come here: taking it away in silence would leave somebody believing that it is still a secret
        preValidation: async ({ body }) => {
          if (Object.hasOwn(Object(body), 'd'))
            throw new Problem('esp-key.invalid', 'This is a private key. Do not use it any more.')
        },
      },
      async (request, reply) => {
        assertTheirs(request, request.params.espId)
        const added = await espKeys.add(request.params.espId, request.body, byOf(request))
        if (!added.ok) throw new Problem(added.fault.code)
        return reply.code(201).send(added.value)
      },
    )

    app.post(
      '/esps/:espId/keys/:kid/revoke',
      {
        config: { access: 'esp-keys.change' },
        schema: {
          ...manager,
          summary: 'Revokes a key, and the tokens that were got with it',
          params: KeyParams,
          response: { 200: EspKeySchema, ...usual, ...problemAnswers('esp-key.unknown') },
        },
      },
      async request => {
        const { espId, kid } = request.params
        assertTheirs(request, espId)
        const revoked = await espKeys.revoke(espId, kid, byOf(request))
        if (!revoked.ok) throw new Problem(revoked.fault.code)
        endStreamsOfEsp(espId)
        return revoked.value
      },
    )

    app.get(
      '/esps/:espId/certificates',
      {
        config: { access: 'esp-keys.see' },
        schema: {
          ...manager,
          summary: 'The certificates of an ESP’s machines',
          params: EspParams,
          response: {
            200: Type.Object({ items: Type.Array(EspCertificateSchema) }),
            ...usual,
            ...problemAnswers('esp-certificate.unknown'),
          },
        },
      },
      async request => {
        assertTheirs(request, request.params.espId, 'esp-certificate.unknown')
        return { items: await espCertificates.list(request.params.espId) }
      },
    )

    app.post(
      '/esps/:espId/certificates',
      {
        config: { access: 'esp-keys.change' },
        schema: {
          ...manager,
          summary:
            'Adds a certificate: from then on the ESP’s machines show one of these with every token, old and new',
          params: EspParams,
          body: CertificatePemSchema,
          response: {
            201: EspCertificateSchema,
            ...usual,
            ...problemAnswers('esp-certificate.unknown'),
            ...problemAnswers('esp-certificate.known', 'esp-certificate.too-many'),
            ...problemAnswers('esp-certificate.invalid'),
          },
        },
      },
      async (request, reply) => {
        assertTheirs(request, request.params.espId, 'esp-certificate.unknown')
        const added = await espCertificates.add(request.params.espId, request.body.pem, byOf(request))
        if (!added.ok) throw new Problem(added.fault.code)
        endStreamsOfEsp(request.params.espId)
        return reply.code(201).send(added.value)
      },
    )

    app.post(
      '/esps/:espId/certificates/:thumbprint/revoke',
      {
        config: { access: 'esp-keys.change' },
        schema: {
          ...manager,
          summary:
            'Revokes a certificate, and the tokens that are bound to it; after the last one none is wanted any more',
          params: CertificateParams,
          response: { 200: EspCertificateSchema, ...usual, ...problemAnswers('esp-certificate.unknown') },
        },
      },
      async request => {
        const { espId, thumbprint } = request.params
        assertTheirs(request, espId, 'esp-certificate.unknown')
        const revoked = await espCertificates.revoke(espId, thumbprint, byOf(request))
        if (!revoked.ok) throw new Problem(revoked.fault.code)
        endStreamsOfEsp(espId)
        return revoked.value
      },
    )
    done()
  }
}

/** A manager's own ESP, or an operator's any: another's and one that there is not look the same. */
function assertTheirs(
  request: FastifyRequest,
  espId: string,
  unknown: 'esp-key.unknown' | 'esp-certificate.unknown' = 'esp-key.unknown',
): void {
  const { roles, espIds } = personOf(request)
  if (!roles.includes('operator') && !espIds.includes(espId)) throw new Problem(unknown)
}

function byOf(request: FastifyRequest): By {
  return { accountNo: request.accountNo, actor: request.actor }
}
