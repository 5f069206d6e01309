// What stands around a dongle in a soak: a household's meter, which remembers what it sent, and a real gateway that is killed and started again
// on the same port. It knows the dongle's seconds and no machine.

import { createHash } from 'node:crypto'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import type { Reading } from '../../shared/reading/reading.ts'
import type { DongleConfig } from '../../shared/session/system-page.ts'
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { lossesOf, readingsOf } from '../support/readings-of.ts'
import { type DongleIdentity, identityOf } from '../support/scripted-dongle.ts'

export const START_S = 1_790_000_000
const INTERVAL_S = 10

/** What happens to a dongle, by the second since its start. */
export interface Incident {
  fromS: number
  toS: number
  kind: 'gateway killed' | 'network lost'
}

/** What became of what the meter sent. */
export interface Outcome {
  telegrams: number
  /** Arrived in the store as they were sent. */
  delivered: number
  /** In loss records, by reason. */
  lost: { [reason: string]: number }
  /** Neither delivered nor counted yet: in the open batch, in the ring or gone. */
  missing: number
  /** Arrived, and not what was sent. */
  wrong: number
}

export interface Stand {
  identity: DongleIdentity & { seedPool: Uint8Array }
  config: DongleConfig
  /** What the meter sends at this second of the dongle. */
  telegramAt(second: number): string
  /** Kills and starts the gateway as the incidents say. */
  tick(second: number): void
  outcome(): Outcome
  stop(): Promise<void>
}

export async function openStand(
  incidents: Incident[],
  line: (second: number, text: string) => void = () => {},
): Promise<Stand> {
  const identity = { ...identityOf(79), seedPool: new Uint8Array(createHash('sha512').update('soak').digest()) }
  const first = await startGatewayUnderTest({ intervalS: INTERVAL_S }, [identity])
  const { ingest, directory, port } = first
  const start = (): Promise<GatewayUnderTest> =>
    startGatewayUnderTest({ mqttPort: port, intervalS: INTERVAL_S }, [identity], { ingest, directory })
  const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  const sent: Reading[] = []
  let gateway: GatewayUnderTest | undefined = first
  let changing: Promise<unknown> = Promise.resolve()

  return {
    identity,
    config: {
      host: '127.0.0.1',
      port,
      isTls: false,
      networks: [{ ssid: 'home', password: 'password' }],
      intervalS: INTERVAL_S,
    },
    telegramAt: second => {
      const reading = household.next(START_S + second)
      sent.push(reading)
      return telegramText('fluvius', reading)
    },
    /** One after the other: a gateway that is still ending holds its port. */
    tick: second => {
      const isKilled = incidents.some(one => one.kind === 'gateway killed' && second >= one.fromS && second < one.toS)
      changing = changing.then(async () => {
        if (isKilled && gateway) {
          const old = gateway
          gateway = undefined
          await old.gateway.stop()
          line(second, '-- the gateway is killed')
        } else if (!isKilled && !gateway) {
          gateway = await start()
          line(second, '-- the gateway is back')
        }
        if (gateway) gateway.time.wallS = START_S + second
      })
    },
    outcome: () => {
      const batches = [...ingest.stored.values()].map(arrived => arrived.batch)
      const lost: { [reason: string]: number } = {}
      for (const loss of lossesOf(batches, 1)) lost[loss.reason] = (lost[loss.reason] ?? 0) + loss.count
      const arrived = readingsOf(batches, 1)
      let wrong = 0
      for (const [seq, reading] of arrived)
        if (reading.timeS !== sent[seq]?.timeS || reading.offtakeT1Wh !== sent[seq]?.offtakeT1Wh) wrong++
      const counted = Object.values(lost).reduce((sum, one) => sum + one, 0)
      const missing = sent.length - arrived.size - counted
      return { telegrams: sent.length, delivered: arrived.size - wrong, lost, missing, wrong }
    },
    stop: async () => {
      await changing
      await gateway?.gateway.stop()
    },
  }
}
