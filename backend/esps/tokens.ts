// How an ESP's machine comes in: OAuth 2.0 client credentials with private_key_jwt (RFC 7523, ES256 only), each assertion used once, for an access
// token (RFC 9068) of five minutes. The token says which ESP it is and nothing else: what it may see is asked at every read. Where the ESP has registered a
// certificate, the token is bound to it (RFC 8705 section 3).

import { randomUUID } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors, importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { Store } from '../store/store.ts'
import type { BindingCode, EspCertificates } from './certificates.ts'
import type { EspKeys } from './keys.ts'
import { type SigningKey, signingKeyOf } from './signing-key.ts'

export const TOKEN_S = 300
/** From now until an assertion's end, at most: how long its jti is kept. */
const ASSERTION_MAX_S = 300
/** Clocks of two machines. */
const SKEW_S = 30
const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export type AssertionCode = 'assertion.invalid' | 'assertion.expired' | 'assertion.foreign' | 'assertion.replayed'
export type TokenCode = 'token.invalid' | 'token.expired' | 'token.foreign' | BindingCode

/** `why` is for whoever builds a client: never with a part of what was sent. */
export interface Refused<Code> {
  code: Code
  why: string
}

export interface TokenRequest {
  grant_type?: string
  client_id?: string
  client_assertion_type?: string
  client_assertion?: string
}

export interface EspTokens {
  /** `audiences`: what this server is called by, its token endpoint among it. `shown`: the thumbprint of the certificate that came with the request. */
  issue(
    request: TokenRequest,
    issuer: string,
    audiences: string[],
    shown: string | undefined,
  ): Promise<Result<{ token: string; expiresInS: number }, Refused<AssertionCode | 'grant.unsupported' | BindingCode>>>
  /** Whose token this is, now: the key that it was got with must still hold, and the certificate that it is bound to must have been shown again. */
  verify(
    token: string,
    issuer: string,
    shown: string | undefined,
  ): Promise<Result<{ espId: string }, Refused<TokenCode>>>
  signingKey(): Promise<SigningKey>
}

export function openEspTokens(
  store: Store,
  keys: EspKeys,
  certificates: Pick<EspCertificates, 'bindingOf'>,
  clock: Clock,
): EspTokens {
  let signing: Promise<SigningKey> | undefined
  return { issue, verify, signingKey }

  function signingKey(): Promise<SigningKey> {
    // one that could not be had is asked for again
    signing ??= signingKeyOf(store).catch(error => {
      signing = undefined
      throw error
    })
    return signing
  }

  async function issue(request: TokenRequest, issuer: string, audiences: string[], shown: string | undefined) {
    if (request.grant_type !== 'client_credentials') {
      return failed({ code: 'grant.unsupported' as const, why: 'grant_type is client_credentials here' })
    }
    const proved = await provedBy(request, audiences)
    if (!proved.ok) return proved
    const { espId, kid } = proved.value
    // after the assertion: only who has proved to be this ESP is told what it has registered
    const binding = await certificates.bindingOf(espId, shown)
    if (!binding.ok) return binding
    const bound = binding.value === undefined ? {} : { cnf: { 'x5t#S256': binding.value } }
    const key = await signingKey()
    const nowS = clock.wallS()
    const token = await new SignJWT({ client_id: espId, key: kid, ...bound })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
      .setIssuer(issuer)
      .setAudience(issuer)
      .setSubject(espId)
      .setJti(randomUUID())
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + TOKEN_S)
      .sign(key.privateKey)
    return ok({ token, expiresInS: TOKEN_S })
  }

  async function provedBy(
    request: TokenRequest,
    audiences: string[],
  ): Promise<Result<{ espId: string; kid: string }, Refused<AssertionCode>>> {
    const { client_assertion: assertion = '', client_id: clientId } = request
    if (request.client_assertion_type !== CLIENT_ASSERTION_TYPE) {
      return wrongAssertion(`client_assertion_type is ${CLIENT_ASSERTION_TYPE}`)
    }
    const claimed = claimedBy(assertion)
    if (claimed === undefined) return wrongAssertion('client_assertion is no JWT of ES256 with a kid')
    const { espId, kid } = claimed
    if (clientId !== undefined && clientId !== espId) return wrongAssertion('client_id is not who the assertion is of')
    const jwk = await keys.find(espId, kid)
    // said as for a wrong signature: who is here and who is not is nobody's business
    if (jwk === undefined) return wrongAssertion('no key of this client has made this signature')
    const checked = await checkedAssertion(assertion, await importJWK(jwk, 'ES256'), audiences)
    if (!checked.ok) return checked
    if (!(await useOnce(espId, checked.value))) {
      return failed({
        code: 'assertion.replayed',
        why: 'this jti has been used: make a new assertion for each request',
      })
    }
    return ok({ espId, kid })
  }

  async function checkedAssertion(
    assertion: string,
    key: Parameters<typeof jwtVerify>[1],
    audiences: string[],
  ): Promise<Result<{ jti: string; exp: number }, Refused<AssertionCode>>> {
    const payload = await verified(assertion, key, { audience: audiences, clockTolerance: SKEW_S })
    if (!payload.ok) return failed({ ...payload.fault, code: `assertion.${payload.fault.code}` })
    const { exp, iat, jti, iss, sub } = payload.value
    if (iss !== sub) return wrongAssertion('iss and sub are both the client’s id')
    if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128)
      return wrongAssertion('jti has 8 to 128 characters')
    const nowS = clock.wallS()
    if (typeof exp !== 'number' || exp > nowS + ASSERTION_MAX_S + SKEW_S) {
      return wrongAssertion(`exp is at most ${ASSERTION_MAX_S} s from now`)
    }
    if (iat !== undefined && iat > nowS + SKEW_S) return wrongAssertion('iat is in the future')
    return ok({ jti, exp })
  }

  /** False: it was used before. The row is the decision: of two at once one finds it there. */
  async function useOnce(espId: string, { jti, exp }: { jti: string; exp: number }): Promise<boolean> {
    const nowS = clock.wallS()
    return store.registers.transaction().execute(async trx => {
      await trx.deleteFrom('espAssertion').where('untilS', '<', nowS).execute()
      const used = await trx
        .insertInto('espAssertion')
        .values({ espId, jti, untilS: exp + SKEW_S })
        .onConflict(conflict => conflict.doNothing())
        .returning('jti')
        .executeTakeFirst()
      return used !== undefined
    })
  }

  async function verify(
    token: string,
    issuer: string,
    shown: string | undefined,
  ): Promise<Result<{ espId: string }, Refused<TokenCode>>> {
    const { publicKey } = await signingKey()
    const payload = await verified(token, publicKey, { audience: issuer, issuer, typ: 'at+jwt' })
    if (!payload.ok) return failed({ ...payload.fault, code: `token.${payload.fault.code}` })
    const { sub: espId, key: kid, cnf } = payload.value as TokenClaims
    if (espId === undefined || kid === undefined)
      return failed({ code: 'token.invalid', why: 'it is no token of ours' })
    if ((await keys.find(espId, kid)) === undefined) {
      return failed({ code: 'token.invalid', why: 'the key that it was got with has been revoked' })
    }
    const binding = await certificates.bindingOf(espId, shown)
    if (!binding.ok) return binding
    if (cnf?.['x5t#S256'] === binding.value) return ok({ espId })
    return binding.value === undefined
      ? failed({ code: 'token.invalid', why: 'the certificate that it is bound to has been revoked' })
      : failed({ code: 'certificate.foreign', why: 'this token is not bound to the certificate that was shown' })
  }

  type Verified = Result<JWTPayload, { code: 'invalid' | 'expired' | 'foreign'; why: string }>
  async function verified(
    token: string,
    key: Parameters<typeof jwtVerify>[1],
    options: { audience: string | string[]; issuer?: string; typ?: string; clockTolerance?: number },
  ): Promise<Verified> {
    const currentDate = new Date(clock.wallS() * 1000)
    try {
      const { payload } = await jwtVerify(token, key, {
        ...options,
        algorithms: ['ES256'],
        requiredClaims: ['exp', 'sub'],
        currentDate,
      })
      return ok(payload)
    } catch (error) {
      if (error instanceof errors.JWTExpired) return failed({ code: 'expired', why: 'exp is over' })
      if (error instanceof errors.JWTClaimValidationFailed && (error.claim === 'aud' || error.claim === 'iss')) {
        return failed({ code: 'foreign', why: `${error.claim} is not this server` })
      }
      // whatever else jose has to say of it: a text that proves nothing
      if (error instanceof errors.JOSEError)
        return failed({ code: 'invalid', why: 'signature, algorithm or form do not fit' })
      throw error
    }
  }
}

/** What ours say. */
interface TokenClaims {
  sub?: string
  key?: string
  cnf?: { 'x5t#S256'?: string }
}

function wrongAssertion(why: string): { ok: false; fault: Refused<AssertionCode> } {
  return { ok: false, fault: { code: 'assertion.invalid', why } }
}

/** Who an assertion says it is of, before anything is believed. */
function claimedBy(assertion: string): { espId: string; kid: string } | undefined {
  if (assertion.length > 4096) return undefined
  try {
    const { alg, kid } = decodeProtectedHeader(assertion)
    const { sub } = decodeJwt(assertion)
    return alg === 'ES256' && typeof kid === 'string' && typeof sub === 'string' ? { espId: sub, kid } : undefined
  } catch {
    return undefined // not formed like a JWT
  }
}
