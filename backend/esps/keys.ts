// The public keys of ESPs' machines, several for each, so that a new one can be brought in before the old one goes. Whoever looks after the ESP adds
// and revokes them; both are events of the audit. A revoked key opens nothing from then on, nor do the tokens that were got with it.

import { createPublicKey } from 'node:crypto'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { EspKey, PublicJwk } from '../../shared/schema/people.ts'
import { recordAccountEvent } from '../accounts/account-events.ts'
import type { Store } from '../store/store.ts'
import { thumbprintOf } from './signing-key.ts'

const KEYS_MAX = 10

/** Who does it, for the audit. */
export interface By {
  accountNo: number
  actor: string
}

export type KeyFault = { code: 'esp-key.invalid' } | { code: 'esp-key.known' } | { code: 'esp-key.too-many' }

export interface EspKeys {
  /** invalid: not a point of the curve. known: a key of this id, or this key, is there already, maybe revoked. */
  add(espId: string, jwk: PublicJwk, by: By): Promise<Result<EspKey, KeyFault>>
  revoke(espId: string, kid: string, by: By): Promise<Result<EspKey, { code: 'esp-key.unknown' }>>
  list(espId: string): Promise<EspKey[]>
  /** One that holds now. */
  find(espId: string, kid: string): Promise<PublicJwk | undefined>
}

export function openEspKeys({ registers }: Store, clock: Clock): EspKeys {
  return { add, revoke, list, find }

  async function add(espId: string, { kty, crv, x, y, kid }: PublicJwk, by: By) {
    if (!isOnCurve({ kty, crv, x, y })) return failed({ code: 'esp-key.invalid' as const })
    const print = thumbprintOf({ x, y })
    const key = { kid: kid ?? print, createdAtS: clock.wallS(), revokedAtS: null }
    // its members in one order: the same key is the same text
    const jwk = JSON.stringify({ kty, crv, x, y })
    return registers.transaction().execute(async trx => {
      const there = await trx
        .selectFrom('espKey')
        .select(['kid', 'jwk', 'revokedAtS'])
        .where('espId', '=', espId)
        .execute()
      if (there.some(one => one.kid === key.kid || one.jwk === jwk)) return failed({ code: 'esp-key.known' as const })
      if (there.filter(one => one.revokedAtS === null).length >= KEYS_MAX) {
        return failed({ code: 'esp-key.too-many' as const })
      }
      await trx
        .insertInto('espKey')
        .values({ espId, jwk, ...key })
        .execute()
      await recordAccountEvent(trx, {
        atS: key.createdAtS,
        ...by,
        event: 'esp-key-added',
        detail: `${espId} ${key.kid}`,
      })
      return ok(key)
    })
  }

  async function revoke(espId: string, kid: string, by: By) {
    return registers.transaction().execute(async trx => {
      const key = await trx
        .selectFrom('espKey')
        .select(['kid', 'createdAtS', 'revokedAtS'])
        .where('espId', '=', espId)
        .where('kid', '=', kid)
        .executeTakeFirst()
      if (key === undefined) return failed({ code: 'esp-key.unknown' as const })
      if (key.revokedAtS !== null) return ok(key)
      const revokedAtS = clock.wallS()
      await trx.updateTable('espKey').set({ revokedAtS }).where('espId', '=', espId).where('kid', '=', kid).execute()
      await recordAccountEvent(trx, { atS: revokedAtS, ...by, event: 'esp-key-revoked', detail: `${espId} ${kid}` })
      return ok({ ...key, revokedAtS })
    })
  }

  function list(espId: string): Promise<EspKey[]> {
    return registers
      .selectFrom('espKey')
      .select(['kid', 'createdAtS', 'revokedAtS'])
      .where('espId', '=', espId)
      .orderBy('no')
      .execute()
  }

  async function find(espId: string, kid: string): Promise<PublicJwk | undefined> {
    const row = await registers
      .selectFrom('espKey')
      .select('jwk')
      .where('espId', '=', espId)
      .where('kid', '=', kid)
      .where('revokedAtS', 'is', null)
      .executeTakeFirst()
    return row && (JSON.parse(row.jwk) as PublicJwk)
  }
}

function isOnCurve(jwk: PublicJwk): boolean {
  try {
    createPublicKey({ key: jwk, format: 'jwk' })
    return true
  } catch {
    return false // what node says of it depends on its version; that it is no key is all there is to know
  }
}
