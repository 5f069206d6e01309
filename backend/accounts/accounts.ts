// Accounts of grid users and installers, and their access keys. A sign-in with an identity service will stand beside the key later; what the rest of the
// backend sees, an account number, stays.

import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { Role } from '../../shared/schema/access.ts'
import type { AccountEvent } from '../../shared/schema/audit.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'
import { fits, newAccessKey, parseAccessKey } from './access-key.ts'
import { recordAccountEvent } from './account-events.ts'

export interface KeyHolder {
  accountNo: number
  accountId: string
  role: Role
}

export type LinkFault = { code: 'account.unknown' } | { code: 'holder.taken' }

export interface Accounts {
  /** A new account and its access key; the key's text is not kept and cannot be shown again. */
  open(name: string, role?: Role): Promise<{ accountId: string; accessKey: string }>
  /** Says who this is in the access register, after whoever may say so has made sure. One person has one account. */
  /** `actor`: who says so, for the audit; without one an operator in the process itself. */
  link(accountId: string, holderId: string, actor?: string): Promise<Result<'linked', LinkFault>>
  noOf(accountId: string): Promise<number | undefined>
  nameOf(accountId: string): Promise<string | undefined>
  noOfHolder(holderId: string): Promise<number | undefined>
  /** As the access register knows the account's person. */
  holderIdOf(accountNo: number): Promise<string | undefined>
  /** Another key for the account (the old ones hold); undefined for an unknown account. */
  addKey(accountId: string): Promise<string | undefined>
  /** There is no account yet. */
  isNobody(): Promise<boolean>
  /** Whose access key this is; undefined for a wrong one. */
  holderOf(accessKey: string): Promise<KeyHolder | undefined>
}

const ACTOR = 'operator'

export function openAccounts({ registers }: Store, clock: Clock): Accounts {
  return { isNobody, open, link, noOf, nameOf, noOfHolder, holderIdOf, addKey, holderOf }

  async function isNobody(): Promise<boolean> {
    return (await registers.selectFrom('account').select('no').limit(1).executeTakeFirst()) === undefined
  }

  async function open(name: string, role: Role = 'grid-user') {
    const accountId = randomId('acc')
    return registers.transaction().execute(async trx => {
      const { no } = await trx
        .insertInto('account')
        .values({ id: accountId, name, createdAtS: clock.wallS(), role, holderId: null })
        .returning('no')
        .executeTakeFirstOrThrow()
      await record(trx, no, 'opened', role)
      return { accountId, accessKey: await newKey(trx, no) }
    })
  }

  async function link(accountId: string, holderId: string, actor = ACTOR): Promise<Result<'linked', LinkFault>> {
    return registers.transaction().execute(async trx => {
      const other = await trx.selectFrom('account').select('id').where('holderId', '=', holderId).executeTakeFirst()
      if (other !== undefined && other.id !== accountId) return failed({ code: 'holder.taken' as const })
      const linked = await trx
        .updateTable('account')
        .set({ holderId })
        .where('id', '=', accountId)
        .where('role', '=', 'grid-user')
        .returning('no')
        .executeTakeFirst()
      if (linked === undefined) return failed({ code: 'account.unknown' as const })
      await recordAccountEvent(trx, { atS: clock.wallS(), actor, accountNo: linked.no, event: 'linked', detail: null })
      return ok('linked' as const)
    })
  }

  async function noOf(accountId: string): Promise<number | undefined> {
    return (await registers.selectFrom('account').select('no').where('id', '=', accountId).executeTakeFirst())?.no
  }

  async function nameOf(accountId: string): Promise<string | undefined> {
    return (await registers.selectFrom('account').select('name').where('id', '=', accountId).executeTakeFirst())?.name
  }

  async function noOfHolder(holderId: string): Promise<number | undefined> {
    const found = registers.selectFrom('account').select('no').where('holderId', '=', holderId)
    return (await found.executeTakeFirst())?.no
  }

  async function holderIdOf(accountNo: number): Promise<string | undefined> {
    const row = await registers.selectFrom('account').select('holderId').where('no', '=', accountNo).executeTakeFirst()
    return row?.holderId ?? undefined
  }

  async function addKey(accountId: string): Promise<string | undefined> {
    const no = await noOf(accountId)
    return no === undefined ? undefined : registers.transaction().execute(trx => newKey(trx, no))
  }

  async function newKey(trx: typeof registers, accountNo: number): Promise<string> {
    const { id, text, hash } = newAccessKey()
    const row = { id, accountNo, hash, createdAtS: clock.wallS(), revokedAtS: null }
    await trx.insertInto('accessKey').values(row).execute()
    await record(trx, accountNo, 'key-added', id)
    return text
  }

  /** All of it is an operator's doing, in the process itself or with the operator key. */
  function record(
    trx: typeof registers,
    accountNo: number,
    event: AccountEvent['event'],
    detail: string | null = null,
  ): Promise<void> {
    return recordAccountEvent(trx, { atS: clock.wallS(), actor: ACTOR, accountNo, event, detail })
  }

  async function holderOf(accessKey: string): Promise<KeyHolder | undefined> {
    const parsed = parseAccessKey(accessKey)
    if (parsed === undefined) return undefined
    const row = await registers
      .selectFrom('accessKey')
      .innerJoin('account', 'account.no', 'accessKey.accountNo')
      .select(['accessKey.hash', 'account.no as accountNo', 'account.id as accountId', 'account.role'])
      .where('accessKey.id', '=', parsed.id)
      .where('accessKey.revokedAtS', 'is', null)
      .executeTakeFirst()
    if (!fits(parsed.secret, row?.hash) || row === undefined) return undefined
    return { accountNo: row.accountNo, accountId: row.accountId, role: row.role }
  }
}
