// A disk that is full, a lock that somebody holds, a file that may not be written: nothing is acknowledged, the reason is said once, and the
// store comes back by itself. Real SQLite errors throughout; the full tmpfs needs the right to mount and says so where it is missing.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { StoreFault } from '../../../backend/store/fault.ts'
import type { Batch } from '../../../shared/batch/batch.ts'
import { openTestBackend } from '../../support/backend.ts'
import { aBatch, aDay, arrived } from '../../support/batches.ts'
import { batchesOf, openTestStore, type TestStore } from '../../support/store.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function open(wish: Parameters<typeof openTestStore>[0] = {}) {
  const t = await openTestStore(wish)
  undo.push(t.close)
  const { dongleId, tenureNo } = await t.addDongle(1)
  const commit = (batches: Batch[]) => t.store.commit(batches.map(batch => arrived(dongleId, batch)))
  return { t, commit, tenureNo }
}

async function faultOf(work: Promise<unknown>): Promise<StoreFault> {
  const error = await work.then(
    () => undefined,
    reason => reason,
  )
  expect(error).toBeInstanceOf(StoreFault)
  return error as StoreFault
}

const reasons = (t: TestStore) => t.changes.map(change => (change.isReady ? 'ready' : change.reason))

describe('a store in trouble', () => {
  test('that is full takes nothing more, loses nothing that it took, and goes on once there is room', async () => {
    const { t, commit, tenureNo } = await open()
    const { page_count } = t.store.reader.prepare('PRAGMA page_count').get() as { page_count: number }
    await t.store.onWriter(`PRAGMA max_page_count = ${page_count + 12}`)
    const batches = aDay(60_000, 60)
    const acknowledged: Batch[] = []
    let fault: StoreFault | undefined
    let at = 0
    for (; fault === undefined; at += 20) {
      const group = batches.slice(at, at + 20)
      await commit(group).then(
        () => acknowledged.push(...group),
        error => {
          fault = error
        },
      )
    }
    expect(fault.reason).toBe('disk-full')
    expect(t.store.readiness()).toEqual({ isReady: false, reason: 'disk-full' })
    expect((await faultOf(commit(batches.slice(at)))).reason).toBe('disk-full')
    // what found no place any more waits in the inbox
    const readable = (await batchesOf(t.store, tenureNo, 0, 4e9)).length
    expect(readable).toBeGreaterThan(10)
    expect(readable).toBeLessThanOrEqual(acknowledged.length)

    await t.store.onWriter('PRAGMA max_page_count = 100000')
    const again = await commit(batches.slice(0, at))
    const kinds = again.map(({ outcome }) => outcome.kind)
    expect(new Set(kinds.slice(0, acknowledged.length))).toEqual(new Set(['duplicate']))
    expect(new Set(kinds.slice(acknowledged.length))).toEqual(new Set(['stored']))
    expect(await batchesOf(t.store, tenureNo, 0, 4e9)).toHaveLength(at)
    expect(reasons(t)).toEqual(['disk-full', 'ready'])
  })

  test('whose lock another process holds rejects, and recovers when it lets go', async () => {
    const { t, commit } = await open()
    const other = new DatabaseSync(t.path)
    undo.push(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    expect((await faultOf(commit([aBatch()]))).reason).toBe('locked')
    expect(await t.store.probe()).toEqual({ isReady: false, reason: 'locked' })
    other.exec('ROLLBACK')
    expect(await t.store.probe()).toEqual({ isReady: true })
    // it waited in the inbox, and is in its place by now
    expect((await commit([aBatch()])).map(({ outcome }) => outcome.kind)).toEqual(['duplicate'])
    expect(reasons(t)).toEqual(['locked', 'ready'])
  })

  test('that may not write rejects, and recovers when it may', async () => {
    const { t, commit } = await open()
    await t.store.onWriter('PRAGMA query_only = ON')
    expect((await faultOf(commit([aBatch()]))).reason).toBe('read-only')
    await t.store.onWriter('PRAGMA query_only = OFF')
    expect((await commit([aBatch()])).map(({ outcome }) => outcome.kind)).toEqual(['duplicate'])
    expect(reasons(t)).toEqual(['read-only', 'ready'])
  })

  test('still answers what it has', async () => {
    const { t, commit, tenureNo } = await open()
    await commit([aBatch()])
    await t.store.onWriter('PRAGMA query_only = ON')
    await faultOf(commit([aBatch({ boot: 2 })]))
    expect(await batchesOf(t.store, tenureNo, 0, 4e9)).toHaveLength(1)
  })

  test('that stops answers what waits and takes nothing new', async () => {
    const t = await openTestStore()
    const { dongleId } = await t.addDongle(1)
    const waiting = t.store.commit([arrived(dongleId, aBatch())])
    const closing = t.close()
    expect((await waiting).map(({ outcome }) => outcome.kind)).toEqual(['stored'])
    await closing
    expect((await faultOf(t.store.commit([arrived(dongleId, aBatch())]))).reason).toBe('stopping')
  })
})

test('a backend in trouble says so on /readyz and in one log line, and recovers without being asked', async () => {
  const t = await openTestBackend()
  undo.push(() => t.stop())
  const other = new DatabaseSync(join(t.dir, 'nrt.sqlite'))
  undo.push(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  const group = [arrived(t.dongleId, aBatch())]
  for (let i = 0; i < 3; i++) await faultOf(t.backend.ingest.store(group))
  expect(await t.get('/readyz')).toMatchObject({ status: 503, body: { isReady: false, reason: 'locked' } })
  expect(await t.get('/healthz')).toMatchObject({ status: 200 })
  other.exec('ROLLBACK')
  await expect.poll(() => t.backend.ingest.readiness()).toEqual({ isReady: true })
  expect(await t.get('/readyz')).toMatchObject({ status: 200, body: { isReady: true } })
  const said = t.logged.map(line => line.msg).filter(msg => String(msg).startsWith('the store takes'))
  expect(said).toEqual(['the store takes no batches; dongles keep their readings', 'the store takes batches again'])
})

function mountTmpfs(): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'nrt-full-'))
  undo.push(() => rmSync(dir, { recursive: true, force: true }))
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  undo.push(() => execFileSync('/bin/umount', ['-l', dir]))
  return dir
}

test('a real disk that runs full: acknowledged batches are there, the others are taken after making room', async context => {
  const dir = mountTmpfs()
  if (dir === undefined)
    return context.skip('no right to mount a small tmpfs: the full disk is tried with SQLite’s own page limit only')
  const { t, commit, tenureNo } = await open({ dir })
  const ballast = join(dir, 'ballast')
  writeFileSync(ballast, Buffer.alloc(900_000))
  const batches = aDay(90_000, 60)
  const acknowledged: Batch[] = []
  let fault: StoreFault | undefined
  for (let at = 0; at < batches.length && fault === undefined; at += 10) {
    const group = batches.slice(at, at + 10)
    await commit(group).then(
      () => acknowledged.push(...group),
      error => {
        fault = error
      },
    )
  }
  expect(fault?.reason).toBe('disk-full')
  expect(acknowledged.length).toBeGreaterThan(10)
  rmSync(ballast)
  expect(await t.store.probe()).toEqual({ isReady: true })
  expect((await commit(acknowledged)).every(({ outcome }) => outcome.kind === 'duplicate')).toBe(true)
  const rest = batches.slice(acknowledged.length, acknowledged.length + 50)
  expect((await commit(rest)).every(({ outcome }) => outcome.kind === 'stored')).toBe(true)
  expect(await batchesOf(t.store, tenureNo, 0, 4e9)).toHaveLength(acknowledged.length + 50)
  expect(reasons(t)).toEqual(['disk-full', 'ready'])
})
