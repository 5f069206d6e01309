// Looking at dead letters that wait: which there are, and what is in one. What becomes of them is the writer's (aside.ts).

import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { unseal } from '../sealing.ts'
import type { LetterReader, WaitingLetter } from '../store.ts'
import { asidePlace } from './commit.ts'

export function createLetters(
  db: DatabaseSync,
  keyOf: (tenureNo: number) => KeyObject | undefined,
): Omit<LetterReader, 'settled'> {
  const count = db.prepare('SELECT count(*) AS count FROM deadLetter WHERE outcome IS NULL')
  const waiting = db.prepare(
    `SELECT l.no, d.id AS dongleId, l.reason, l.receivedAtMs, length(l.sealed) AS sealedBytes FROM deadLetter l JOIN dongle d ON d.no = l.dongleNo
     WHERE l.no > ? AND l.outcome IS NULL ORDER BY l.no LIMIT ?`,
  )
  const one = db.prepare('SELECT dongleNo, tenureNo, sealed FROM deadLetter WHERE no = ? AND outcome IS NULL')

  return {
    countLetters: async () => (count.get() as { count: number }).count,
    letters: async (after, most) => waiting.all(after, most) as unknown as WaitingLetter[],
    async openLetter(no) {
      const row = one.get(no) as { dongleNo: number; tenureNo: number; sealed: Uint8Array } | undefined
      const key = row === undefined ? undefined : keyOf(row.tenureNo)
      return row === undefined || key === undefined ? undefined : unseal(key, row.sealed, asidePlace(row.dongleNo))
    },
  }
}
