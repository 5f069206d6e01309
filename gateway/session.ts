// Who is connected: one session per dongle, the newest authenticated one. It knows links and receivers; it refuses to know
// how either came about (authenticate.ts) and what is said over them (ingress.ts).

import type { Receiver } from '../shared/session/receiver.ts'
import type { Admission } from './authenticate.ts'
import type { Link } from './broker/broker.ts'
import { pseudonymOf } from './log.ts'

export interface Session {
  readonly dongleId: string
  /** For logs. */
  readonly pseudonym: string
  readonly link: Link
  receiver: Receiver
  /** What was asked of this dongle; undefined: the gateway's own. */
  readonly intervalS: number | undefined
  hellos: number
  faults: number
  /** The nonce of its hello. */
  nonce: Uint8Array | undefined
  /** A message with the session's token came; when the last one did. */
  isHeard: boolean
  heardMs: number
  /** Number of the order that was sent in this session; -1 before the book was asked. */
  orderNumber: number
  /** The same of an update. */
  updateNumber: number
}

export interface Sessions {
  /** The session of exactly this link; undefined when a newer one took its place. */
  ofLink(link: Link): Session | undefined
  ofDongle(dongleId: string): Session | undefined
  /** Opens one; an older one of the same dongle is closed first [MQTT-3.1.4-2]. */
  open(link: Link, admission: Admission): Session
  close(link: Link): void
}

/** At most `sessionsMax` at once: the one opened longest ago goes first (matters where a broker elsewhere holds the connections). */
export function createSessions(sessionsMax: number): Sessions {
  const byDongle = new Map<string, Session>()

  function ofLink(link: Link): Session | undefined {
    const session = byDongle.get(link.dongleId)
    return session?.link === link ? session : undefined
  }

  return {
    ofLink,
    ofDongle: dongleId => byDongle.get(dongleId),
    open(link, { receiver, intervalS }) {
      const { dongleId } = link
      const older = byDongle.get(dongleId)
      byDongle.delete(dongleId)
      if (older !== undefined && older.link !== link) older.link.close()
      if (byDongle.size >= sessionsMax) forgetOldest(byDongle)
      const session: Session = {
        dongleId,
        pseudonym: pseudonymOf(dongleId),
        link,
        receiver,
        intervalS,
        hellos: 0,
        faults: 0,
        nonce: undefined,
        isHeard: false,
        heardMs: 0,
        orderNumber: -1,
        updateNumber: -1,
      }
      byDongle.set(dongleId, session)
      return session
    },
    close(link) {
      if (ofLink(link) !== undefined) byDongle.delete(link.dongleId)
    },
  }
}

function forgetOldest(byDongle: Map<string, Session>): void {
  for (const session of byDongle.values()) {
    byDongle.delete(session.dongleId)
    session.link.close()
    return
  }
}
