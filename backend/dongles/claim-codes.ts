// Claim codes as the backend has them: a salted scrypt hash per dongle, one at a time. The code itself is on the label and nowhere
// else; a new hash makes every older label void.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { claimCodeFrom } from '../../shared/kernel/claim-code.ts'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { DongleState } from '../../shared/port/dongle-directory.ts'
import { CLAIM_SCRYPT, type ClaimHash, type DongleRegistration } from '../../shared/schema/registration.ts'
import type { Store } from '../store/store.ts'
import { recordEvent } from './dongle-events.ts'
import { isFree, isOwned } from './states.ts'

export type ClaimCodeFault = { code: 'dongle.unknown' } | { code: 'dongle.wrong-state'; from: DongleState }

/** Who made a dongle, and of what. */
export interface Origin extends Pick<DongleRegistration, 'firmware' | 'engine' | 'tray'> {
  accountNo: number
}

export interface ClaimCodes {
  /** `owned`: left as it is, because the dongle has an owner. Lost and retired dongles are refused. */
  replace(dongleId: string, claim: ClaimHash, actor: string): Promise<Result<'replaced' | 'owned', ClaimCodeFault>>
  /** The newest making replaces what was noted before. */
  noteOrigin(dongleId: string, origin: Origin): Promise<void>
  /**
   * The hash that `code` fits; undefined for a wrong code, one that is burnt and a dongle nobody knows. All cost the same: one look and one
   * hash. Whoever acts on it asks in their transaction whether the hash is still the dongle's.
   */
  fitting(dongleId: string, code: string): Promise<Uint8Array | undefined>
}

/** A new code and its row; the code itself is for who gets the dongle and is not kept. */
export async function newClaimCode(hashOf: CodeHash = scryptOf) {
  const code = claimCodeFrom(randomBytes(12))
  const salt = randomBytes(CLAIM_SCRYPT.saltBytes)
  return { code, salt, hash: await hashOf(code, salt) }
}

export type CodeHash = (code: string, salt: Uint8Array) => Promise<Uint8Array>

// Off the main thread: 50 ms of computing would hold up everybody's sockets.
const scryptAsync = promisify<string, Uint8Array, number, { N: number; r: number; p: number }, Buffer>(scrypt)
const { N, r, p, hashBytes } = CLAIM_SCRYPT
const scryptOf: CodeHash = (code, salt) => scryptAsync(code, salt, hashBytes, { N, r, p })
const NOBODYS_SALT = randomBytes(CLAIM_SCRYPT.saltBytes)
const NOBODYS_HASH = randomBytes(CLAIM_SCRYPT.hashBytes)

export function openClaimCodes({ registers }: Store, clock: Clock, hashOf: CodeHash = scryptOf): ClaimCodes {
  return { replace, noteOrigin, fitting }

  async function fitting(dongleId: string, code: string): Promise<Uint8Array | undefined> {
    const row = await registers
      .selectFrom('claimCode')
      .innerJoin('dongle', 'dongle.no', 'claimCode.dongleNo')
      .select(['salt', 'hash'])
      .where('dongle.id', '=', dongleId)
      .executeTakeFirst()
    const hash = await hashOf(code, row?.salt ?? NOBODYS_SALT)
    const isEqual = timingSafeEqual(hash, row?.hash ?? NOBODYS_HASH)
    return isEqual && row !== undefined ? row.hash : undefined
  }

  function rowOf(dongleId: string) {
    return registers.selectFrom('dongle').select(['no', 'state']).where('id', '=', dongleId).executeTakeFirst()
  }

  async function replace(dongleId: string, claim: ClaimHash, actor: string) {
    const dongle = await rowOf(dongleId)
    if (dongle === undefined) return failed({ code: 'dongle.unknown' as const })
    const { no: dongleNo, state } = dongle
    if (isOwned(state)) return ok('owned' as const)
    if (!isFree(state)) return failed({ code: 'dongle.wrong-state' as const, from: state })
    const salt = Buffer.from(claim.saltHex, 'hex')
    const row = { salt, hash: Buffer.from(claim.hashHex, 'hex'), createdAtS: clock.wallS() }
    await registers.transaction().execute(async trx => {
      await trx
        .insertInto('claimCode')
        .values({ dongleNo, ...row })
        .onConflict(conflict => conflict.column('dongleNo').doUpdateSet(row))
        .execute()
      // no change of state, but an act that the audit must show
      await recordEvent(trx, {
        dongleNo,
        atS: clock.wallS(),
        fromState: state,
        toState: state,
        event: 'code-replaced',
        actor: `${actor}, claim code`,
      })
    })
    return ok('replaced' as const)
  }

  async function noteOrigin(dongleId: string, { accountNo, firmware, engine, tray }: Origin): Promise<void> {
    const dongle = await rowOf(dongleId)
    if (dongle === undefined) return
    const row = { accountNo, atS: clock.wallS(), firmware, engine, tray: tray ?? null }
    await registers
      .insertInto('dongleOrigin')
      .values({ dongleNo: dongle.no, ...row })
      .onConflict(conflict => conflict.column('dongleNo').doUpdateSet(row))
      .execute()
  }
}
