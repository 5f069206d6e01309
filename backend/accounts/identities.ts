// From who somebody is at an identity service to an account here. The first sign-in makes the account; of what the service says only its own word
// for the person is kept, and the name they go by.

import type { Clock } from '../../shared/kernel/clock.ts'
import type { Role } from '../../shared/schema/access.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'
import { recordAccountEvent } from './account-events.ts'
import { isLocked } from './lock.ts'

/** The embedded service, whatever address it has today. */
export const EMBEDDED_ISSUER = 'embedded'

/** Subjects of the embedded service that stand for an account which was there before: who has its access key. */
export const ACCOUNT_SUBJECT = 'account:'

export interface Identity {
  issuer: string
  subject: string
  /** What a new account is called. */
  name: string
}

export interface SignedIn {
  accountNo: number
  accountId: string
  role: Role
  isNew: boolean
}

export interface Identities {
  /**
   * Undefined: the embedded service speaks of an account that there is not. locked: nobody gets in as this one. `signedInNo`: the account that is signed in already and was asked to prove
   * who it is; for another one this is a first proof.
   */
  signIn(identity: Identity, signedInNo?: number): Promise<SignedIn | 'locked' | undefined>
}

export function subjectOfAccount(accountId: string): string {
  return ACCOUNT_SUBJECT + accountId
}

export function openIdentities({ registers }: Store, clock: Clock): Identities {
  return {
    signIn: (identity, signedInNo) =>
      registers.transaction().execute(async trx => {
        const { issuer, subject } = identity
        const isOfAccount = issuer === EMBEDDED_ISSUER && subject.startsWith(ACCOUNT_SUBJECT)
        const known = isOfAccount
          ? await byId(trx, subject.slice(ACCOUNT_SUBJECT.length))
          : await byIdentity(trx, identity)
        if (known === undefined && isOfAccount) return undefined
        if (known !== undefined && (await isLocked(trx, known.accountNo))) return 'locked'
        const account = known ?? (await make(trx, identity))
        const event = account.accountNo === signedInNo ? 'proved-again' : 'signed-in'
        await record(trx, account.accountNo, event, account.accountId, issuer)
        return { ...account, isNew: known === undefined }
      }),
  }

  function byId(trx: typeof registers, id: string) {
    return trx
      .selectFrom('account')
      .select(['no as accountNo', 'id as accountId', 'role'])
      .where('id', '=', id)
      .executeTakeFirst()
  }

  function byIdentity(trx: typeof registers, { issuer, subject }: Identity) {
    return trx
      .selectFrom('identity')
      .innerJoin('account', 'account.no', 'identity.accountNo')
      .select(['account.no as accountNo', 'account.id as accountId', 'account.role'])
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .executeTakeFirst()
  }

  async function make(trx: typeof registers, { issuer, subject, name }: Identity) {
    const accountId = randomId('acc')
    const createdAtS = clock.wallS()
    const { no: accountNo } = await trx
      .insertInto('account')
      .values({ id: accountId, name, createdAtS, role: 'grid-user', holderId: null })
      .returning('no')
      .executeTakeFirstOrThrow()
    await trx.insertInto('identity').values({ issuer, subject, accountNo, createdAtS }).execute()
    await record(trx, accountNo, 'opened', accountId, 'grid-user')
    return { accountNo, accountId, role: 'grid-user' as const }
  }

  function record(
    trx: typeof registers,
    accountNo: number,
    event: 'opened' | 'signed-in' | 'proved-again',
    accountId: string,
    detail: string,
  ): Promise<void> {
    return recordAccountEvent(trx, { atS: clock.wallS(), actor: `person ${accountId}`, accountNo, event, detail })
  }
}
