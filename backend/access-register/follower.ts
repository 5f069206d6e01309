// Keeps the platform in step with the access register: reads its feed from where it stopped, does as each change says, and tells whom it
// concerns. The cursor moves with the changes that were carried out: after a crash the last ones come again, and change nothing.

import type { RegisterEntry } from '../../shared/schema/access-register.ts'
import type { Store } from '../store/store.ts'
import type { Tenures } from '../tenures/tenures.ts'
import type { AccessRegister, RegisterFault } from './access-register.ts'

export interface FollowerRooms {
  store: Store
  register: AccessRegister
  tenures: Tenures
  /** A tenure has ended: its streams, its dongles, its permissions. */
  tenureEnded(tenureNo: number, meteringPointNo: number): Promise<void>
  /** Something about a point of this holder is new: dongles that waited for it may be looked at again. */
  holderTouched(holderId: string): Promise<void>
}

export interface Follower {
  /** Reads the feed to its end; undefined, or why it could not. */
  follow(): Promise<RegisterFault | undefined>
  /** The same for what one person holds now: for an account that was just linked. */
  followHolder(holderId: string): Promise<RegisterFault | undefined>
}

const CHANGES_MAX = 500
const CURSOR = 'register-cursor'

export function openFollower({ store, register, tenures, tenureEnded, holderTouched }: FollowerRooms): Follower {
  const { registers } = store
  let following: Promise<RegisterFault | undefined> | undefined

  return {
    follow() {
      following ??= followAll().finally(() => {
        following = undefined
      })
      return following
    },
    async followHolder(holderId) {
      const points = await register.pointsOf(holderId)
      if (!points.ok) return points.fault
      for (const entry of points.value) await take(entry)
      await holderTouched(holderId)
      return undefined
    },
  }

  async function followAll(): Promise<RegisterFault | undefined> {
    for (let cursor = await readCursor(); ; ) {
      const changes = await register.changes(cursor, CHANGES_MAX)
      if (!changes.ok) return changes.fault
      const { items, next } = changes.value
      for (const entry of items) {
        await take(entry)
        if (entry.holderId !== null) await holderTouched(entry.holderId)
      }
      if (next === cursor || items.length === 0) return undefined
      await keepCursor(next)
      cursor = next
    }
  }

  async function take(entry: RegisterEntry): Promise<void> {
    const { meteringPointNo, endedNo } = await tenures.follow(entry)
    if (meteringPointNo !== undefined && endedNo !== undefined) await tenureEnded(endedNo, meteringPointNo)
  }

  async function readCursor(): Promise<string> {
    const row = await registers.selectFrom('meta').select('value').where('name', '=', CURSOR).executeTakeFirst()
    return row === undefined ? '' : Buffer.from(row.value).toString('utf8')
  }

  async function keepCursor(cursor: string): Promise<void> {
    const value = Buffer.from(cursor, 'utf8')
    await registers
      .insertInto('meta')
      .values({ name: CURSOR, value })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
      .execute()
  }
}
