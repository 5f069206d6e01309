// Accounts of grid users and their access keys. A sign-in with an identity service will stand beside the key later; what the rest of the
// backend sees, an account number, stays.

import type { Clock } from '../../shared/kernel/clock.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'
import { fits, newAccessKey, parseAccessKey } from './access-key.ts'

export interface Accounts {
  /** A new account and its access key; the key's text is not kept and cannot be shown again. */
  open(name: string): Promise<{ accountId: string; accessKey: string }>
  /** Another key for the account (the old ones hold); undefined for an unknown account. */
  addKey(accountId: string): Promise<string | undefined>
  /** The account of this access key; undefined for a wrong one. */
  accountOf(accessKey: string): Promise<number | undefined>
}

export function openAccounts({ registers }: Store, clock: Clock): Accounts {
  return { open, addKey, accountOf }

  async function open(name: string) {
    const accountId = randomId('acc')
    await registers.insertInto('account').values({ id: accountId, name, createdAtS: clock.wallS() }).execute()
    return { accountId, accessKey: (await addKey(accountId)) as string }
  }

  async function addKey(accountId: string): Promise<string | undefined> {
    const account = await registers.selectFrom('account').select('no').where('id', '=', accountId).executeTakeFirst()
    if (account === undefined) return undefined
    const { id, text, hash } = newAccessKey()
    const row = { id, accountNo: account.no, hash, createdAtS: clock.wallS(), revokedAtS: null }
    await registers.insertInto('accessKey').values(row).execute()
    return text
  }

  async function accountOf(accessKey: string): Promise<number | undefined> {
    const parsed = parseAccessKey(accessKey)
    if (parsed === undefined) return undefined
    const row = await registers
      .selectFrom('accessKey')
      .select(['accountNo', 'hash'])
      .where('id', '=', parsed.id)
      .where('revokedAtS', 'is', null)
      .executeTakeFirst()
    return fits(parsed.secret, row?.hash) ? row?.accountNo : undefined
  }
}
