// Verified batches to the store, in groups, and the acks back. It keeps the one promise that everything rests on: a batch is
// acknowledged only after IngestPort said what became of it, durably. It refuses to know MQTT and sealing; a dongle is a
// name here, because its answer may go to a later session than the one that brought the batch.

import type { BatchId } from '../shared/batch/batch.ts'
import type { Clock } from '../shared/kernel/clock.ts'
import type { DeadLetter, DongleStatus, IngestPort, StoreOutcome } from '../shared/port/ingest-port.ts'
import type { Span, Tracing } from '../shared/port/tracing.ts'
import type { Ack, RefusalReason } from '../shared/session/messages.ts'
import { createBeat } from './beat.ts'
import type { GatewayConfig } from './config.ts'
import { type Lane, openLane } from './lane.ts'
import { causeOf, type Log, pseudonymOf } from './log.ts'
import type { Metrics } from './metrics.ts'
import { openNotes } from './notes.ts'
import { addLoad, dropLoad, type Load, type Pressure } from './pressure.ts'
import { createTurnstile } from './turnstile.ts'
import type { VerifiedBatch } from './verified-batch.ts'

export interface RelayOptions {
  ingest: IngestPort
  config: GatewayConfig
  clock: Clock
  log: Log
  metrics: Metrics
  pressure: Pressure
  /** Tells a dongle what it may release; called after the commit, once per dongle and group. */
  acknowledge(dongleId: string, answer: Ack): void
  /** A batch came that was stored before. */
  repeated(): void
  /** After every commit: what was waiting may be taken. */
  roomMade(): void
  /** Absent: nothing is followed. */
  tracing?: Tracing
}

export interface Relay {
  /** What a dongle has taken and held here. */
  backlogOf(dongleId: string): Backlog
  /** Where there are many entries, drops that of a dongle that has nothing here any more. */
  tidy(dongleId: string): void
  /** False when the very same batch is in flight already: its ack will answer both. */
  take(batch: VerifiedBatch): boolean
  bury(letter: DeadLetter, id: BatchId, reason: RefusalReason): boolean
  note(status: DongleStatus): void
  isFailing(): boolean
  stop(): Promise<void>
}

export interface Backlog {
  taken: Load
  held: Load
  /** Of batches that are not answered yet; few, so that a row is searched faster than a map. */
  inFlight: InFlight[]
  /** Behind all that it sent so far: the boot, and the number that comes next. */
  boot: number
  nextSeq: number
}

interface InFlight {
  id: BatchId
  content: Uint8Array
}

interface Parcel {
  id: BatchId
  batch: VerifiedBatch
  bytes: number
  atMs: number
}

/** Each parcel and what the store says of it. */
interface Stored {
  parcels: Parcel[]
  outcomes: (StoreOutcome | undefined)[]
}

interface Letter {
  id: BatchId
  letter: DeadLetter
  reason: RefusalReason
  bytes: number
  atMs: number
}

/** What a queued item costs beside its bytes: objects, map entry, closures. Rounded up from heap measurements. */
const ITEM_BYTES = 512
/**
 * A batch waits for the group of its own lane only; the store takes what all of them have ready as one group. With two, half of the batches waited for two
 * groups. So many for what is measured now and as many for what is older: the store knows at once that a batch behind all others is new, and of
 * the rest only when it is in its place; nobody who looks at a page waits for another's backlog (docs/adr/0065-live-first.md).
 */
const LANES = 32

/**
 * Answers for what is older go at a steady pace, a dongle each two milliseconds for all that it waits for (docs/adr/0086-one-answer-for-all-that-waits.md): it sends
 * the next batches of its backlog when some are answered, so that the answers of a group, all at once, came back as a burst that everybody's live
 * batches waited behind (docs/adr/0083-a-backlog-at-a-steady-pace.md). Twice as fast they waited twice as long as without a backlog (docs/adr/0090-half-the-pace.md).
 */
const OLDER_PER_TURN = 1
const OLDER_TURN_MS = 2
/** Where that would not do in such a time for all who wait for their answers, more go in each turn: a dongle repeats what is not answered in 20 s. */
const OLDER_WITHIN_MS = 5000
/**
 * What is older is stored by all lanes at the same moments, so that the store writes it as one group: each by itself they were a thousand groups a second
 * of a batch or two, and live batches waited behind them for the store and for a processor (docs/adr/0084-a-backlog-on-a-beat.md).
 */
const OLDER_BEAT_MS = 4

/** Empty entries that stay for the dongle's next batch: made and dropped for each of them they cost more than they weigh. */
const IDLE_KEPT = 20_000

export function openRelay(options: RelayOptions): Relay {
  const { ingest, config, clock, log, metrics, pressure } = options
  const backlogs = new Map<string, Backlog>()
  const nextTurn = (step: () => void): void => void setTimeout(step, OLDER_TURN_MS)
  const older = createTurnstile(OLDER_PER_TURN, nextTurn, OLDER_WITHIN_MS / OLDER_TURN_MS)
  const olderBeat = createBeat(OLDER_BEAT_MS)
  /** What is stored of what is older, by dongle, and waits for its turn to be answered. */
  const unanswered = new Map<string, Stored>()
  const laneLimits = {
    groupCountMax: config.groupBatchesMax,
    groupBytesMax: config.groupBytesMax,
    retryFirstMs: config.retryFirstMs,
    retryMostMs: config.retryMostMs,
    isHealthy: () => ingest.readiness().isReady,
    tally: { commits: 0 },
  }

  const batches = Array.from({ length: 2 * LANES }, (_, number) =>
    openLane<Parcel, StoreOutcome>({
      ...laneLimits,
      ...(number >= LANES && { beat: olderBeat }),
      bytesOf: parcel => parcel.bytes,
      async commit(parcels) {
        const startMs = clock.monotonicMs()
        const spans = options.tracing === undefined ? [] : parcels.flatMap(parcel => storing(parcel))
        const group = parcels.map(parcel => parcel.batch)
        const outcomes = await ingest.store(group, number >= LANES).finally(() => {
          for (const span of spans) span.end({ 'nrt.group': parcels.length })
        })
        metrics.commit((clock.monotonicMs() - startMs) / 1000, parcels.length)
        return outcomes
      },
      settled: number < LANES ? settleBatches : settleOlder,
      giveUp(parcel) {
        const { dongleId, bytes, receivedAtMs } = parcel.batch
        log.warn({ dongle: pseudonymOf(dongleId) }, 'a batch alone makes the store fail; it goes to the dead letters')
        const letter = { dongleId, bytes, receivedAtMs, reason: 'store-rejects' }
        letters.push({ id: parcel.id, letter, reason: 'not-allowed', bytes: parcel.bytes, atMs: parcel.atMs })
      },
      failing: storeStateChanged,
    }),
  )

  const letters: Lane<Letter> = openLane<Letter, undefined>({
    ...laneLimits,
    bytesOf: letter => letter.bytes,
    async commit(group) {
      await ingest.bury(group.map(letter => letter.letter))
      return group.map(() => undefined)
    },
    settled: settleLetters,
    giveUp(letter) {
      release(letter.letter.dongleId, letter)
      options.roomMade()
    },
    failing: storeStateChanged,
  })

  /** Waiting for the group before is over; the store's own spans hang below this one. */
  function storing({ batch, atMs }: Parcel): Span[] {
    if (batch.span === undefined || options.tracing === undefined) return []
    const { traceparent } = batch.span
    const waitedMs = clock.monotonicMs() - atMs
    options.tracing.within(traceparent, 'wait', options.tracing.nowMs() - waitedMs).end()
    const span = options.tracing.within(traceparent, 'store')
    batch.traceparent = span.traceparent
    return [span]
  }

  function settleBatches(parcels: Parcel[], outcomes: (StoreOutcome | undefined)[]): void {
    const answers = new Map<string, Ack>()
    const nowMs = clock.monotonicMs()
    for (let i = 0; i < parcels.length; i++) {
      const parcel = parcels[i] as Parcel
      const outcome = outcomes[i]
      release(parcel.batch.dongleId, parcel)
      // A store that answers for fewer batches than it was given has not answered for this one: no ack, it comes again.
      if (outcome === undefined) continue
      const answer = answerFor(answers, parcel.batch.dongleId)
      if (outcome.kind === 'refused') answer.refused.push({ id: parcel.id, reason: 'not-allowed' })
      else answer.final.push(parcel.id)
      metrics.batch(outcome.kind)
      if (outcome.kind === 'duplicate') options.repeated()
      if (outcome.kind === 'stored') metrics.readings(parcel.batch.readings)
      metrics.ack((nowMs - parcel.atMs) / 1000)
    }
    answerAll(answers)
    for (let i = 0; i < parcels.length; i++) {
      parcels[i]?.batch.span?.end({ 'nrt.outcome': outcomes[i]?.kind ?? 'none' })
    }
  }

  function settleOlder(parcels: Parcel[], outcomes: StoreOutcome[]): void {
    const fresh: [string, Stored][] = []
    for (const [i, parcel] of parcels.entries()) {
      const { dongleId } = parcel.batch
      let stored = unanswered.get(dongleId)
      if (stored === undefined) {
        stored = { parcels: [], outcomes: [] }
        unanswered.set(dongleId, stored)
        fresh.push([dongleId, stored])
      }
      stored.parcels.push(parcel)
      stored.outcomes.push(outcomes[i])
    }
    for (const [dongleId, stored] of fresh)
      older.enter(() => {
        unanswered.delete(dongleId)
        settleBatches(stored.parcels, stored.outcomes)
        return true
      })
  }

  function settleLetters(group: Letter[]): void {
    const answers = new Map<string, Ack>()
    for (const letter of group) {
      release(letter.letter.dongleId, letter)
      answerFor(answers, letter.letter.dongleId).refused.push({ id: letter.id, reason: letter.reason })
      metrics.batch('refused')
    }
    answerAll(answers)
  }

  function answerAll(answers: Map<string, Ack>): void {
    for (const [dongleId, answer] of answers) options.acknowledge(dongleId, answer)
    options.roomMade()
  }

  /** By the dongle: its live batches stay in order, and one ack names those of a group. */
  function laneOf({ dongleId, id }: VerifiedBatch): Lane<Parcel> {
    const number = dongleId.charCodeAt(0) % LANES
    return batches[isLive(backlogOf(dongleId), id) ? number : LANES + number] as Lane<Parcel>
  }

  function isAnyLaneFailing(): boolean {
    return letters.isFailing || batches.some(lane => lane.isFailing)
  }

  /** One line per change of the whole, whichever lane noticed first. */
  let wasFailing = false
  function storeStateChanged(isFailing: boolean, cause: unknown): void {
    if (isFailing) metrics.storeFailed()
    const isAnyFailing = isFailing || isAnyLaneFailing()
    if (isAnyFailing === wasFailing) return
    wasFailing = isAnyFailing
    const readiness = ingest.readiness()
    const reason = readiness.isReady ? 'store-failing' : readiness.reason
    if (isAnyFailing) log.error({ reason, cause: causeOf(cause) }, 'the store takes nothing: no acks until it does')
    else log.info({ waiting: batches.reduce((sum, lane) => sum + lane.count, 0) }, 'the store takes batches again')
  }

  function enter(dongleId: string, id: BatchId, content: Uint8Array, bytes: number): boolean {
    const backlog = backlogOf(dongleId)
    const earlier = backlog.inFlight.find(one => isSameId(one.id, id))
    if (earlier !== undefined && Buffer.compare(earlier.content, content) === 0) return false
    // Same numbers, other content: the store decides (it quarantines); only the first is watched for repeats.
    if (earlier === undefined) backlog.inFlight.push({ id, content })
    addLoad(backlog.taken, bytes)
    addLoad(pressure.total, bytes)
    return true
  }

  function release(dongleId: string, item: { id: BatchId; bytes: number }): void {
    const backlog = backlogOf(dongleId)
    const at = backlog.inFlight.findIndex(one => isSameId(one.id, item.id))
    if (at >= 0) backlog.inFlight.splice(at, 1)
    dropLoad(backlog.taken, item.bytes)
    dropLoad(pressure.total, item.bytes)
    tidy(dongleId)
  }

  function backlogOf(dongleId: string): Backlog {
    const known = backlogs.get(dongleId)
    if (known !== undefined) return known
    const nothing = { taken: { count: 0, bytes: 0 }, held: { count: 0, bytes: 0 } }
    const fresh: Backlog = { ...nothing, inFlight: [], boot: 0, nextSeq: 0 }
    backlogs.set(dongleId, fresh)
    return fresh
  }

  function tidy(dongleId: string): void {
    const backlog = backlogs.get(dongleId)
    const isIdle = backlog !== undefined && backlog.taken.count === 0 && backlog.held.count === 0
    if (isIdle && backlogs.size > IDLE_KEPT) backlogs.delete(dongleId)
  }

  const notes = openNotes(ingest, log)

  return {
    backlogOf,
    tidy,
    take(batch) {
      const bytes = batch.bytes.length + ITEM_BYTES
      const { id } = batch
      if (!enter(batch.dongleId, id, batch.bytes, bytes)) return false
      laneOf(batch).push({ id, batch, bytes, atMs: clock.monotonicMs() })
      return true
    },
    bury(letter, id, reason) {
      const bytes = letter.bytes.length + ITEM_BYTES
      if (!enter(letter.dongleId, id, letter.bytes, bytes)) return false
      letters.push({ id, letter, reason, bytes, atMs: clock.monotonicMs() })
      return true
    },
    note: status => notes.push(status),
    isFailing: isAnyLaneFailing,
    async stop() {
      await Promise.all([...batches.map(lane => lane.stop()), letters.stop(), notes.stop()])
      older.open()
    },
  }
}

/** Behind all that came before; and notes that it came. A thinned batch is never. */
function isLive(backlog: Backlog, { boot, firstSeq, span, periodS = 0 }: BatchId): boolean {
  if (periodS > 0 || boot < backlog.boot || (boot === backlog.boot && firstSeq < backlog.nextSeq)) return false
  backlog.boot = boot
  backlog.nextSeq = firstSeq + span
  return true
}

function isSameId(a: BatchId, b: BatchId): boolean {
  return a.firstSeq === b.firstSeq && a.boot === b.boot && a.span === b.span && (a.periodS ?? 0) === (b.periodS ?? 0)
}

function answerFor(answers: Map<string, Ack>, dongleId: string): Ack {
  const known = answers.get(dongleId)
  if (known !== undefined) return known
  const fresh: Ack = { final: [], refused: [] }
  answers.set(dongleId, fresh)
  return fresh
}
