// The mark of a database that is being filled from another: whose copy it is, and whether it was found to be whole. While it is not, nothing else may
// open it; once it is in use it is nobody's copy any more, and is never filled again.

import type { Client } from 'pg'

export type CopyState = 'none' | 'filling' | 'whole'

export async function copyStateOf(client: Client): Promise<CopyState> {
  const { rows } = await client.query(`SELECT to_regclass('"copyMark"') IS NOT NULL AS "isThere"`)
  if (!rows[0].isThere) return 'none'
  const marks = await client.query('SELECT "isWhole" FROM "copyMark"')
  return marks.rows[0]?.isWhole ? 'whole' : 'filling'
}

/** `proof`: the source's proof of its key-encryption key, by which it is known again. False: it is another's copy, or has data of its own. */
export async function beginCopy(client: Client, proof: Uint8Array): Promise<boolean> {
  if ((await copyStateOf(client)) === 'none') {
    const { rows } = await client.query('SELECT EXISTS (SELECT FROM meta) OR EXISTS (SELECT FROM account) AS "isUsed"')
    if (rows[0].isUsed) return false
    await client.query('CREATE TABLE "copyMark" (proof BYTEA NOT NULL, "isWhole" BOOLEAN NOT NULL)')
    await client.query('INSERT INTO "copyMark" VALUES ($1, false)', [proof])
    return true
  }
  const { rowCount } = await client.query('UPDATE "copyMark" SET "isWhole" = false WHERE proof = $1', [proof])
  return rowCount === 1
}

export async function markWhole(client: Client): Promise<void> {
  await client.query('UPDATE "copyMark" SET "isWhole" = true')
}

/** Throws an Error with one sentence while the copy is not whole. */
export async function takeIntoUse(client: Client): Promise<void> {
  const state = await copyStateOf(client)
  if (state === 'none') return
  if (state === 'filling') throw new Error('the database is a copy that is not whole: let nrt migrate finish')
  await client.query('DROP TABLE "copyMark"')
}
