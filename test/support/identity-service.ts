// An identity service of somebody else's, on a port of its own: it knows one person, asks nothing, and believes a client by its key.

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider, { type Configuration } from 'oidc-provider'
import { memoryOf } from '../../backend/sign-in/embedded/memory.ts'

export interface IdentityServiceWish {
  clientId: string
  redirectUri: string
  /** The client's public key. */
  jwk: object
}

export interface IdentityService {
  /** What a browser would do that was sent to `address`; gives the path, on the client's server, that it comes back by. */
  signInAt(address: string): Promise<string>
  stop(): Promise<void>
}

const PERSON = { sub: 'a1b2c3', name: 'Anna A.', register_id: 'person-A' }

export async function startIdentityService(issuer: string, wish: IdentityServiceWish): Promise<IdentityService> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'theirs' }
  const provider = new Provider(issuer, {
    jwks: { keys: [key as never] },
    clients: [
      {
        client_id: wish.clientId,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [wish.jwk as never] },
        redirect_uris: [wish.redirectUri],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'register_id'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/ask/${uid}` },
    findAccount: async (_ctx, accountId) => ({ accountId, claims: async () => PERSON }),
    loadExistingGrant: grantEverything,
    cookies: { keys: ['of a test'] },
    // said, so that it says nothing itself
    adapter: memoryOf(() => performance.now()),
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
  })
  const answer = provider.callback()
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/ask/')) return void answer(request, response)
    void provider.interactionFinished(request, response, { login: { accountId: PERSON.sub } })
  })
  await new Promise<void>(listening => server.listen(Number(new URL(issuer).port), '127.0.0.1', listening))

  return {
    async signInAt(address) {
      const cookies = new Map<string, string>()
      let at = address
      while (!at.startsWith(wish.redirectUri)) {
        const cookie = [...cookies].map(pair => pair.join('=')).join('; ')
        const there = await fetch(at, { redirect: 'manual', headers: { cookie } })
        for (const one of there.headers.getSetCookie()) {
          const [name = '', value = ''] = (one.split(';')[0] ?? '').split('=', 2)
          cookies.set(name, value)
        }
        const to = there.headers.get('location')
        if (to === null) throw new Error(`the identity service answers ${there.status}: ${await there.text()}`)
        at = new URL(to, at).href
      }
      const { pathname, search } = new URL(at)
      return pathname + search
    },
    stop: () => new Promise(stopped => void server.close(() => stopped())),
  }
}

const grantEverything: Configuration['loadExistingGrant'] = async ({ oidc }) => {
  const { provider, client, session } = oidc
  const grant = new provider.Grant({ clientId: client?.clientId as string, accountId: session?.accountId as string })
  grant.addOIDCScope('openid profile')
  await grant.save()
  return grant
}
