// The backend's IngestPort: verified batches in, durable outcomes out. It ties store, dongle register and live fan-out together and counts;
// the rules of "stored once" are in judge.ts, what a disk does is the store's business.

import type { CloneSign } from '../../shared/port/dongle-directory.ts'
import type { ArrivedBatch, DongleStatus, IngestPort } from '../../shared/port/ingest-port.ts'
import type { Span, Tracing } from '../../shared/port/tracing.ts'
import type { Outbox } from '../delivery/outbox.ts'
import type { FanOut } from '../live/fan-out.ts'
import type { Tails } from '../operating/tails.ts'
import type { Committed, Store } from '../store/store.ts'
import type { BackendMetrics } from '../supervision/metrics.ts'

/** Of the rooms around dongles what ingest needs: the newest status kept and looked at, and signs of a clone. */
export interface DongleNotes {
  note(status: DongleStatus): Promise<void>
  suspect(dongleId: string, sign: CloneSign): Promise<void>
  /** Readings came that are nobody's yet: which meter is it behind? */
  wonder(dongleId: string): void
}

export function openIngest(
  store: Store,
  dongles: DongleNotes,
  live: FanOut,
  metrics: BackendMetrics,
  tails: Tails,
  outbox: Pick<Outbox, 'groupBegan' | 'groupTold' | 'arrived'>,
  tracing?: Tracing,
): IngestPort {
  return {
    async store(group) {
      const spans = tracing === undefined ? [] : group.flatMap(committing)
      const groups = outbox.groupBegan()
      try {
        const committed = await store.commit(group).finally(() => {
          for (const span of spans) span.end()
        })
        for (let i = 0; i < group.length; i++) tell(group[i] as ArrivedBatch, committed[i] as Committed)
        return committed.map(one => one.outcome)
      } finally {
        outbox.groupTold(groups)
      }
    },
    async bury(letters) {
      await store.bury(letters)
      for (const letter of letters) {
        metrics.deadLetters.inc({ reason: letter.reason })
        tails.letter(letter)
      }
    },
    note(status) {
      tails.status(status)
      return dongles.note(status)
    },
    readiness: store.readiness,
  }

  function committing({ traceparent }: ArrivedBatch): Span[] {
    return traceparent === undefined || tracing === undefined ? [] : [tracing.within(traceparent, 'commit')]
  }

  /** Two dongles with one identity. A register that cannot write now is told by the next such batch. */
  function suspect(dongleId: string): void {
    void dongles
      .suspect(dongleId, 'other-content')
      .catch(() => metrics.batches.inc({ outcome: 'quarantined', reason: 'not-noted' }))
  }

  function show(tenureNo: number, arrived: ArrivedBatch): void {
    const { traceparent } = arrived
    const span = traceparent === undefined ? undefined : tracing?.within(traceparent, 'live')
    live.publish(tenureNo, arrived)
    span?.end()
  }

  /** Only after the commit: a page never shows what a crash could take back. */
  function tell(arrived: ArrivedBatch, { outcome, tenureNo }: Committed): void {
    tails.batch(arrived, outcome)
    if (outcome.kind === 'stored') metrics.stored(arrived.readings)
    else metrics.batches.inc({ outcome: outcome.kind, reason: 'reason' in outcome ? outcome.reason : '' })
    if (outcome.kind === 'quarantined' && outcome.reason === 'other-content') suspect(arrived.dongleId)
    if (outcome.kind !== 'stored') return
    for (const { reason, count } of arrived.losses) metrics.losses.inc({ reason }, count)
    if (tenureNo !== undefined) {
      show(tenureNo, arrived)
      outbox.arrived(tenureNo, arrived)
    } else dongles.wonder(arrived.dongleId)
  }
}
