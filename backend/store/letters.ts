// Looking at dead letters that wait: which there are, and what is in one. What becomes of them is the writer's (aside.ts).

import type { KeyObject } from 'node:crypto'
import { asidePlace } from './commit.ts'
import { unseal } from './sealing.ts'
import { all, first, type Steps } from './steps.ts'
import type { LetterReader, WaitingLetter } from './store.ts'

const COUNT = 'SELECT count(*) AS count FROM deadLetter WHERE outcome IS NULL'
const WAITING = `SELECT l.no, d.id AS dongleId, l.reason, l.receivedAtMs, length(l.sealed) AS sealedBytes
  FROM deadLetter l JOIN dongle d ON d.no = l.dongleNo WHERE l.no > ? AND l.outcome IS NULL ORDER BY l.no LIMIT ?`
const ONE = 'SELECT dongleNo, tenureNo, sealed FROM deadLetter WHERE no = ? AND outcome IS NULL'

type KeyOf = (tenureNo: number) => Steps<KeyObject | undefined>

/** `go` runs steps on a connection that reads. */
export function createLetters(go: <T>(steps: Steps<T>) => Promise<T>, keyOf: KeyOf): LetterReader {
  return {
    countLetters: async () => (await go(first<{ count: number }>(COUNT)))?.count ?? 0,
    letters: (after, most) => go(all<WaitingLetter>(WAITING, after, most)),
    openLetter: no => go(openLetter(no, keyOf)),
  }
}

function* openLetter(no: number, keyOf: KeyOf): Steps<Uint8Array | undefined> {
  const row = yield* first<{ dongleNo: number; tenureNo: number; sealed: Uint8Array }>(ONE, no)
  const key = row === undefined ? undefined : yield* keyOf(row.tenureNo)
  return row === undefined || key === undefined ? undefined : unseal(key, row.sealed, asidePlace(row.dongleNo))
}
