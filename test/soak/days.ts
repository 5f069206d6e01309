// Days of a dongle's life on the real engine, against a real gateway over real sockets: a telegram each second or so, the gateway
// killed and the network lost now and then. What comes out is what arrived of what was sent, and the memory over the hours.

import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { type Memory, runPaced } from '../support/paced-engine.ts'
import { type Incident, type Outcome, openStand } from './stand.ts'

const MEMORY_EVERY_S = 600

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

export interface Days extends Outcome {
  sessions: number
  memory: Memory[]
}

export async function liveDays(options: DaysOptions): Promise<Days> {
  const memory: Memory[] = []
  let sessions = 0
  const stand = await openStand(options.incidents, options.line)
  try {
    await runPaced({
      engine: options.engine,
      bundle: options.bundle,
      variables: options.variables,
      prepare: chip => prepareFlash(chip, stand.identity, stand.config),
      speed: options.speed,
      everyS: options.everyS,
      memoryEvery: Math.max(1, Math.round(MEMORY_EVERY_S / options.everyS)),
      script: networkLost(options.incidents) + (options.script ?? ''),
      under: options.under,
      quits: options.quits,
      telegram: second => {
        stand.tick(second)
        return second > options.seconds ? undefined : stand.telegramAt(second)
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
    await stand.stop()
  }
  return { ...stand.outcome(), sessions, memory }
}

/** The access point sends everybody away at the beginning of each; the dongle may come back at once. */
function networkLost(incidents: Incident[]): string {
  const times = incidents.filter(one => one.kind === 'network lost').map(one => one.fromS * 1000)
  return times.map(ms => `setTimeout(function(){require("Wifi").disconnect();},${ms});\n`).join('')
}
