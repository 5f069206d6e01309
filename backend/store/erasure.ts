// A tenure's data key is erased, and that it was: one transaction, so that neither is there without the other. What its dongles had held goes with it: it
// may be the same person's, from before it had found its place.

import { type EventRow, linkHash, NOTHING_BEFORE } from '../audit/chain.ts'
import type { TenureKeys } from './key-ring.ts'
import { all, first, run, type Steps } from './steps.ts'

const ERASE_KEY =
  'UPDATE tenure SET wrappedKey = NULL, erasedAtS = ? WHERE no = ? AND erasedAtS IS NULL RETURNING accountNo'
const ADD_EVENT = `INSERT INTO accountEvent (atS, actor, accountNo, event, detail) VALUES (?, ?, ?, 'erased', ?) RETURNING *`
const NEWEST_LINK = 'SELECT no, hash FROM audit ORDER BY no DESC LIMIT 1'
const ADD_LINK = `INSERT INTO audit (no, source, eventNo, hash) VALUES (?, 'accountEvent', ?, ?)`
// A dongle that is somebody else's by now has given up what was held when it changed hands.
const ITS_DONGLES = `SELECT DISTINCT d.no FROM series s JOIN dongle d ON d.no = s.dongleNo
  WHERE s.tenureNo = ? AND (d.accountNo IS NULL OR d.accountNo = ?)`
const HELD_TENURE = 'SELECT no FROM tenure WHERE dongleNo = ?'
const NEXT_TENURE_NO = 'SELECT coalesce(max(no), 0) + 1 AS no FROM tenure'
const REMOVE_HELD = [
  'DELETE FROM batch WHERE seriesNo IN (SELECT no FROM series WHERE tenureNo = ?)',
  'DELETE FROM hole WHERE seriesNo IN (SELECT no FROM series WHERE tenureNo = ?)',
  'DELETE FROM series WHERE tenureNo = ?',
]
const RENEW_HELD = 'UPDATE tenure SET no = ?, wrappedKey = ? WHERE no = ?'

/**
 * Within the caller's transaction, which writes registers alone. Gives the tenures whose keys the caller has to make the tree forget, before it commits. A
 * tenure that is erased already, or none, stays as it is.
 */
export function* eraseTenure(keys: TenureKeys, tenureNo: number, atS: number, actor: string): Steps<number[]> {
  const erased = yield* first<{ accountNo: number }>(ERASE_KEY, atS, tenureNo)
  if (erased === undefined) return []
  const event = yield* first<EventRow & { no: number }>(ADD_EVENT, atS, actor, erased.accountNo, `tenure ${tenureNo}`)
  const before = yield* first<{ no: number; hash: Uint8Array }>(NEWEST_LINK)
  const hash = linkHash(before?.hash ?? NOTHING_BEFORE, 'accountEvent', event as EventRow)
  yield* run(ADD_LINK, (before?.no ?? 0) + 1, event?.no as number, hash)
  const forgotten = [tenureNo]
  for (const { no } of yield* all<{ no: number }>(ITS_DONGLES, tenureNo, erased.accountNo)) {
    forgotten.push(...(yield* emptyHeld(keys, no)))
  }
  return forgotten
}

/** What is held for a dongle goes, and what comes is held under another tenure: no number is ever used twice. Gives the tenure that has to be forgotten. */
export function* emptyHeld(keys: TenureKeys, dongleNo: number): Steps<number[]> {
  const held = yield* first<{ no: number }>(HELD_TENURE, dongleNo)
  if (held === undefined) return []
  for (const sql of REMOVE_HELD) yield* run(sql, held.no)
  const { no: next } = (yield* first<{ no: number }>(NEXT_TENURE_NO)) as { no: number }
  const no = keys.freeTenureNo(next)
  yield* run(RENEW_HELD, no, keys.newTenureKey(no), held.no)
  return [held.no]
}
