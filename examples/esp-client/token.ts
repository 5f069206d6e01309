// Access tokens: client credentials with private_key_jwt (RFC 7523). Each request signs a new assertion; a token lasts five minutes and is used until
// shortly before its end.

import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { ask } from './ask.ts'
import type { Settings } from './settings.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export function createTokens({ server, key, tls }: Settings): () => Promise<string> {
  let token = ''
  let freshUntilMs = 0
  return async () => {
    if (Date.now() < freshUntilMs) return token
    const body = (await assertionBody(server, key)).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { isOk, status, text } = await ask(`${server}/oauth/token`, { method: 'POST', headers, body }, tls)
    if (!isOk) throw new Error(`no token: ${status} ${text}`)
    const { access_token, expires_in } = JSON.parse(text) as { access_token: string; expires_in: number }
    token = access_token
    freshUntilMs = Date.now() + (expires_in - 30) * 1000
    return token
  }
}

/** What is posted for a token: an assertion that is good once, for a minute. */
export async function assertionBody(server: string, key: Settings['key']): Promise<URLSearchParams> {
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: key.kid })
    .setIssuer(key.espId)
    .setSubject(key.espId)
    .setAudience(`${server}/oauth/token`)
    .setJti(randomUUID())
    .setExpirationTime('1m')
    .sign(await importJWK(key.jwk, 'ES256'))
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
  })
}
