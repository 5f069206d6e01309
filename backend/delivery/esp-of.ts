// Whose access token a stream's connection shows, with the certificate that it came with. A token says where it was issued; a listener is not asked under a name as a web server is, so that name is
// held against the settings, or, where they say none, must be a bare address, as for people (sign-in/origin.ts).

import { isIP } from 'node:net'
import { thumbprintOfCertificate } from '../access/shown-certificate.ts'
import type { EspTokens } from '../esps/tokens.ts'

export function createEspOf(
  tokens: Pick<EspTokens, 'verify'>,
  publicUrl: string | undefined,
): (token: string, certificate: Uint8Array | undefined) => Promise<string | undefined> {
  return async (token, certificate) => {
    const issuer = issuerOf(token)
    if (issuer === undefined || (publicUrl !== undefined ? issuer !== publicUrl : !isBare(issuer))) return undefined
    const verified = await tokens.verify(token, issuer, certificate && thumbprintOfCertificate(certificate))
    return verified.ok ? verified.value.espId : undefined
  }
}

/** What it says before it is verified. */
function issuerOf(token: string): string | undefined {
  try {
    const { iss } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof iss === 'string' ? iss : undefined
  } catch {
    return undefined
  }
}

function isBare(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false
  const name = new URL(issuer).hostname.replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || isIP(name) !== 0
}
