// A tenure's data key is erased, and that it was: one transaction, so that neither is there without the other.

import { type EventRow, linkHash, NOTHING_BEFORE } from '../audit/chain.ts'
import { first, run, type Steps } from './steps.ts'

const ERASE_KEY =
  'UPDATE tenure SET wrappedKey = NULL, erasedAtS = ? WHERE no = ? AND erasedAtS IS NULL RETURNING accountNo'
const ADD_EVENT = `INSERT INTO accountEvent (atS, actor, accountNo, event, detail) VALUES (?, ?, ?, 'erased', ?) RETURNING *`
const NEWEST_LINK = 'SELECT no, hash FROM audit ORDER BY no DESC LIMIT 1'
const ADD_LINK = `INSERT INTO audit (no, source, eventNo, hash) VALUES (?, 'accountEvent', ?, ?)`

/** Within the caller's transaction, which writes registers alone. A tenure that is erased already, or none, stays as it is. */
export function* eraseTenure(tenureNo: number, atS: number, actor: string): Steps<void> {
  const erased = yield* first<{ accountNo: number }>(ERASE_KEY, atS, tenureNo)
  if (erased === undefined) return
  const event = yield* first<EventRow & { no: number }>(ADD_EVENT, atS, actor, erased.accountNo, `tenure ${tenureNo}`)
  const before = yield* first<{ no: number; hash: Uint8Array }>(NEWEST_LINK)
  const hash = linkHash(before?.hash ?? NOTHING_BEFORE, 'accountEvent', event as EventRow)
  yield* run(ADD_LINK, (before?.no ?? 0) + 1, event?.no as number, hash)
}
