// Group commit: whatever waits when the intake is free is written and synced as one group. There is no linger timer; while a group is written,
// the next gathers by itself. Then the writer puts the group in its places: what is certainly new is answered before, everything else when the
// writer has judged it. The registers' lock is held while groups are taken. It also says when the disk is in trouble and when it is well again.

import type { Kysely } from 'kysely'
import type { ArrivedBatch, Readiness } from '../../../shared/port/ingest-port.ts'
import { StoreFault } from '../fault.ts'
import { createHealth, takeGroup, type Waiting } from '../group-queue.ts'
import type { Committed, GroupObserver } from '../store.ts'
import type { Tables } from '../tables.ts'
import { isCertain } from './certainty.ts'
import { type PackedOutcomes, packGroup, unpackOutcomes } from './group-codec.ts'
import type { Intake, TakenGroup } from './intake.ts'
import type { ThreadLink } from './thread-link.ts'
import type { PlacedGroup, Writer } from './writer.ts'

/** So many groups follow each other before a register that waits has its turn. */
const GROUPS_A_TURN = 8
/** The writer may be so far behind; whoever reads waits for it. */
const UNPLACED_BYTES_MAX = 2_097_152

export interface GroupCommit {
  commit(arrivals: ArrivedBatch[]): Promise<Committed[]>
  /** Runs `work`, which asks the writer, while nobody else writes; rejects with StoreFault when the store is in trouble. */
  write<T>(work: () => Promise<T>): Promise<T>
  /** Puts in its places what a crash left in the inbox. */
  recover(): Promise<void>
  /** As write(), after the inbox was emptied and its key renewed. */
  writeAlone<T>(work: () => Promise<T>): Promise<T>
  /** What was committed before can be read, and nothing is locked; never rejects: in trouble, what is there can be read. */
  settled(): Promise<void>
  /** A binding or a tenure has changed. */
  forget(): void
  readiness(): Readiness
  /** Takes nothing new; resolves when what waited is answered, and leaves an empty inbox on a well disk. */
  close(): Promise<void>
}

type Answer = { taken: TakenGroup } | { error: unknown }

/** A group that the intake has; its answer never rejects. */
interface Asked {
  group: Waiting[]
  block: Uint8Array
  epoch: number
  atMs: number
  answer: Promise<Answer>
}

/** A group that is stored, and on its way to its places. */
interface Unplaced {
  bytes: number
  hasFailed: boolean
  /** Resolves when the writer has answered, whatever it says. */
  answered: Promise<unknown>
  outcomes: PromiseWithResolvers<Committed[]>
}

export function createGroupCommit(
  intake: ThreadLink<Intake>,
  writer: ThreadLink<Writer>,
  lock: Kysely<Tables>,
  observer: GroupObserver,
): GroupCommit {
  const waiting: Waiting[] = []
  let draining: Promise<void> | undefined
  let isClosed = false
  /** A process that stores no readings never opens the inbox. */
  let isOpen = false
  /** Groups of the inbox may not be in their places: after a start, and when one could not be placed. */
  let isBehind = true
  let placedUpTo = 0
  let unplacedBytes = 0
  const unplaced = new Map<number, Unplaced>()
  let epoch = 0
  let isSettled = true
  let settling: Promise<void> | undefined

  // That the inbox takes another group says nothing while those before it cannot be placed.
  const health = createHealth(observer, () => !isOpen || !isBehind)
  const { told } = health

  return { commit, write, recover, writeAlone, settled, forget, readiness: health.readiness, close }

  function commit(arrivals: ArrivedBatch[]): Promise<Committed[]> {
    if (isClosed) return Promise.reject(new StoreFault('stopping', undefined))
    if (arrivals.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      waiting.push({ arrivals, resolve, reject })
      startDraining()
    })
  }

  function startDraining(): void {
    draining ??= drain()
  }

  async function drain(): Promise<void> {
    // Asking for the lock takes a moment even when it is free: whoever hands in a batch in the same turn is in the same group.
    while (waiting.length > 0 || hasFailed()) await lock.connection().execute(takeGroups)
    draining = undefined
  }

  /** The intake has its next group before this side deals with the last one's outcomes: sealing twenty acks takes as long as a sync. */
  async function takeGroups(): Promise<void> {
    const trouble = await caughtUp()
    if (trouble !== undefined) for (const one of takeGroup(waiting)) one.reject(trouble.error)
    let next = trouble === undefined && waiting.length > 0 ? askNext() : undefined
    for (let turn = 1; next !== undefined; turn++) {
      const asked: Asked = next
      const answer = await asked.answer
      while (unplacedBytes > UNPLACED_BYTES_MAX && !isBehind) await anyAnswered()
      next = turn < GROUPS_A_TURN && waiting.length > 0 && !isBehind ? askNext() : undefined
      if ('error' in answer) for (const one of asked.group) one.reject(answer.error)
      else deliver(asked, answer.taken, place(asked, answer.taken))
    }
  }

  function askNext(): Asked {
    isOpen = true
    const group = takeGroup(waiting)
    const block = packGroup(group.length === 1 ? (group[0] as Waiting).arrivals : group.flatMap(one => one.arrivals))
    const answer = told(intake.ask('take', new Uint8Array(block), placedUpTo)).then(
      taken => ({ taken }),
      (error: unknown) => ({ error }),
    )
    return { group, block, epoch, atMs: performance.now(), answer }
  }

  /** What is certain is answered at once; the rest of it, and whoever came in one commit with it, when the writer has judged. */
  function deliver({ group, atMs }: Asked, { tenures }: TakenGroup, placed: Promise<Committed[]>): void {
    observer.committed(tenures.length, (performance.now() - atMs) / 1000)
    let at = 0
    for (const { arrivals, resolve, reject } of group) {
      const [from, to] = [at, at + arrivals.length]
      at = to
      const own = tenures.subarray(from, to)
      if (!own.every(isCertain)) placed.then(committed => resolve(committed.slice(from, to)), reject)
      else resolve(Array.from(own, tenureNo => ({ outcome: { kind: 'stored' }, tenureNo })))
    }
  }

  /** Rejects with what is wrong when the group has to wait in the inbox. */
  function place({ block, epoch: askedIn }: Asked, { no, tenures }: TakenGroup): Promise<Committed[]> {
    const outcomes = Promise.withResolvers<Committed[]>()
    outcomes.promise.catch(() => undefined) // perhaps nobody waits for it
    const bytes = block.length
    const placing = writer.ask('place', no, block, tenures).catch((error: unknown) => {
      one.hasFailed = true
      isBehind = true
      throw error
    })
    const answered = told(placing).then(placed => isPlaced(no, placed, askedIn), startDraining)
    const one: Unplaced = { bytes, hasFailed: false, answered, outcomes }
    unplaced.set(no, one)
    unplacedBytes += bytes
    isSettled = false
    return outcomes.promise
  }

  function isPlaced(no: number, placed: PlacedGroup, askedIn: number): void {
    placedUpTo = Math.max(placedUpTo, placed.placedUpTo)
    // What was learned before a binding changed no longer holds.
    if (placed.lessons.length > 0 && askedIn === epoch) void intake.ask('learn', placed.lessons)
    leave(no)?.resolve(unpackOutcomes(placed))
  }

  function leave(no: number): PromiseWithResolvers<Committed[]> | undefined {
    const one = unplaced.get(no)
    unplaced.delete(no)
    unplacedBytes -= one?.bytes ?? 0
    return one?.outcomes
  }

  /** Not "any placed": a group that cannot be placed has its outcome only when it was tried again, by whoever waits here. */
  function anyAnswered(): Promise<unknown> {
    return Promise.race([...unplaced.values()].map(one => one.answered))
  }

  function hasFailed(): boolean {
    return [...unplaced.values()].some(one => one.hasFailed)
  }

  /** What is wrong, if the groups of the inbox cannot be placed. */
  async function caughtUp(): Promise<{ error: unknown } | undefined> {
    if (!isBehind) return undefined
    try {
      await told(catchUp())
      return undefined
    } catch (error) {
      // They stay in the inbox. Who still waits for a verdict comes again, and gets it then.
      for (const no of unplaced.keys()) leave(no)?.reject(error)
      return { error }
    }
  }

  async function catchUp(): Promise<void> {
    isOpen = true
    const groups = await intake.ask('waiting', placedUpTo)
    isSettled = false
    const { placed, poisoned, trouble } = await writer.ask('recover', groups)
    for (let i = 0; i < poisoned; i++) observer.poisoned()
    for (let i = 0; i < placed.length; i++) recovered(groups[i]?.no ?? 0, placed[i] as PackedOutcomes)
    if (trouble !== undefined) throw new StoreFault(trouble, undefined)
    isBehind = hasFailed()
  }

  function recovered(no: number, outcomes: PackedOutcomes): void {
    placedUpTo = Math.max(placedUpTo, no)
    leave(no)?.resolve(unpackOutcomes(outcomes))
  }

  async function recover(): Promise<void> {
    await lock.connection().execute(() => told(catchUp()))
  }

  function write<T>(work: () => Promise<T>): Promise<T> {
    return lock.connection().execute(() => told(inPlace(work)))
  }

  function writeAlone<T>(work: () => Promise<T>): Promise<T> {
    isOpen = true
    return lock.connection().execute(() => told(inPlace(() => emptyInbox().then(work))))
  }

  /** A shared transaction may have been undone when nobody asked for it: then `work` fails, and is tried again when its groups are back. */
  async function inPlace<T>(work: () => Promise<T>): Promise<T> {
    if (!isOpen) return work()
    if (isBehind) await catchUp()
    try {
      return await work()
    } catch {
      await catchUp()
      return work()
    }
  }

  async function emptyInbox(): Promise<void> {
    await writer.ask('sync')
    epoch++
    await intake.ask('erase')
  }

  async function settled(): Promise<void> {
    if (!isSettled) settling = writer.ask('settle').catch(() => undefined)
    isSettled = true
    // also for who comes while another's wish is under way
    await settling
  }

  function forget(): void {
    epoch++
    void writer.ask('forget')
    void intake.ask('forget')
  }

  async function close(): Promise<void> {
    isClosed = true
    await draining
    // What cannot be placed stays in the inbox, for the next start.
    if (isOpen) await inPlace(emptyInbox).catch(() => undefined)
    await intake.ask('close')
    await writer.ask('close')
  }
}
