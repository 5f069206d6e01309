// The embedded identity service: oidc-provider below /id, for the demo, for tests, and for whoever has no other. It knows logins (logins.ts) and, by
// their access keys, the accounts that were there before. Keys and what is under way live as long as this process; it is loaded when first used.

import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Clock } from '../../../shared/kernel/clock.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import { ACCOUNT_SUBJECT } from '../../accounts/identities.ts'
import type { Logins } from './logins.ts'
import { memoryOf } from './memory.ts'

export const ID_PREFIX = '/id'
export const EMBEDDED_CLIENT = 'nrt-portal'

const MINUTE_S = 60
const HOUR_S = 3600

export interface EmbeddedRooms {
  logins: Logins
  accounts: Accounts
  clock: Clock
}

export interface EmbeddedService {
  /** What serves the address /id… when people reach this server as `origin`. */
  at(origin: string): Promise<Provider>
  /** Hands a request over; its url must begin with /id. */
  serve(origin: string, request: IncomingMessage, response: ServerResponse): Promise<void>
}

export function openEmbeddedService({ logins, accounts, clock }: EmbeddedRooms): EmbeddedService {
  const memory = memoryOf(clock.monotonicMs)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: randomBytes(6).toString('hex') }
  const cookieKeys = [randomBytes(32).toString('base64url')]
  let made: { origin: string; provider: Promise<Provider> } | undefined

  return {
    at,
    async serve(origin, request, response) {
      const provider = await at(origin)
      await provider.callback()(entered(origin, request), response)
    },
  }

  /** One at a time: who changes between two addresses of this server pays for it, not who is signing in (that is in the memory). */
  function at(origin: string): Promise<Provider> {
    if (made?.origin !== origin) made = { origin, provider: make(origin) }
    return made.provider
  }

  async function make(origin: string): Promise<Provider> {
    const { default: OidcProvider } = await import('oidc-provider')
    const provider = new OidcProvider(`${origin}${ID_PREFIX}`, {
      adapter: memory,
      jwks: { keys: [jwk as never] },
      clients: [
        {
          client_id: EMBEDDED_CLIENT,
          token_endpoint_auth_method: 'none',
          redirect_uris: [`${origin}/sign-in/callback`],
          grant_types: ['authorization_code'],
          response_types: ['code'],
          id_token_signed_response_alg: 'ES256',
        },
      ],
      findAccount: async (_ctx, sub) => {
        const name = await nameOf(sub)
        return name === undefined ? undefined : { accountId: sub, claims: async () => ({ sub, name }) }
      },
      cookies: { keys: cookieKeys, names: { session: 'nrt_id', interaction: 'nrt_id_in', resume: 'nrt_id_on' } },
      ...SETUP,
    })
    provider.proxy = true
    return provider
  }

  async function nameOf(subject: string): Promise<string | undefined> {
    if (!subject.startsWith(ACCOUNT_SUBJECT)) return (await logins.byId(subject))?.person
    return accounts.nameOf(subject.slice(ACCOUNT_SUBJECT.length))
  }
}

const SETUP: Configuration = {
  claims: { openid: ['sub'], profile: ['name'] },
  conformIdTokenClaims: false,
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `${ID_PREFIX}/in/${interaction.uid}` },
  pkce: { required: () => true },
  // There is one client, and it is the server itself: nobody is asked whether it may know who they are.
  loadExistingGrant: grantOf,
  ttl: {
    AuthorizationCode: MINUTE_S,
    AccessToken: MINUTE_S,
    IdToken: 5 * MINUTE_S,
    Interaction: 10 * MINUTE_S,
    Grant: 12 * HOUR_S,
    Session: 12 * HOUR_S,
  },
  renderError: (ctx, out) => {
    ctx.type = 'text/plain; charset=utf-8'
    ctx.body = `${out.error}: ${out.error_description ?? ''}\n`
  },
}

async function grantOf({ oidc }: KoaContextWithOIDC) {
  const { provider, client, session } = oidc
  if (client === undefined || session?.accountId === undefined) return undefined
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid profile')
  await grant.save()
  return grant
}

/** The request as the service sees it: below its prefix, and from where people reach this server, whatever stands in between. */
export function entered(origin: string, request: IncomingMessage): IncomingMessage {
  const { protocol, host } = new URL(origin)
  Object.assign(request, { originalUrl: request.url, url: request.url?.slice(ID_PREFIX.length) || '/' })
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
  request.headers['x-forwarded-host'] = host
  return request
}
