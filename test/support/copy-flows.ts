// `nrt migrate`, on real databases: a service on a SQLite file that goes on storing, a PostgreSQL that is filled beside it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { verifyAudit } from '../../backend/audit/audit.ts'
import { openOperateEvents } from '../../backend/operating/events.ts'
import { type CopyEvent, copyStore } from '../../backend/store/copy/copy.ts'
import { openPostgresStore } from '../../backend/store/postgres/postgres-store.ts'
import type { Batch } from '../../shared/batch/batch.ts'
import { aBatch, aDay, arrived, NOON_S } from './batches.ts'
import { manualClock, valueOrThrow } from './facts.ts'
import { nrt } from './nrt-command.ts'
import type { TestPostgres } from './postgres.ts'
import { batchesOf, keyTreeOf, openTestStore } from './store.ts'

const observer = { committed: () => {}, poisoned: () => {}, readinessChanged: () => {} }
const quietly = (): void => {}

export function testCopy(postgres: () => TestPostgres): void {
  const undo: (() => unknown)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  /** A service with some of everything: readings under a tenure, held ones, losses, thinned ones, what was set aside, dead letters, events. */
  async function aService(readings = 6000) {
    const dir = mkdtempSync(join(tmpdir(), 'nrt-copy-'))
    undo.push(() => rmSync(dir, { recursive: true, force: true }))
    const t = await openTestStore({ dir })
    const [bound, free] = [await t.addDongle(1), await t.addDongle(2, false)]
    const commit = (dongleId: string, ...batches: Batch[]) =>
      t.store.commit(batches.map(batch => arrived(dongleId, batch)))
    await commit(bound.dongleId, ...aDay(readings, 60), aBatch({ addWh: 7 }))
    await commit(free.dongleId, ...aDay(300, 60))
    await commit(bound.dongleId, aBatch({ boot: 2, count: 0, losses: [{ fromSeq: 0, count: 9, reason: 'power' }] }))
    await t.store.bury([
      { dongleId: bound.dongleId, reason: 'batch.version', bytes: Uint8Array.of(1, 2), receivedAtMs: NOON_S * 1000 },
    ])
    await openOperateEvents(t.store, manualClock())('operator', 'letter-shown', { detail: 'letter 1' })
    return { t, dir, bound, free, commit, kekFile: join(dir, 'kek.key') }
  }

  async function copied(from: string, to: string, told: (event: CopyEvent) => void = quietly, isOnce = false) {
    return copyStore({ from, to, isOnce, told })
  }

  describe('a copy', () => {
    test('follows a service that goes on storing, and is whole when it has stopped', async () => {
      const { t, bound, free, commit, kekFile } = await aService(36_000)
      const to = await postgres().empty()
      const early = await copied(t.path, to, quietly, true)
      expect(early).toMatchObject({ isWhole: false, passes: 1 })
      await expect(
        openPostgresStore({ url: to, kekFile, keyTreeFile: join(dirname(kekFile), 'tenures.tree'), observer }),
      ).rejects.toThrow('a copy that is not whole')

      let seq = 36_000
      const more = () => commit(bound.dongleId, aBatch({ firstSeq: seq, startS: NOON_S + seq }))
      const stopping: Promise<void>[] = []
      const passes: CopyEvent[] = []
      const copying = copied(t.path, to, event => {
        if (event.kind === 'pass' && passes.push(event) === 1) stopping.push(stop())
      })
      async function stop(): Promise<void> {
        for (let i = 0; i < 5; i++, seq += 60) await more()
        // a row that goes, rows that change: held readings find their owner
        valueOrThrow(
          await t.dongles.vouch(free.dongleId, 'test', (await t.tenures.meteringPointNo(free.ean)) as number),
        )
        await t.store.release(free.dongleId)
        await t.close()
      }
      const report = await copying
      await Promise.all(stopping)
      expect(report.isWhole).toBe(true)
      expect(report.tables.every(({ digest, targetDigest }) => digest === targetDigest)).toBe(true)
      expect(passes.some(pass => pass.kind === 'pass' && pass.removed > 0)).toBe(true)

      const file = await openTestStore({ dir: join(t.path, '..') })
      const store = valueOrThrow(
        await openPostgresStore({ url: to, kekFile, keyTreeFile: join(dirname(kekFile), 'tenures.tree'), observer }),
      )
      for (const { tenureNo } of [bound, free]) {
        expect(await batchesOf(store, tenureNo)).toEqual(await batchesOf(file.store, tenureNo))
        expect(await store.buckets(tenureNo, '15m', 0, 4e9)).toEqual(await file.store.buckets(tenureNo, '15m', 0, 4e9))
      }
      const audit = await verifyAudit(file.store.registers)
      expect(audit.isWhole).toBe(true)
      expect(await verifyAudit(store.registers)).toEqual(audit)
      expect(report.tables.filter(({ rows }) => rows > 0).map(({ table }) => table)).toEqual(
        expect.arrayContaining(['accountEvent', 'operateEvent', 'audit', 'deadLetter']),
      )
      // and it goes on: numbers are free, what is known is known
      const next = [aBatch(), aBatch({ firstSeq: seq, startS: NOON_S + seq })].map(batch =>
        arrived(bound.dongleId, batch),
      )
      expect((await store.commit(next)).map(({ outcome }) => outcome.kind)).toEqual(['duplicate', 'stored'])
      await Promise.all([store.close(), file.close()])
      await expect(copied(t.path, to)).rejects.toThrow('has data that did not come from this source')
    })

    test('that is broken off anywhere goes on where it was', async () => {
      const { t } = await aService()
      await t.close()
      const to = await postgres().empty()
      for (let at = 1, isWhole = false; !isWhole; at += 6) {
        let events = 0
        const attempt = copied(t.path, to, () => {
          if (++events === at) throw new Error('broken off')
        })
        isWhole = await attempt.then(
          report => report.isWhole,
          error => {
            expect((error as Error).message).toBe('broken off')
            return false
          },
        )
      }
      const [{ n }] = (await postgres().run(to, 'SELECT count(*)::int AS n FROM batch')) as [{ n: number }]
      expect(n).toBe(105)
    })

    test('sees a row that is otherwise, and makes it right', async () => {
      const { t } = await aService()
      await t.close()
      const to = await postgres().empty()
      expect(await copied(t.path, to)).toMatchObject({ isWhole: true, passes: 2 })
      await postgres().run(to, `UPDATE batch SET sealed = '\\x00' WHERE no = 7`)
      const passes: CopyEvent[] = []
      const report = await copied(t.path, to, event => event.kind === 'pass' && passes.push(event))
      expect(passes[0]).toMatchObject({ written: 1, removed: 0 })
      expect(report.isWhole).toBe(true)
    })

    test('is refused where another’s data are, and says so without the password', async () => {
      const { t } = await aService()
      await t.close()
      const used = await postgres().fresh()
      valueOrThrow(
        await openPostgresStore({
          url: used,
          kek: '11'.repeat(32),
          kekFile: 'none',
          keyTreeFile: keyTreeOf(used),
          observer,
        }),
      ).close()
      const to = used.replace('postgres@', 'postgres:correct-horse@')
      const { code, err } = await nrt(['migrate', '--from', t.path], { env: { NRT_DATABASE_URL: to } })
      expect(code).toBe(1)
      expect(err).toContain('has data that did not come from this source: nothing was written')
      expect(err).not.toContain('correct-horse')
    })

    test('asks for the same form of NRT_DATABASE_URL as the service does, and says nothing of what it was', async () => {
      const env = { NRT_DATABASE_URL: 'postgres://nrt:correct-horse@db.example:port/nrt' }
      for (const command of [['migrate'], ['schema']]) {
        const { code, err } = await nrt(command, { env })
        expect(code).not.toBe(0)
        expect(err).toContain('NRT_DATABASE_URL must be like postgres://USER:PASSWORD@HOST:5432/NAME')
        expect(err).not.toContain('correct-horse')
      }
    })

    test('from the command line ends with its digests as JSON', async () => {
      const { t } = await aService()
      await t.close()
      const { code, out } = await nrt(['migrate', '--from', t.path, '--json'], {
        env: { NRT_DATABASE_URL: await postgres().empty() },
      })
      expect(code).toBe(0)
      const report = JSON.parse(out)
      expect(report.isWhole).toBe(true)
      expect(report.tables.find(({ table }: { table: string }) => table === 'batch')).toMatchObject({ rows: 105 })
    })
  })
}
