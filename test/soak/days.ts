// Days of a dongle's life on the real engine, against a real gateway over real sockets: a telegram each second or so, the gateway
// killed and the network lost now and then. What comes out is what arrived of what was sent, and the memory over the hours.

import { createHash } from 'node:crypto'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import type { Reading } from '../../shared/reading/reading.ts'
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { type Memory, runPaced } from '../support/paced-engine.ts'
import { lossesOf, readingsOf } from '../support/readings-of.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const START_S = 1_790_000_000
/** For what is still in the ring at the end; the telegrams of this time count too. */
const MEMORY_EVERY_S = 600
const INTERVAL_S = 10

/** What happens to a dongle, by the second since its start. */
export interface Incident {
  fromS: number
  toS: number
  kind: 'gateway killed' | 'network lost'
}

export interface DaysOptions {
  engine: string
  bundle: string
  variables: number
  /** Telegrams come until then. */
  seconds: number
  everyS: number
  /** Simulated seconds in one of ours at most, 0: as many as can be. */
  speed: number
  incidents: Incident[]
  /** More script in front of the bundle. */
  script?: string
  under?: string[]
  /** The engine ends by itself when the run is over, so that who watches it can write what it saw. */
  quits?: boolean
  line?(second: number, text: string): void
  memory?(memory: Memory): void
}

export interface Days {
  telegrams: number
  /** Arrived in the store as they were sent. */
  delivered: number
  /** In loss records, by reason. */
  lost: { [reason: string]: number }
  /** Neither delivered nor counted when the run ended: in the open batch, in the ring or gone. */
  missing: number
  /** Arrived, and not what was sent. */
  wrong: number
  sessions: number
  memory: Memory[]
}

export async function liveDays(options: DaysOptions): Promise<Days> {
  const identity = { ...identityOf(79), seedPool: new Uint8Array(createHash('sha512').update('soak').digest()) }
  const start = (port: number): Promise<GatewayUnderTest> =>
    startGatewayUnderTest({ mqttPort: port, intervalS: INTERVAL_S }, [identity], { ingest, directory })
  const first = await startGatewayUnderTest({ intervalS: INTERVAL_S }, [identity])
  const { ingest, directory, port } = first
  const config = {
    host: '127.0.0.1',
    port,
    isTls: false,
    networks: [{ ssid: 'home', password: 'password' }],
    intervalS: INTERVAL_S,
  }
  const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  const sent: Reading[] = []
  const memory: Memory[] = []
  let sessions = 0
  let gateway: GatewayUnderTest | undefined = first
  let changing: Promise<unknown> = Promise.resolve()

  /** One after the other: a gateway that is still ending holds its port. */
  function change(second: number): void {
    const isKilled = options.incidents.some(
      one => one.kind === 'gateway killed' && second >= one.fromS && second < one.toS,
    )
    changing = changing.then(async () => {
      if (isKilled && gateway) {
        const old = gateway
        gateway = undefined
        await old.gateway.stop()
        options.line?.(second, '-- the gateway is killed')
      } else if (!isKilled && !gateway) {
        gateway = await start(port)
        options.line?.(second, '-- the gateway is back')
      }
      if (gateway) gateway.time.wallS = START_S + second
    })
  }

  try {
    await runPaced({
      engine: options.engine,
      bundle: options.bundle,
      variables: options.variables,
      prepare: chip => prepareFlash(chip, identity, config),
      speed: options.speed,
      everyS: options.everyS,
      memoryEvery: Math.max(1, Math.round(MEMORY_EVERY_S / options.everyS)),
      script: networkLost(options.incidents) + (options.script ?? ''),
      under: options.under,
      quits: options.quits,
      telegram: second => {
        change(second)
        if (second > options.seconds) return undefined
        const reading = household.next(START_S + second)
        sent.push(reading)
        return telegramText('fluvius', reading)
      },
      line: (second, text) => {
        if (text === 'session: open') sessions++
        options.line?.(second, text)
      },
      memory: one => {
        memory.push(one)
        options.memory?.(one)
      },
    })
  } finally {
    await changing
    await gateway?.gateway.stop()
  }
  const batches = [...ingest.stored.values()].map(arrived => arrived.batch)
  const lost: { [reason: string]: number } = {}
  for (const loss of lossesOf(batches, 1)) lost[loss.reason] = (lost[loss.reason] ?? 0) + loss.count
  const arrived = readingsOf(batches, 1)
  let wrong = 0
  for (const [seq, reading] of arrived)
    if (reading.timeS !== sent[seq]?.timeS || reading.offtakeT1Wh !== sent[seq]?.offtakeT1Wh) wrong++
  const counted = Object.values(lost).reduce((sum, one) => sum + one, 0)
  const missing = sent.length - arrived.size - counted
  return { telegrams: sent.length, delivered: arrived.size - wrong, lost, missing, wrong, sessions, memory }
}

/** The access point sends everybody away at the beginning of each; the dongle may come back at once. */
function networkLost(incidents: Incident[]): string {
  const times = incidents.filter(one => one.kind === 'network lost').map(one => one.fromS * 1000)
  return times.map(ms => `setTimeout(function(){require("Wifi").disconnect();},${ms});\n`).join('')
}
