// I11: queues and memory keep under their limits, whatever happens.

import { invariant } from '../broken.ts'
import { QUEUE_MAX } from '../sim-gateway.ts'
import type { World } from '../world.ts'

/** Live and backlog windows and what else a dongle may have under way at once. */
const IN_FLIGHT_MAX = 8

export function checkBounded(world: World): void {
  for (const gateway of world.gateways) {
    const waiting = gateway.queue.length
    invariant(waiting <= QUEUE_MAX, 'I11', () => `a gateway has ${waiting} batches in its queue`)
    invariant(gateway.connections.size <= world.sites.length, 'I11', () => 'a gateway keeps dead connections')
  }
  for (const { dongle } of world.sites) {
    const { running } = dongle
    if (!running) continue
    const { sender, keeper } = running
    invariant(sender.inFlight.length <= IN_FLIGHT_MAX, 'I11', () => `${sender.inFlight.length} messages in flight`)
    invariant(keeper.notKept === 0, 'I11', () => 'the flash did not take a record')
  }
}
