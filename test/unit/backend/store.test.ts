// The store on a real SQLite file: what every store does, and what the file itself shows to whoever looks into it.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { aBatch, arrived, NOON_S } from '../../support/batches.ts'
import { openTestStore } from '../../support/store.ts'
import { testStore } from '../../support/store-contract.ts'

testStore(openTestStore)

describe('the file', () => {
  test('has no trace of an erased tenure’s key', async () => {
    const t = await openTestStore()
    const { dongleId, tenureNo } = await t.addDongle(1)
    await t.store.commit([arrived(dongleId, aBatch())])
    const [row] = (await t.rows('SELECT wrappedKey FROM tenure WHERE no = ?', tenureNo)) as { wrappedKey: Uint8Array }[]
    await t.store.erase(tenureNo, NOON_S, 'operator')
    for (const suffix of ['', '-wal'])
      expect(readFileSync(t.path + suffix).includes(Buffer.from(row?.wrappedKey ?? []))).toBe(false)
    await t.close()
  })

  test('holds nothing in clear text: the bytes of a batch are not in it', async () => {
    const t = await openTestStore()
    const { dongleId } = await t.addDongle(1)
    const { bytes } = arrived(dongleId, aBatch())
    await t.store.commit([arrived(dongleId, aBatch())])
    const file = Buffer.concat([readFileSync(t.path), readFileSync(`${t.path}-wal`)])
    expect(file.includes(Buffer.from(bytes.subarray(20, 60)))).toBe(false)
    await t.close()
  })
})
