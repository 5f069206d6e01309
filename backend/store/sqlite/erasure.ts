// A tenure's data key is erased, and that it was: one transaction, in the writer's thread, so that neither is there without the other.

import type { DatabaseSync } from 'node:sqlite'
import { type EventRow, linkHash, NOTHING_BEFORE } from '../../audit/chain.ts'

/** Within the caller's transaction. A tenure that is erased already, or none, stays as it is. */
export function createErasure(db: DatabaseSync): (tenureNo: number, atS: number) => void {
  const eraseKey = db.prepare(
    'UPDATE tenure SET wrappedKey = NULL, erasedAtS = ? WHERE no = ? AND erasedAtS IS NULL RETURNING accountNo',
  )
  const addEvent = db.prepare(
    "INSERT INTO accountEvent (atS, actor, accountNo, event, detail) VALUES (?, 'operator', ?, 'erased', ?) RETURNING *",
  )
  const newest = db.prepare('SELECT no, hash FROM audit ORDER BY no DESC LIMIT 1')
  const addLink = db.prepare("INSERT INTO audit (no, source, eventNo, hash) VALUES (?, 'accountEvent', ?, ?)")

  return (tenureNo, atS) => {
    const erased = eraseKey.get(atS, tenureNo) as { accountNo: number } | undefined
    if (erased === undefined) return
    const event = addEvent.get(atS, erased.accountNo, `tenure ${tenureNo}`) as EventRow & { no: number }
    const before = newest.get() as { no: number; hash: Uint8Array } | undefined
    const hash = linkHash(before?.hash ?? NOTHING_BEFORE, 'accountEvent', event)
    addLink.run((before?.no ?? 0) + 1, event.no, hash)
  }
}
