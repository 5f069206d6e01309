// kill -9 under load, apart: backends, gateways and mosquitto are processes of their own, one of them dies at a random moment and comes back,
// again and again, while dongles send. Afterwards everything acknowledged must be readable over REST, once. Recovery is the time from the
// kill until as many dongles as there are have been answered again.

import { setTimeout as delay } from 'node:timers/promises'
import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import { type Apart, startApart } from '../support/apart.ts'
import { driveDongle } from '../support/driven-dongle.ts'
import { identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'
import { compareWithStore, type StoreReport } from './compare.ts'

export interface ApartReport extends StoreReport {
  rounds: number
  /** By what was killed: how often, and the longest recovery in ms. */
  kills: { [part: string]: { count: number; recoveryMostMs: number } }
}

const READINGS = 10
const T0_S = Math.floor(Date.now() / 1000) - 40 * 86_400

export interface ApartWish {
  rounds: number
  dongleCount: number
  gatewayCount: number
  /** More than one needs NRT_DATABASE_URL in `settings`. */
  backendCount?: number
  /** The database dies and comes back, as one of the parts; absent: it does not. */
  crashDatabase?(): Promise<void>
  /** What dies together in each round; one is drawn where there are no more. */
  victims?: string[][]
  settings?: { [name: string]: string }
  /** Looked at before all ends, when everything is compared. */
  look?(apart: Apart): Promise<void>
}

export async function runApartKills(
  wish: ApartWish,
  random: Random,
  say: (line: string) => void = () => {},
): Promise<ApartReport> {
  const { rounds, dongleCount, gatewayCount, backendCount, settings } = wish
  const apart = await startApart({ dongleCount, gatewayCount, backendCount, sinceS: T0_S - 86_400, settings })
  const kills: ApartReport['kills'] = {}
  const driven = Array.from({ length: dongleCount }, (_, number) =>
    driveDongle(new ScriptedDongle({ identity: identityOf(number), port: apart.brokerPort }), {
      ...{ windowCount: 2, perSecond: 40, readingsPerBatch: READINGS, t0S: T0_S },
      ...{ resendMs: 400, reconnectMs: 50, greetMs: 1000 },
    }),
  )

  /** Resolves when every dongle has been answered since. */
  async function allAnswered(): Promise<void> {
    const before = driven.map(({ dongle }) => dongle.acknowledged.size)
    while (driven.some(({ dongle }, i) => dongle.acknowledged.size <= (before[i] as number))) await delay(5)
  }

  const { crashDatabase } = wish
  const parts = crashDatabase === undefined ? apart.parts : [...apart.parts, 'database']
  const kill = async (part: string) => (part === 'database' ? undefined : apart.kill(part))
  const start = async (part: string) => (part === 'database' ? crashDatabase?.() : apart.start(part))

  for (let round = 1; round <= rounds; round++) {
    await allAnswered()
    await delay(randomBelow(random, 300))
    const victims = wish.victims?.[round - 1] ?? [parts[randomBelow(random, parts.length)] as string]
    const atMs = performance.now()
    await Promise.all(victims.map(kill))
    await Promise.all(victims.map(start))
    await allAnswered()
    const name = victims.join(' and ')
    const tally = kills[name] ?? { count: 0, recoveryMostMs: 0 }
    kills[name] = tally
    tally.count++
    tally.recoveryMostMs = Math.max(tally.recoveryMostMs, Math.round(performance.now() - atMs))
    if (round % 10 === 0)
      say(
        `${round} kills, ${driven.reduce((sum, { dongle }) => sum + dongle.acknowledged.size, 0)} batches acknowledged`,
      )
  }
  await Promise.all(driven.map(one => one.drain()))
  const sent = driven.map(({ dongle, made }, number) => ({ dongle, number, seqEnd: made() * READINGS }))
  const { httpPort, accessKey } = apart
  const compared = await compareWithStore(sent, { httpPort, accessKey, t0S: T0_S, readings: READINGS })
  await Promise.all(driven.map(one => one.stop()))
  await wish.look?.(apart)
  await apart.stop()
  return { rounds, ...compared, kills }
}
