// The one of this program that writes readings: a group is one transaction, its dongles locked, its batches judged side by side and each dongle's one
// after the other. Nothing is remembered from one group to the next but where dongles belong, and that only while no binding has changed: other
// programs write the same tables.

import type { Client } from 'pg'
import { assert } from '../../../shared/kernel/assert.ts'
import type { ArrivedBatch, DeadLetter } from '../../../shared/port/ingest-port.ts'
import { implausibility, timeRangeOf } from '../../ingest/plausible.ts'
import { createAside, type HeldChunk, type LetterChunk } from '../aside.ts'
import { attempts } from '../attempts.ts'
import { createCommitter, type OpenedBatch } from '../commit.ts'
import { eraseTenure } from '../erasure.ts'
import { StoreFault, troubleOf } from '../fault.ts'
import type { TenureKeys } from '../key-ring.ts'
import { createPlacement } from '../placement.ts'
import type { StoredTimes } from '../siblings.ts'
import type { Steps } from '../steps.ts'
import type { Committed } from '../store.ts'
import type { Link } from './connect.ts'
import { LOCK_DONGLES, LOCK_REGISTERS } from './locks.ts'
import { createMonths } from './months.ts'
import { runSideBySide, runSteps } from './run-steps.ts'
import type { OpenSiblings } from './siblings.ts'

/** Every job is whole: it rejects with StoreFault, or what it found unforeseen, when nothing of it is known to be durable. One at a time. */
export interface Writer {
  commit(arrivals: ArrivedBatch[]): Promise<CommittedGroup>
  bury(letters: DeadLetter[]): Promise<void>
  replay(after: number, only?: number): Promise<LetterChunk>
  dropLetter(no: number): Promise<boolean>
  release(dongleId: string, after: number, newest: number): Promise<HeldChunk>
  discard(dongleId: string): Promise<void>
  erase(tenureNo: number, atS: number, actor: string): Promise<void>
  /** A small write. */
  sync(): Promise<void>
  /** A binding or a tenure has changed. */
  forget(): void
  /** Says so to every other program on the database; whatever is written next does it too. */
  tell(): Promise<void>
}

export interface CommittedGroup {
  committed: Committed[]
  poisoned: number
}

/** What was remembered of places is old: the same again with what is true now. */
const STALE = new Error('a binding has changed')
/** Bindings change by the minute, groups are written by the millisecond. */
const TRIES_MAX = 20

/** `sayStored`: to other programs, within the transaction that stores. */
export function createWriter(link: Link, keys: TenureKeys, sayStored: OpenSiblings['sayStored']): Writer {
  const placement = createPlacement(keys)
  const committer = createCommitter(placement, Number.POSITIVE_INFINITY)
  const attempt = attempts(placement, committer, error => troubleOf(error, () => false) !== undefined)
  const aside = createAside(keys, placement, committer, attempt)
  const months = createMonths()
  let epoch = -1
  /** Changes of bindings that the other programs have not been told of. */
  let untold = 0

  return {
    commit: arrivals => inEpoch(client => commitGroup(client, arrivals)),
    bury: letters =>
      inEpoch(async client => {
        await makePlaces(client, letters.map(placeOfLetter))
        await transaction(client, () => runInOrder(client, letters.map(committer.buryOne)))
      }),
    replay: (after, only) =>
      inEpoch(async client => {
        const letters = await runSteps(client, aside.letters(after, only))
        await months.make(
          client,
          letters.flatMap(({ opened }) => (opened === undefined ? [] : timeOfPlausible(opened))),
        )
        return alone(client, letters.map(({ dongleNo }) => dongleNo).sort(ascending), aside.replay(after, only))
      }),
    // After or before a replay of the same letter, never beside it: one of the two finds that it no longer waits.
    dropLetter: no => inEpoch(client => alone(client, [], aside.drop(no))),
    release: (dongleId, after, newest) =>
      inEpoch(client => alone(client, placement.dongleNo(dongleId), aside.release(dongleId, after, newest))),
    async discard(dongleId) {
      await inEpoch(client => alone(client, placement.dongleNo(dongleId), forgotten(aside.discard(dongleId))))
      await forgetKeys()
    },
    async erase(tenureNo, atS, actor) {
      await inEpoch(client =>
        transaction(client, async () => {
          await client.query(LOCK_REGISTERS)
          await runSteps(client, forgotten(eraseTenure(keys, tenureNo, atS, actor)))
        }),
      )
      await forgetKeys()
    },
    sync: () => inEpoch(async client => void (await client.query(PROBE, [Buffer.from(`${performance.now()}`)]))),
    forget() {
      untold++
      placement.forget()
    },
    tell: () => inEpoch(async () => undefined),
  }

  /** `work` with a connection; again when a binding changed meanwhile. */
  async function inEpoch<T>(work: (client: Client) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        const client = await link.client()
        await tell(client)
        return await work(client)
      } catch (error) {
        committer.discard()
        placement.forget() // what was looked up may have been inserted, and is gone again
        if (tries < TRIES_MAX && (error === STALE || isUnlucky(error))) continue
        if (error instanceof StoreFault) throw error
        const trouble = troubleOf(error, () => false)
        if (trouble === 'unreachable') link.drop()
        throw trouble === undefined ? error : new StoreFault(trouble, error)
      }
    }
  }

  async function tell(client: Client): Promise<void> {
    const telling = untold
    if (telling === 0) return
    await client.query(`SELECT nextval('"placementEpoch"')`)
    untold -= telling
  }

  async function commitGroup(client: Client, arrivals: ArrivedBatch[]): Promise<CommittedGroup> {
    const nos = await makePlaces(client, arrivals.map(placeOfArrival))
    await months.make(client, arrivals.flatMap(timeOfPlausible))
    try {
      const committed = await transaction(client, async () => {
        await Promise.all([lock(client, nos), client.query(BEGIN_TO_WRITE)])
        const committed = await commitSideBySide(client, arrivals)
        await sayStored(client, storedTimes(arrivals, committed))
        return committed
      })
      return { committed, poisoned: 0 }
    } catch (error) {
      if (error === STALE || isUnlucky(error) || troubleOf(error, () => false) !== undefined) throw error
    }
    committer.discard()
    placement.forget()
    return transaction(client, async () => {
      await client.query(LOCK_REGISTERS)
      await Promise.all([lock(client, nos), client.query(BEGIN_TO_WRITE)])
      const group = await commitOneByOne(client, arrivals)
      await sayStored(client, storedTimes(arrivals, group.committed))
      return group
    })
  }

  async function commitSideBySide(client: Client, arrivals: ArrivedBatch[]): Promise<Committed[]> {
    const committed: Committed[] = []
    const byDongle = Map.groupBy(arrivals.keys(), i => (arrivals[i] as ArrivedBatch).dongleId)
    await runSideBySide(
      client,
      Array.from(byDongle.values(), function* (places): Steps<void> {
        for (const i of places) committed[i] = yield* committer.commitOne(arrivals[i] as ArrivedBatch)
      }),
    )
    await runSideBySide(client, committer.flush())
    return committed
  }

  /** After something unforeseen: what cannot be stored is put aside, and holds up nobody. */
  async function commitOneByOne(client: Client, arrivals: ArrivedBatch[]): Promise<CommittedGroup> {
    const group: CommittedGroup = { committed: [], poisoned: 0 }
    for (const arrived of arrivals) {
      let committed = await runSteps(client, attempt(committer.commitOne(arrived)))
      if (committed === undefined) {
        group.poisoned++
        await runSteps(client, committer.buryOne({ ...arrived, reason: 'poison' }))
        committed = { outcome: { kind: 'refused', reason: 'poison' } }
      }
      group.committed.push(committed)
    }
    return group
  }

  /** Work on dongles that are known only now, and that may make places as it goes. */
  async function alone<T>(client: Client, dongles: number[] | Steps<number | undefined>, work: Steps<T>): Promise<T> {
    return transaction(client, async () => {
      await client.query(LOCK_REGISTERS)
      await proveEpoch(client)
      await lock(client, Array.isArray(dongles) ? dongles : [(await runSteps(client, dongles)) ?? []].flat())
      const result = await runSteps(client, work)
      for (const rollups of committer.flush()) await runSteps(client, rollups)
      return result
    })
  }

  /**
   * Tenures that hold readings, and series, are there before the group that needs them: their numbers are given by one at a time. Returns the numbers
   * of the dongles, which are remembered as their places are.
   */
  async function makePlaces(client: Client, wanted: WantedPlace[]): Promise<number[]> {
    const unknown = wanted.filter(place => !isDone(placement.placeOf(...place)))
    if (unknown.length > 0) {
      await transaction(client, async () => {
        await client.query(LOCK_REGISTERS)
        await proveEpoch(client)
        await runInOrder(
          client,
          unknown.map(place => placement.placeOf(...place)),
        )
      })
    }
    const nos = new Set<number>()
    for (const [dongleId] of wanted) {
      const step = placement.dongleNo(dongleId).next()
      if (step.done && step.value !== undefined) nos.add(step.value)
    }
    return [...nos].sort(ascending)
  }

  /** Locks dongles, and proves that what is remembered of them is true: a change that comes after it finds what is stored here. */
  async function lock(client: Client, dongleNos: number[]): Promise<void> {
    await Promise.all([
      client.query({ name: 'nrt-lock', text: LOCK_DONGLES, values: [dongleNos] }),
      proveEpoch(client), // answered after the locks are had
    ])
  }

  /** What is remembered was looked up in the epoch that is now; else it begins anew (inEpoch forgets). */
  async function proveEpoch(client: Client): Promise<void> {
    const newest = await epochOf(client)
    if (newest === epoch) return
    epoch = newest
    throw STALE
  }

  /** Pages keep what was deleted until they are written anew; so does the log, and so do copies (docs/operating.md). */
  async function forgetKeys(): Promise<void> {
    untold++
    placement.forget()
    await inEpoch(client => client.query('VACUUM FULL tenure'))
  }

  /** The tree forgets last, before the commit: if the disk does not let it nothing is erased, and if the commit fails nothing can be read all the same. */
  function* forgotten(work: Steps<number[]>): Steps<void> {
    keys.eraseTenures(yield* work)
  }

  async function transaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
    await client.query('BEGIN')
    try {
      const result = await work()
      const { command } = await client.query('COMMIT')
      assert(command === 'COMMIT', 'a transaction that had no error is committed')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch(link.drop)
      throw error
    }
  }
}

type WantedPlace = [dongleId: string, meter: number, timeS: number]

const PROBE = `INSERT INTO meta (name, value) VALUES ('probe', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

/** The transaction has its number before any batch has one: who waits for all transactions of a moment waits for all batches of it (siblings.quiet). */
const BEGIN_TO_WRITE = 'SELECT pg_current_xact_id()'

function storedTimes(arrivals: readonly ArrivedBatch[], committed: readonly Committed[]): StoredTimes[] {
  return committed.flatMap(({ outcome, tenureNo }, i) => {
    const range = timeRangeOf((arrivals[i] as ArrivedBatch).batch)
    if (outcome.kind !== 'stored' || tenureNo === undefined || range === undefined) return []
    return [[tenureNo, range.fromS, range.toS] as const]
  })
}

async function epochOf(client: Client): Promise<number> {
  const { rows } = await client.query({
    name: 'nrt-epoch',
    text: 'SELECT last_value + is_called::int AS epoch FROM "placementEpoch"',
  })
  return rows[0].epoch
}

function placeOfArrival({ dongleId, batch, receivedAtMs }: ArrivedBatch): WantedPlace {
  return [dongleId, batch.meter, timeRangeOf(batch)?.fromS ?? Math.floor(receivedAtMs / 1000)]
}

function placeOfLetter({ dongleId, receivedAtMs }: DeadLetter): WantedPlace {
  return [dongleId, 0, Math.floor(receivedAtMs / 1000)]
}

function ascending(a: number, b: number): number {
  return a - b
}

function timeOfPlausible({ batch, receivedAtMs }: OpenedBatch): number[] {
  const range = timeRangeOf(batch)
  return range === undefined || implausibility(batch, range, receivedAtMs) !== undefined ? [] : [range.fromS]
}

/** Whether the steps end without asking anything. */
function isDone(steps: Steps<unknown>): boolean {
  return steps.next().done === true
}

async function runInOrder(client: Client, all: Steps<unknown>[]): Promise<void> {
  for (const steps of all) await runSteps(client, steps)
}

/** Another transaction was in the way, and is over. */
function isUnlucky(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === '40001' || code === '40P01'
}
