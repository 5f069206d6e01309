// A tenure is erased, and stays so: on the file, in backups that were taken before, after a restore, in the logs.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { verifyAudit } from '../../../backend/audit/audit.ts'
import { lootOf } from '../../support/attack.ts'
import { openTestBackend } from '../../support/backend.ts'
import { aBatch, arrived, NOON_S } from '../../support/batches.ts'
import { erasureFlows } from '../../support/erasure-flows.ts'
import { batchesOf, openTestStore } from '../../support/store.ts'
import { visitorOf } from '../../support/visitor.ts'

function aFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'nrt-erasure-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function lootOfFile(file: string) {
  const db = new DatabaseSync(file, { readOnly: true })
  return lootOf(sql => db.prepare(sql).all()).finally(() => db.close())
}

describe('on a file', () => {
  erasureFlows(async () => {
    const dir = aFolder()
    const t = await openTestStore({ dir })
    onTestFinished(() => t.close())
    let copies = 0
    return {
      t,
      kek: join(dir, 'kek.key'),
      keyTreeFile: join(dir, 'tenures.tree'),
      async copied() {
        const folder = mkdtempSync(join(dir, `backup${++copies}-`))
        const files = await t.store.copyTo?.(folder)
        expect(files?.map(({ name }) => name)).toEqual(['nrt.sqlite'])
        return lootOfFile(join(folder, 'nrt.sqlite'))
      },
    }
  })
})

test('a backup from before the erasure, put back with today’s keys, is erased again: what was asked for does not come undone', async () => {
  const w = await openTestBackend()
  const dir = w.dir
  const { ingest } = w.backend
  const before = aBatch({ addWh: 987_654 })
  await ingest.store([arrived(w.dongleId, before)])
  const backup = aFolder()
  await w.backend.stop()
  cpSync(join(dir, 'nrt.sqlite'), join(backup, 'nrt.sqlite'))
  const key = readFileSync(join(dir, 'kek.key'), 'latin1').trim()

  const again = await openTestBackend({ dir, clock: w.clock, isReopened: true })
  const path = `/api/v1/own/tenures/${w.pointId}/${NOON_S - 30 * 86_400}`
  w.clock.nowS = NOON_S + 500
  const person = visitorOf(again.backend)
  await person.signIn({ login: '', password: w.accessKey, isFresh: true })
  const erased = await person.ask('POST', `${path}/erase`)
  expect(erased.statusCode).toBe(204)
  await again.stop(true)
  for (const name of readdirSync(dir).filter(name => name.startsWith('nrt.sqlite'))) rmSync(join(dir, name))
  cpSync(join(backup, 'nrt.sqlite'), join(dir, 'nrt.sqlite'))
  w.clock.nowS = NOON_S + 900

  const restored = await openTestBackend({ dir, clock: w.clock, isReopened: true })
  expect(restored.logged).toContainEqual(expect.objectContaining({ tenures: 1 }))
  const { body } = await restored.get('/api/v1/own/tenures', w.accessKey)
  expect(body.items).toMatchObject([{ fromS: NOON_S + 900, toS: null }])
  expect(
    (await restored.get(`${path}/readings?resolution=raw&fromS=0&toS=${NOON_S + 900}`, w.accessKey)).body.code,
  ).toBe('tenure.unknown')
  const logs = JSON.stringify([...w.logged, ...again.logged, ...restored.logged])
  for (const secret of [w.ean, key, ...(before.columns[0] as number[]).slice(0, 5)])
    expect(logs).not.toContain(`${secret}`)
  await restored.stop()
})

test('a store whose key tree is gone, another’s or damaged says so, and takes nothing', async () => {
  const dir = aFolder()
  const t = await openTestStore({ dir })
  const { dongleId, tenureNo } = await t.addDongle(1)
  await t.store.commit([arrived(dongleId, aBatch())])
  expect(await batchesOf(t.store, tenureNo)).toHaveLength(1)
  expect(await verifyAudit(t.store.registers)).toMatchObject({ isWhole: true })
  await t.close()
  const tree = join(dir, 'tenures.tree')
  const whole = readFileSync(tree, 'latin1')
  const { writeFileSync } = await import('node:fs')
  for (const [code, hurt] of [
    ['missing', () => rmSync(tree)],
    ['wrong', () => writeFileSync(tree, whole.replace(/1 [0-9a-f]{32}/, `1 ${'0'.repeat(32)}`))],
    ['malformed', () => writeFileSync(tree, whole.slice(0, -3))],
  ] as const) {
    hurt()
    await expect(openTestStore({ dir })).rejects.toThrow(`key-tree.${code}`)
  }
  writeFileSync(tree, whole)
  const opened = await openTestStore({ dir })
  expect(await batchesOf(opened.store, tenureNo)).toHaveLength(1)
  await opened.close()
})
