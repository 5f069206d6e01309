// Whom the embedded identity service knows: a login name and a password that the person chose, kept as scrypt. Wrong passwords lock a login for a
// while that doubles; an unknown login, a wrong password and a locked one get the same answer after the same work.

import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock } from '../../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../../shared/kernel/result.ts'
import { randomId } from '../../random-id.ts'
import type { Store } from '../../store/store.ts'

/** RFC 7914, by OWASP's measure for passwords: 16 MB, some 200 ms. */
export const SCRYPT = { N: 16_384, r: 8, p: 5, maxmem: 64 * 1024 * 1024 }
const HASH_BYTES = 32
const PASSWORD_MIN = 12
const PASSWORD_MAX = 200
/** Wrong ones in a row until a login is locked; then a minute, and twice as long each time, up to a day. */
const FAILURES_MAX = 5
const LOCK_S = 60
const LOCK_MAX_S = 86_400

const scryptOf = promisify<string, Uint8Array, number, object, Buffer>(scrypt)

export interface LoginPerson {
  id: string
  person: string
}

export type LoginFault = { code: 'login.invalid' | 'login.taken' | 'password.short' }

export interface Logins {
  add(name: string, person: string, password: string): Promise<Result<LoginPerson, LoginFault>>
  /** Undefined: not these, or locked: nobody is told which. */
  check(name: string, password: string): Promise<LoginPerson | undefined>
  byId(id: string): Promise<LoginPerson | undefined>
}

export function openLogins(
  { registers }: Pick<Store, 'registers'>,
  clock: Clock,
  cost: ScryptOptions = SCRYPT,
): Logins {
  const nobodys = { salt: randomBytes(16), hash: randomBytes(HASH_BYTES) }
  return { add, check, byId }

  async function add(name: string, person: string, password: string) {
    const login = nameOf(name)
    if (!/^[\p{L}\p{N}._@+-]{3,64}$/u.test(login)) return failed({ code: 'login.invalid' as const })
    if (password.length < PASSWORD_MIN || password.length > PASSWORD_MAX) {
      return failed({ code: 'password.short' as const })
    }
    const salt = randomBytes(16)
    const hash = await hashOf(password, salt)
    const row = { id: randomId('log'), name: login, person: person.trim().slice(0, 80) || login, salt, hash }
    const added = await registers
      .insertInto('login')
      .values({ ...row, createdAtS: clock.wallS(), failures: 0, lockedUntilS: 0 })
      .onConflict(conflict => conflict.column('name').doNothing())
      .returning(['id', 'person'])
      .executeTakeFirst()
    return added === undefined ? failed({ code: 'login.taken' as const }) : ok(added)
  }

  async function check(name: string, password: string): Promise<LoginPerson | undefined> {
    const row = await registers.selectFrom('login').selectAll().where('name', '=', nameOf(name)).executeTakeFirst()
    const { salt, hash } = row ?? nobodys
    const isRight = timingSafeEqual(await hashOf(password.slice(0, PASSWORD_MAX), salt), hash)
    if (row === undefined) return undefined
    const nowS = clock.wallS()
    if (row.lockedUntilS > nowS) return undefined
    if (isRight) {
      if (row.failures > 0) await set(row.no, { failures: 0, lockedUntilS: 0 })
      return { id: row.id, person: row.person }
    }
    // counted in the database, not on what was read: many at once are many tries
    const counted = await registers
      .updateTable('login')
      .set(eb => ({ failures: eb('failures', '+', 1) }))
      .where('no', '=', row.no)
      .returning('failures')
      .executeTakeFirstOrThrow()
    const { failures } = counted
    if (failures >= FAILURES_MAX) {
      const lockS = Math.min(LOCK_MAX_S, LOCK_S * 2 ** (failures - FAILURES_MAX))
      await set(row.no, { lockedUntilS: nowS + lockS })
    }
    return undefined
  }

  async function set(no: number, values: { failures?: number; lockedUntilS: number }): Promise<void> {
    await registers.updateTable('login').set(values).where('no', '=', no).execute()
  }

  function byId(id: string): Promise<LoginPerson | undefined> {
    return registers.selectFrom('login').select(['id', 'person']).where('id', '=', id).executeTakeFirst()
  }

  function hashOf(password: string, salt: Uint8Array): Promise<Buffer> {
    return scryptOf(password.normalize('NFC'), salt, HASH_BYTES, cost)
  }
}

function nameOf(name: string): string {
  return name.trim().normalize('NFC').toLowerCase()
}
