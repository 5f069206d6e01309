// Readers of streams as guests of the listener: they publish nothing, nothing is kept for them while they are away (what they have to get waits where it is
// stored), and each has few messages in memory.

import type { StreamPolicy } from '../../shared/port/stream-port.ts'
import type { GuestPolicy } from './guests.ts'

/** More than anybody who sends to one reader has under way to it. */
const MESSAGES_MAX = 1024
const BYTES_MAX = 64 * 1_048_576
/** A client that knows the standard acknowledges these in one read. */
const UNDER_WAY_MAX = 128
const SUBSCRIPTIONS_MAX = 64

export function streamGuests(policy: StreamPolicy, readersMax: number): GuestPolicy {
  return {
    async admit(clientId, username, password, certificate) {
      const rights = await policy.admit(clientId, username, password, certificate)
      return rights && { ...rights, mayPublish: () => false, isForgotten: true }
    },
    limits: {
      mailboxesMax: readersMax,
      subscriptionsMax: SUBSCRIPTIONS_MAX,
      messagesMax: MESSAGES_MAX,
      underWayMax: UNDER_WAY_MAX,
      unreleasedMax: 0,
      bytesMax: BYTES_MAX,
      retainedMax: 0,
      retainedBytesMax: 0,
    },
  }
}
