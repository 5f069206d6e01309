// Claim codes as the backend has them: a salted scrypt hash per dongle, one at a time. The code itself is on the label and nowhere
// else; a new hash makes every older label void.

import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { DongleState } from '../../shared/port/dongle-directory.ts'
import type { ClaimHash, DongleRegistration } from '../../shared/schema/registration.ts'
import type { Store } from '../store/store.ts'
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
}

export function openClaimCodes({ registers }: Store, clock: Clock): ClaimCodes {
  return { replace, noteOrigin }

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
      const event = { dongleNo, atS: clock.wallS(), fromState: state, toState: state, actor: `${actor}, claim code` }
      await trx.insertInto('dongleEvent').values(event).execute()
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
