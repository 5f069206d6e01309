// Messages of one dongle as they come, here or at a sibling, to whoever follows it (`nrt tail`). What a reading says is its holder's: an
// operator sees that it came, when, and what became of it. While nobody follows it costs one comparison per batch.

import { spanOf } from '../../shared/batch/batch.ts'
import type { ArrivedBatch, DeadLetter, DongleStatus, StoreOutcome } from '../../shared/port/ingest-port.ts'
import type { TailedMessage } from '../../shared/schema/operating.ts'
import { dongleKey, type Talk } from '../siblings/talk.ts'

interface Follower {
  message(message: TailedMessage): void
  end(): void
}

export interface Tails {
  batch(arrived: ArrivedBatch, outcome: StoreOutcome): void
  status(status: DongleStatus): void
  letter(letter: DeadLetter): void
  /** Returns the way to leave again. */
  follow(dongleId: string, follower: Follower): () => void
  count(): number
  endAll(): void
}

export function createTails(talk: Talk): Tails {
  const followers = new Map<Follower, string>()
  talk.hear({ tail: ({ dongleId, message }) => tellHere(dongleId, message) })

  return {
    batch(arrived, outcome) {
      if (isFollowed(arrived.dongleId)) tell(arrived.dongleId, batchMessage(arrived, outcome))
    },
    status(status) {
      if (!isFollowed(status.dongleId)) return
      const { dongleId, receivedAtMs, meterSerial, ...said } = status
      tell(dongleId, { kind: 'status', atMs: receivedAtMs, said })
    },
    letter({ dongleId, receivedAtMs, reason, bytes }) {
      if (isFollowed(dongleId)) tell(dongleId, { kind: 'letter', atMs: receivedAtMs, reason, bytes: bytes.length })
    },
    follow(dongleId, follower) {
      followers.set(follower, dongleId)
      const unwant = talk.want(dongleKey(dongleId))
      return () => {
        if (followers.delete(follower)) unwant()
      }
    },
    count: () => followers.size,
    endAll() {
      for (const follower of [...followers.keys()]) follower.end()
    },
  }

  function isFollowed(dongleId: string): boolean {
    return isFollowedHere(dongleId) || talk.isWanted(dongleKey(dongleId))
  }

  function isFollowedHere(dongleId: string): boolean {
    return followers.size > 0 && [...followers.values()].includes(dongleId)
  }

  function tell(dongleId: string, message: TailedMessage): void {
    tellHere(dongleId, message)
    if (talk.isWanted(dongleKey(dongleId))) talk.tell({ do: 'tail', dongleId, message })
  }

  function tellHere(dongleId: string, message: TailedMessage): void {
    for (const [follower, followed] of [...followers]) if (followed === dongleId) follower.message(message)
  }
}

function batchMessage(arrived: ArrivedBatch, outcome: StoreOutcome): TailedMessage {
  const { batch } = arrived
  return {
    kind: 'batch',
    atMs: arrived.receivedAtMs,
    boot: batch.boot,
    firstSeq: batch.firstSeq,
    span: spanOf(batch),
    readings: arrived.readings,
    losses: arrived.losses.map(({ reason, count }) => ({ reason, count })),
    newestReadingS: batch.timeS[batch.timeS.length - 1] ?? null,
    bytes: arrived.bytes.length,
    outcome: outcome.kind,
    reason: 'reason' in outcome ? outcome.reason : null,
  }
}
