// Deliberately broken ladders and links: a simulator that lets one of them pass proves nothing.

import { FAULT, LINK_DOWN, RESTART, STALE } from '../../firmware/network.ts'
import type { Uplink } from '../../firmware/uplink.ts'

/** Ladder.state: there is a network. */
const JOINED = 3

export type BrokenLadder = ((uplink: Uplink) => void) | undefined

export const BROKEN: { [variant: string]: { sentence: RegExp; breakIt(uplink: Uplink): void } } = {
  'never-off': {
    sentence: /never came back/,
    // looks around for ever: a radio that hangs stays so
    breakIt: uplink => {
      uplink.ladder.rungs = 's'
    },
  },
  'never-restarts': {
    sentence: /never came back/,
    breakIt: uplink => {
      uplink.ladder.rungs = 'sso'
    },
  },
  'restarts-at-once': {
    sentence: /restarts .* apart/,
    breakIt: ({ ladder }) => {
      const { tell } = ladder
      ladder.tell = what => {
        tell(what)
        if (what.kind === FAULT && ladder.state !== JOINED) tell({ kind: RESTART })
      }
    },
  },
  'restarts-for-the-gateway': {
    sentence: /restarted though/,
    breakIt: ({ ladder, link }) => {
      const { tell } = link.options
      link.options.tell = what => {
        tell(what)
        if (what.kind === LINK_DOWN && link.failures > 3) ladder.tell({ kind: RESTART })
      }
    },
  },
  'never-doubts': {
    sentence: /never came back/,
    // believes a network that has forgotten it for ever
    breakIt: ({ link }) => {
      const { tell } = link.options
      link.options.tell = what => {
        if (what.kind !== STALE) tell(what)
      }
    },
  },
}
