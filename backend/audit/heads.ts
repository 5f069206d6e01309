// Signed heads: every few minutes the newest link of the chain is signed (ES256) with a key that lies wrapped in the database. Who may write the database and
// has not the key-encryption key can then neither change what a head covers, nor cut it off, nor write the whole anew. Heads hang together too.

import { createHash, sign, verify } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { SigningKey } from '../esps/signing-key.ts'
import type { Tables } from '../store/tables.ts'

/** A link of the chain that was signed; `before` is SHA-256 of the signature before it (32 zeros: there was none). */
export type Head = Tables['auditHead']

export type HeadBreak = 'head-missing' | 'head-forged'

const NO_HEAD: Uint8Array = new Uint8Array(32)

/** Signs the newest link, if a new one is there and the last head is `everyS` old. Gives what was signed, to be noted elsewhere too. */
export async function signHead(
  registers: Kysely<Tables>,
  key: SigningKey,
  nowS: number,
  everyS: number,
): Promise<{ no: number; hash: string } | undefined> {
  return registers.transaction().execute(async trx => {
    const last = await trx.selectFrom('auditHead').selectAll().orderBy('no', 'desc').limit(1).executeTakeFirst()
    if (last !== undefined && nowS < last.atS + everyS) return undefined
    const link = await trx.selectFrom('audit').select(['no', 'hash']).orderBy('no', 'desc').limit(1).executeTakeFirst()
    if (link === undefined || link.no === last?.linkNo) return undefined
    const head = {
      no: (last?.no ?? 0) + 1,
      linkNo: link.no,
      hash: link.hash,
      atS: nowS,
      before: last === undefined ? NO_HEAD : digestOf(last.signature),
    }
    const signature = sign('sha256', textOf(head), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
    await trx
      .insertInto('auditHead')
      .values({ ...head, signature })
      .execute()
    return { no: link.no, hash: Buffer.from(link.hash).toString('hex') }
  })
}

/** What is wrong with the head behind `last`, if anything is. Without a key the signature is not looked at. */
export function headBreakOf(
  last: Head | undefined,
  head: Head,
  key: SigningKey['publicKey'] | undefined,
): HeadBreak | undefined {
  const before = last === undefined ? NO_HEAD : digestOf(last.signature)
  if (head.no !== (last?.no ?? 0) + 1 || Buffer.compare(head.before, before) !== 0) return 'head-missing'
  if (key === undefined) return undefined
  const isSigned = verify('sha256', textOf(head), { key, dsaEncoding: 'ieee-p1363' }, head.signature)
  return isSigned ? undefined : 'head-forged'
}

function textOf({ no, linkNo, hash, atS, before }: Omit<Head, 'signature'>): Buffer {
  const [hex, beforeHex] = [hash, before].map(bytes => Buffer.from(bytes).toString('hex'))
  return Buffer.from(JSON.stringify(['nrt audit head', no, linkNo, hex, atS, beforeHex]), 'utf8')
}

function digestOf(signature: Uint8Array): Uint8Array {
  return createHash('sha256').update(signature).digest()
}
