// Sessions of people who have signed in: the cookie's text is random and kept as a hash. They end by being left alone, by age, by hand; who has more
// to say than a household has shorter ones. When a person last proved who they are is kept beside, for what wants a fresh sign-in.

import { createHash, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { Role } from '../../shared/schema/access.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

const HOUR_S = 3600
const DAY_S = 86_400
/** A page on the wall of a kitchen stays; what weighs is signed for anew. */
const HOUSEHOLD = { idleMaxS: 30 * DAY_S, ageMaxS: 180 * DAY_S }
const PROFESSIONAL = { idleMaxS: HOUR_S, ageMaxS: 12 * HOUR_S }
/** How often `seenAtS` is written at most. */
const SEEN_EVERY_S = 60
const SESSIONS_MAX = 20

export interface OpenSession {
  sessionId: string
  accountNo: number
  accountId: string
  name: string
  role: Role
  signedInAtS: number
}

export interface SessionView {
  /** The first 12 digits of the id: enough to tell one from another, too little to be one. */
  session: string
  startedAtS: number
  seenAtS: number
}

export interface Sessions {
  /** The cookie's text; `signedInAtS`: when the identity service says that the person proved who they are. */
  start(accountNo: number, roles: readonly Role[], signedInAtS: number): Promise<{ cookie: string; maxAgeS: number }>
  /** Undefined for a text that opens nothing, or nothing any more. */
  find(cookie: string): Promise<OpenSession | undefined>
  end(cookie: string): Promise<void>
  /** All of an account but the one with this cookie. */
  endOthers(accountNo: number, cookie: string | undefined): Promise<void>
  of(accountNo: number): Promise<SessionView[]>
}

/** Whoever gets more to say than a household has keeps no household's session. */
export async function shortenSessions(trx: Kysely<Tables>, accountNo: number, nowS: number): Promise<void> {
  const { ageMaxS, idleMaxS } = PROFESSIONAL
  const sessions = trx.updateTable('session').where('accountNo', '=', accountNo)
  await sessions.set({ idleMaxS }).execute()
  await sessions
    .set({ endsAtS: nowS + ageMaxS })
    .where('endsAtS', '>', nowS + ageMaxS)
    .execute()
}

/** All of an account, in the transaction of why. */
export async function endSessions(trx: Kysely<Tables>, accountNo: number): Promise<void> {
  await trx.deleteFrom('session').where('accountNo', '=', accountNo).execute()
}

export function openSessions({ registers }: Store, clock: Clock): Sessions {
  return { start, find, end, endOthers, of }

  async function start(accountNo: number, roles: readonly Role[], signedInAtS: number) {
    const cookie = randomBytes(32).toString('base64url')
    const nowS = clock.wallS()
    const { ageMaxS, idleMaxS } = limitsOf(roles)
    await registers.transaction().execute(async trx => {
      await trx.deleteFrom('session').where('endsAtS', '<=', nowS).execute()
      const open = await trx
        .selectFrom('session')
        .select('id')
        .where('accountNo', '=', accountNo)
        .orderBy('seenAtS', 'desc')
        .execute()
      const tooMany = open.slice(SESSIONS_MAX - 1).map(({ id }) => id)
      if (tooMany.length > 0) await trx.deleteFrom('session').where('id', 'in', tooMany).execute()
      const times = { startedAtS: nowS, signedInAtS, seenAtS: nowS, endsAtS: nowS + ageMaxS, idleMaxS }
      await trx
        .insertInto('session')
        .values({ id: idOf(cookie), accountNo, ...times })
        .execute()
    })
    return { cookie, maxAgeS: ageMaxS }
  }

  async function find(cookie: string): Promise<OpenSession | undefined> {
    const row = await registers
      .selectFrom('session')
      .innerJoin('account', 'account.no', 'session.accountNo')
      .select(['session.id as sessionId', 'accountNo', 'account.id as accountId', 'account.name', 'account.role'])
      .select(['startedAtS', 'signedInAtS', 'seenAtS', 'endsAtS', 'idleMaxS'])
      .where('session.id', '=', idOf(cookie))
      .executeTakeFirst()
    if (row === undefined) return undefined
    const nowS = clock.wallS()
    if (nowS >= row.endsAtS || nowS - row.seenAtS > row.idleMaxS) return undefined
    if (nowS - row.seenAtS >= SEEN_EVERY_S) {
      await registers.updateTable('session').set({ seenAtS: nowS }).where('id', '=', row.sessionId).execute()
    }
    const { sessionId, accountNo, accountId, name, role, signedInAtS } = row
    return { sessionId, accountNo, accountId, name, role, signedInAtS }
  }

  async function end(cookie: string): Promise<void> {
    await registers.deleteFrom('session').where('id', '=', idOf(cookie)).execute()
  }

  async function endOthers(accountNo: number, cookie: string | undefined): Promise<void> {
    const kept = cookie === undefined ? '' : idOf(cookie)
    await registers.deleteFrom('session').where('accountNo', '=', accountNo).where('id', '<>', kept).execute()
  }

  async function of(accountNo: number): Promise<SessionView[]> {
    const rows = await registers
      .selectFrom('session')
      .select(['id', 'startedAtS', 'seenAtS'])
      .where('accountNo', '=', accountNo)
      .where('endsAtS', '>', clock.wallS())
      .orderBy('seenAtS', 'desc')
      .execute()
    return rows.map(({ id, startedAtS, seenAtS }) => ({ session: id.slice(0, 12), startedAtS, seenAtS }))
  }
}

function idOf(cookie: string): string {
  return createHash('sha256').update(cookie, 'latin1').digest('hex')
}

function limitsOf(roles: readonly Role[]): { idleMaxS: number; ageMaxS: number } {
  return roles.every(role => role === 'grid-user') ? HOUSEHOLD : PROFESSIONAL
}
