// Commands for gateways, said to those of this backend and of every sibling: any of them may be linked with the gateway that a dongle is heard by.

import type { CommandPort } from '../../shared/port/command-port.ts'
import type { Talk } from './talk.ts'

/** `own`: where commands of this backend go, once there is somewhere. */
export function commandsToAll(talk: Talk, own: () => CommandPort | undefined): Required<CommandPort> {
  talk.hear({
    live: ({ dongleId, untilS }) => own()?.requestLive(dongleId, untilS),
    wake: ({ dongleId }) => own()?.wake(dongleId),
    status: ({ dongleId }) => own()?.requestStatus?.(dongleId),
    disconnect: ({ dongleId, reason }) => own()?.disconnect(dongleId, reason),
  })
  return {
    requestLive(dongleId, untilS) {
      own()?.requestLive(dongleId, untilS)
      talk.tell({ do: 'live', dongleId, untilS })
    },
    wake(dongleId) {
      own()?.wake(dongleId)
      talk.tell({ do: 'wake', dongleId })
    },
    requestStatus(dongleId) {
      own()?.requestStatus?.(dongleId)
      talk.tell({ do: 'status', dongleId })
    },
    disconnect(dongleId, reason) {
      own()?.disconnect(dongleId, reason)
      talk.tell({ do: 'disconnect', dongleId, reason })
    },
  }
}
