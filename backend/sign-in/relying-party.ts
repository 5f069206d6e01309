// The platform's side of OpenID Connect: authorization code with PKCE at any identity service, the embedded one by default. It knows the protocol
// through openid-client and the service's word for a person; who that is here is identities.ts. Loaded when somebody first signs in.

import type * as Client from 'openid-client'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { EMBEDDED_ISSUER } from '../accounts/identities.ts'
import type { SigningKey } from '../esps/signing-key.ts'
import { EMBEDDED_CLIENT, ID_PREFIX } from './embedded/provider.ts'

export interface OidcConfig {
  issuer: string
  clientId: string
  /** Absent: the server signs with its own key (private_key_jwt), whose public half is at /oauth/jwks. */
  clientSecret?: string
  scope: string
  /** The claim that has the person's word in the access register; absent: an operator says who it is. */
  holderClaim?: string
}

/** A person's way to the identity service and back; kept by the browser, sealed. */
export interface Journey {
  state: string
  nonce: string
  verifier: string
  origin: string
  /** Where the person goes afterwards, on this server. */
  to: string
  isFresh: boolean
}

export interface ProvedPerson {
  issuer: string
  subject: string
  name: string
  holderId: string | undefined
  /** Seconds between the proof and the answer, by the service's own clock. */
  ageS: number
}

export type SignInFault = { code: 'sign-in.cancelled' | 'sign-in.failed' | 'sign-in.unavailable'; why: string }

export interface RelyingParty {
  depart(wish: {
    origin: string
    to: string
    isFresh: boolean
    isAnew: boolean
    language: string | undefined
  }): Promise<Result<{ address: string; journey: Journey }, SignInFault>>
  /** `path` with its query, as the browser came back. */
  arrive(path: string, journey: Journey): Promise<Result<ProvedPerson, SignInFault>>
}

/** A proof may be so old where nothing weighs on it: then the service asks again. */
const PROOF_MAX_S = 12 * 3600
/** Of a fresh sign-in the service must not make an old proof. */
const FRESH_PROOF_MAX_S = 60

export interface RelyingPartyRooms {
  /** Absent: the embedded service. */
  oidc: OidcConfig | undefined
  /** Talks with the embedded service within this process. */
  askEmbedded: Client.CustomFetch
  signingKey(): Promise<SigningKey>
  onTrouble(error: Error): void
}

export function createRelyingParty({ oidc, askEmbedded, signingKey, onTrouble }: RelyingPartyRooms): RelyingParty {
  let known: { of: string; configuration: Promise<Client.Configuration> } | undefined
  return { depart, arrive }

  async function depart(wish: Parameters<RelyingParty['depart']>[0]) {
    const { origin, to, isFresh, isAnew, language } = wish
    const client = await import('openid-client')
    try {
      const configuration = await configurationFor(client, origin)
      const verifier = client.randomPKCECodeVerifier()
      const journey = { state: client.randomState(), nonce: client.randomNonce(), verifier, origin, to, isFresh }
      const address = client.buildAuthorizationUrl(configuration, {
        redirect_uri: `${origin}/sign-in/callback`,
        scope: oidc?.scope ?? 'openid profile',
        state: journey.state,
        nonce: journey.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        max_age: String(isFresh ? FRESH_PROOF_MAX_S : PROOF_MAX_S),
        ...(isFresh || isAnew ? { prompt: 'login' } : {}),
        ...(language === undefined ? {} : { ui_locales: language }),
      })
      return ok({ address: address.href, journey })
    } catch (error) {
      onTrouble(error as Error)
      return failed({ code: 'sign-in.unavailable' as const, why: 'the identity service does not answer' })
    }
  }

  async function arrive(path: string, journey: Journey): Promise<Result<ProvedPerson, SignInFault>> {
    const client = await import('openid-client')
    try {
      const configuration = await configurationFor(client, journey.origin)
      const tokens = await client.authorizationCodeGrant(configuration, new URL(journey.origin + path), {
        pkceCodeVerifier: journey.verifier,
        expectedState: journey.state,
        expectedNonce: journey.nonce,
        maxAge: journey.isFresh ? FRESH_PROOF_MAX_S : PROOF_MAX_S,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) return failed({ code: 'sign-in.failed', why: 'there is no id token' })
      return ok(personOf(claims))
    } catch (error) {
      return failed(faultOf(client, error as Error))
    }
  }

  function personOf(claims: Client.IDToken): ProvedPerson {
    const holder = oidc?.holderClaim === undefined ? undefined : claims[oidc.holderClaim]
    return {
      issuer: oidc === undefined ? EMBEDDED_ISSUER : claims.iss,
      subject: claims.sub,
      name: typeof claims.name === 'string' ? claims.name.slice(0, 80) : '',
      holderId: typeof holder === 'string' && holder !== '' ? holder : undefined,
      ageS: Math.max(0, claims.iat - (claims.auth_time ?? claims.iat)),
    }
  }

  function faultOf(client: typeof Client, error: Error): SignInFault {
    if (error instanceof client.AuthorizationResponseError && error.error === 'access_denied') {
      return { code: 'sign-in.cancelled', why: 'it was left' }
    }
    onTrouble(error)
    const isTheirs = error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError
    if (isTheirs || error instanceof client.ClientError) {
      return { code: 'sign-in.failed', why: 'the identity service’s answer does not fit' }
    }
    return { code: 'sign-in.unavailable', why: 'the identity service does not answer' }
  }

  /** What the service says of itself is asked once; one that could not be reached is asked again. */
  function configurationFor(client: typeof Client, origin: string): Promise<Client.Configuration> {
    const of = oidc?.issuer ?? origin
    if (known?.of !== of) {
      const configuration = discover(client, origin)
      known = { of, configuration }
      configuration.catch(() => {
        known = undefined
      })
    }
    return known.configuration
  }

  async function discover(client: typeof Client, origin: string): Promise<Client.Configuration> {
    if (oidc === undefined) {
      return client.discovery(new URL(`${origin}${ID_PREFIX}`), EMBEDDED_CLIENT, undefined, client.None(), {
        execute: [client.allowInsecureRequests],
        [client.customFetch]: askEmbedded,
      })
    }
    const { issuer, clientId, clientSecret } = oidc
    const issuerUrl = new URL(issuer)
    const auth = clientSecret === undefined ? await ownKey(client) : client.ClientSecretPost(clientSecret)
    // the setting lets http through for this machine only
    const execute = issuerUrl.protocol === 'http:' ? [client.allowInsecureRequests] : []
    return client.discovery(issuerUrl, clientId, undefined, auth, { execute })
  }

  async function ownKey(client: typeof Client): Promise<Client.ClientAuth> {
    const { privateKey, kid } = await signingKey()
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const key = await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, false, ['sign'])
    return client.PrivateKeyJwt({ key, kid })
  }
}
