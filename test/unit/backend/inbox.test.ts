// Stored means on the disk, also while groups still share a transaction: what a crash or a power cut leaves of the files has everything
// that was said to be stored, once, in its place. The files are copied while the store works, as a cut would leave them.

import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { StoreFault } from '../../../backend/store/fault.ts'
import { guestPath } from '../../../backend/store/sqlite/guest.ts'
import { inboxPath } from '../../../backend/store/sqlite/inbox.ts'
import { openSqliteStore } from '../../../backend/store/sqlite/sqlite-store.ts'
import type { Batch } from '../../../shared/batch/batch.ts'
import { aBatch, aDay, arrived } from '../../support/batches.ts'
import { valueOrThrow } from '../../support/facts.ts'
import { batchesOf, openTestStore, type TestStore } from '../../support/store.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'nrt-inbox-'))
  undo.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function open() {
  const t = await openTestStore({ dir: temporaryFolder() })
  undo.push(t.close)
  const { dongleId, tenureNo } = await t.addDongle(1)
  const commit = (batches: Batch[]) => t.lazy.commit(batches.map(batch => arrived(dongleId, batch)))
  return { t, commit, dongleId, tenureNo }
}

/** What is on the disk now. Not the shared memory, which a power cut takes, and not a file that is being read while it changes. */
function copyOf(path: string): string {
  const to = temporaryFolder()
  for (const name of readdirSync(dirname(path))) {
    if (!name.endsWith('-shm')) cpSync(join(dirname(path), name), join(to, name))
  }
  return to
}

async function reopened(dir: string): Promise<TestStore> {
  const t = await openTestStore({ dir })
  undo.push(t.close)
  return t
}

const seqsOf = async ({ store }: TestStore, tenureNo: number) =>
  (await batchesOf(store, tenureNo, 0, 4e9)).map(({ row }) => row.firstSeq)

const countedOf = async ({ store }: TestStore, tenureNo: number) =>
  (await store.buckets(tenureNo, '1m', 0, 4e9)).reduce((sum, { rollup }) => sum + rollup.count, 0)

describe('groups that were stored', () => {
  const day = aDay(3600, 60)
  const allSeqs = day.map(batch => batch.firstSeq)

  test('and not settled yet are in their places after a crash, once, with rollups that agree', async () => {
    const { t, commit, tenureNo } = await open()
    for (let at = 0; at < day.length; at += 5) await commit(day.slice(at, at + 5))
    const after = await reopened(copyOf(t.path))
    expect(await seqsOf(after, tenureNo)).toEqual(allSeqs)
    expect(await countedOf(after, tenureNo)).toBe(3600)
  })

  test('survive a power cut that takes the end of the log', async () => {
    const { t, commit, tenureNo } = await open()
    await commit(day.slice(0, 20))
    await t.lazy.settled()
    const syncedBytes = statSync(`${t.path}-wal`).size
    await commit(day.slice(20, 40))
    await commit(day.slice(40))
    // in its places and perhaps synced, but out of the inbox only with the next group
    await t.lazy.settled()
    const copy = copyOf(t.path)
    truncateSync(join(copy, 'nrt.sqlite-wal'), syncedBytes)
    const after = await reopened(copy)
    expect(await seqsOf(after, tenureNo)).toEqual(allSeqs)
    expect(await countedOf(after, tenureNo)).toBe(3600)
  })

  test('leave the inbox when the store closes well', async () => {
    const { t, commit } = await open()
    await commit(day)
    await t.close()
    undo.pop()
    expect(waitingIn(t.path)).toBe(0)
  })

  test('do not suffer from a later group with a batch that cannot be stored', async () => {
    const { t, commit, tenureNo } = await open()
    await t.lazy.onWriter(
      "CREATE TRIGGER odd BEFORE INSERT ON batch WHEN NEW.boot = 77 BEGIN SELECT RAISE(ABORT, 'odd'); END",
    )
    await commit(day.slice(0, 10))
    await commit(day.slice(10, 20))
    const outcomes = await commit([...day.slice(20, 30), aBatch({ boot: 77 }), ...day.slice(30)])
    expect(outcomes.map(({ outcome }) => outcome.kind).filter(kind => kind !== 'stored')).toEqual(['refused'])
    await t.lazy.settled()
    expect(await seqsOf(t, tenureNo)).toEqual(allSeqs)
    expect(await countedOf(t, tenureNo)).toBe(3600)
  })

  test('can be read as far as a full disk has places for them, and all of them once there is room', async () => {
    const { t, commit, tenureNo } = await open()
    const { page_count } = t.store.reader.prepare('PRAGMA page_count').get() as { page_count: number }
    await t.lazy.onWriter(`PRAGMA max_page_count = ${page_count + 12}`)
    const many = aDay(60_000, 60)
    let at = 0
    for (let isFull = false; !isFull && at < many.length; ) {
      // the writer keeps up: else everything is in the inbox before it finds the disk full
      await t.lazy.settled()
      await commit(many.slice(at, at + 5)).then(
        () => {
          at += 5
        },
        error => {
          expect(error).toBeInstanceOf(StoreFault)
          isFull = true
        },
      )
    }
    await t.lazy.settled()
    expect(at).toBeGreaterThan(10)
    const acknowledged = many.slice(0, at).map(batch => batch.firstSeq)
    const readable = await seqsOf(t, tenureNo)
    expect(readable.length).toBeGreaterThan(10)
    expect(readable).toEqual(acknowledged.slice(0, readable.length))
    const after = await reopened(copyOf(t.path))
    expect((await seqsOf(after, tenureNo)).slice(0, at)).toEqual(acknowledged)
    await t.lazy.onWriter('PRAGMA max_page_count = 100000')
    expect(await t.lazy.probe()).toEqual({ isReady: true })
    expect((await seqsOf(t, tenureNo)).slice(0, at)).toEqual(acknowledged)
  })

  test('are gone with the tenure’s key: the inbox is empty and has another key', async () => {
    const { t, commit, tenureNo } = await open()
    await commit(day)
    await t.close()
    undo.pop()
    const before = keyIn(t.path)
    const again = await reopened(dirname(t.path))
    await again.lazy.commit([arrived(await idOf(again), aBatch({ boot: 9 }))])
    await again.lazy.erase(tenureNo, 1_800_000_000, 'operator')
    await again.close()
    undo.pop()
    expect(waitingIn(t.path)).toBe(0)
    expect(keyIn(t.path)).not.toEqual(before)
  })
})

async function idOf({ store }: TestStore): Promise<string> {
  return (await store.registers.selectFrom('dongle').select('id').executeTakeFirstOrThrow()).id
}

function waitingIn(path: string): number {
  const db = new DatabaseSync(inboxPath(path))
  const { count } = db.prepare('SELECT count(*) AS count FROM waiting').get() as { count: number }
  db.close()
  return count
}

function keyIn(path: string): Uint8Array {
  const db = new DatabaseSync(inboxPath(path))
  const { wrapped } = db.prepare('SELECT wrapped FROM key').get() as { wrapped: Uint8Array }
  db.close()
  return wrapped
}

describe('a second process', () => {
  const observer = { committed() {}, poisoned() {}, readinessChanged() {} }

  test('cannot store readings beside the first one, and says that they are locked', async () => {
    const { t, dongleId } = await open()
    const second = valueOrThrow(
      openSqliteStore({ path: t.path, kekFile: join(dirname(t.path), 'kek.key'), isGuest: true, observer }),
    )
    const refused = await second.commit([arrived(dongleId, aBatch())]).catch(error => error)
    expect(refused).toBeInstanceOf(StoreFault)
    expect((refused as StoreFault).reason).toBe('locked')
    await second.close()
  })

  test('that writes registers finds its moment while readings keep coming, and leaves no sign', async () => {
    const { t, commit, tenureNo } = await open()
    const batches = aDay(86_400, 60)
    let isOver = false
    let at = 0
    const coming = (async () => {
      // as the gateway does: what is not taken comes again
      while (!isOver) {
        const isTaken = await commit([batches[at % batches.length] as Batch]).then(
          () => true,
          error => {
            expect(error).toBeInstanceOf(StoreFault)
            isOver ||= (error as StoreFault).reason === 'stopping'
            return false
          },
        )
        if (isTaken) at++
      }
    })()
    const guest = valueOrThrow(
      openSqliteStore({ path: t.path, kekFile: join(dirname(t.path), 'kek.key'), isGuest: true, observer }),
    )
    expect(existsSync(guestPath(t.path))).toBe(true)
    for (let i = 0; i < 10; i++) {
      const account = { id: `guest-${i}`, name: 'guest', createdAtS: i, role: 'grid-user' as const }
      await guest.registers.insertInto('account').values(account).execute()
    }
    await guest.close()
    isOver = true
    await coming
    await t.lazy.settled()
    expect(existsSync(guestPath(t.path))).toBe(false)
    expect(await seqsOf(t, tenureNo)).toHaveLength(Math.min(at, batches.length))
  })

  test('that was killed as a guest leaves a sign that the next start takes away', async () => {
    const { t } = await open()
    await t.close()
    undo.pop()
    writeFileSync(guestPath(t.path), '')
    await reopened(dirname(t.path))
    expect(existsSync(guestPath(t.path))).toBe(false)
  })
})
