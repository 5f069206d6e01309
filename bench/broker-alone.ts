// A broker with nothing behind it, under the same fleet as the whole way: how many messages a second it takes and confirms, and what each costs
// the broker and the load generator in CPU time.

import type { ChildProcess } from 'node:child_process'
import { ask, cpuUs, DONGLES, end, start, startLoad } from './platform.ts'
import { ratePerS, type Stretch } from './rate.ts'

export interface BrokerRun {
  perS: number
  /** CPU time per message; 0 where the system does not tell. */
  brokerUs: number
  loadUs: number
}

const BATCH = 60
/** In flight for each dongle; a broker that does nothing is not kept waiting. */
const OPEN_WINDOW = 16

/** Ours, or aedes, each in a process of its own. */
export async function measureOwnBroker(
  which: 'ours' | 'aedes',
  stretch: Stretch,
  window = OPEN_WINDOW,
): Promise<BrokerRun> {
  const { child, message } = await start('./peers/null-broker.ts', [which])
  const run = await measureBroker(Number(message), stretch, window, child)
  await end(child)
  return run
}

export async function measureBroker(
  port: number,
  stretch: Stretch,
  window = OPEN_WINDOW,
  broker: Pick<ChildProcess, 'pid'> = {},
): Promise<BrokerRun> {
  const load = await startLoad(port, BATCH, 0, 'broker', DONGLES, 1, { window, lastsS: stretch.lastsS })
  load.send('go')
  const counted: { messages: number; brokerUs: number; loadUs: number }[] = []
  const perS = await ratePerS(async () => {
    const messages = await ask(load)
    counted.push({ messages, brokerUs: cpuUs(broker) ?? 0, loadUs: cpuUs(load) ?? 0 })
    return messages
  }, stretch)
  await end(load)
  const [before, after] = counted as [(typeof counted)[0], (typeof counted)[0]]
  const messages = after.messages - before.messages
  return {
    perS,
    brokerUs: (after.brokerUs - before.brokerUs) / messages,
    loadUs: (after.loadUs - before.loadUs) / messages,
  }
}
