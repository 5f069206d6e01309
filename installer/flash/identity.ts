// Who a new dongle is: id, device key, seed pool, setup password, claim code. All chance comes from the host's generator
// (the engine has none); the five are independent of each other and of anything printed on the chip.

import { randomBytes, scryptSync } from 'node:crypto'
import { claimCodeFrom, setupPasswordFrom } from '../../shared/kernel/claim-code.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import { CLAIM_SCRYPT, type ClaimHash } from '../../shared/schema/registration.ts'
import type { Identity } from '../../shared/session/system-page.ts'

/** 12 numbers of 0 … 31 are 60 bits: each byte gives its lower five. */
const DIGITS = 12

export function newIdentity(): Identity {
  return {
    dongleId: dongleIdFrom(randomBytes(DIGITS)),
    deviceKey: new Uint8Array(randomBytes(32)),
    epoch: 1,
    seedPool: new Uint8Array(randomBytes(64)),
    setupPassword: setupPasswordFrom(randomBytes(DIGITS)),
  }
}

export function newClaimCode(): string {
  return claimCodeFrom(randomBytes(DIGITS))
}

/** What the backend gets of a claim code: a salted scrypt hash. The code itself is on the label only. */
export function hashOfClaimCode(claimCode: string): ClaimHash {
  const salt = randomBytes(CLAIM_SCRYPT.saltBytes)
  const { hashBytes, N, r, p } = CLAIM_SCRYPT
  const hash = scryptSync(claimCode, salt, hashBytes, { N, r, p })
  return { saltHex: salt.toString('hex'), hashHex: hash.toString('hex') }
}
