// Deliberately broken ladders and links: a simulator that lets one of them pass proves nothing.

import type { Uplink } from '../../firmware/uplink.ts'

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
    breakIt: uplink => {
      const { ladder } = uplink
      const fault = ladder.port.fault
      ladder.port.fault = code => {
        fault(code)
        if (uplink.ladder.state !== 'joined') ladder.port.restart()
      }
    },
  },
  'restarts-for-the-gateway': {
    sentence: /restarted though/,
    breakIt: uplink => {
      const down = uplink.link.port.down
      uplink.link.port.down = code => {
        down(code)
        if (uplink.link.failures > 3) uplink.ladder.port.restart()
      }
    },
  },
  'never-doubts': {
    sentence: /never came back/,
    // believes a network that has forgotten it for ever
    breakIt: uplink => {
      uplink.link.port.stale = () => {}
    },
  },
}
