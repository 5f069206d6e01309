// kill -9 under load, apart: backends, gateways, mosquitto and PostgreSQL are processes of their own, one of them dies at a random moment and comes back,
// again and again, while dongles send. Afterwards everything acknowledged must be readable over REST, once. Recovery is the time from the
// kill until as many dongles as there are have been answered again.

import { setTimeout as delay } from 'node:timers/promises'
import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import { type Apart, startApart } from '../support/apart.ts'
import { driveFleet } from '../support/driven-fleet.ts'
import type { TestPostgres } from '../support/postgres.ts'
import { identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'
import type { StoreReport } from './compare.ts'

export interface ApartReport extends StoreReport {
  rounds: number
  /** By what was killed: how often, and the longest recovery in ms. */
  kills: { [part: string]: { count: number; recoveryMostMs: number } }
}

const T0_S = Math.floor(Date.now() / 1000) - 40 * 86_400

export interface ApartWish {
  rounds: number
  dongleCount: number
  gatewayCount: number
  /** More than one needs `postgres`. */
  backendCount?: number
  /** What dies together in each round; one is drawn where there are no more. */
  victims?: string[][]
  settings?: { [name: string]: string }
  /** What the backend stores in; it is killed too. */
  postgres?: TestPostgres
  /** With a line that can be hurt between the parts. */
  chaos?: Random
  /** Looked at before all ends, when everything is compared. */
  look?(apart: Apart): Promise<void>
}

export async function runApartKills(
  wish: ApartWish,
  random: Random,
  say: (line: string) => void = () => {},
): Promise<ApartReport> {
  const apart = await startApart({ ...wish, sinceS: T0_S - 86_400 })
  try {
    return await killAgainAndAgain(apart, wish, random, say)
  } finally {
    await apart.stop()
  }
}

async function killAgainAndAgain(
  apart: Apart,
  wish: ApartWish,
  random: Random,
  say: (line: string) => void,
): Promise<ApartReport> {
  const kills: ApartReport['kills'] = {}
  const dongles = Array.from(
    { length: wish.dongleCount },
    (_, number) => new ScriptedDongle({ identity: identityOf(number), port: apart.portOf(number) }),
  )
  const fleet = driveFleet(apart, dongles, T0_S)

  for (let round = 1; round <= wish.rounds; round++) {
    await fleet.answered()
    await delay(randomBelow(random, 300))
    const victims = wish.victims?.[round - 1] ?? [apart.parts[randomBelow(random, apart.parts.length)] as string]
    const atMs = performance.now()
    await Promise.all(victims.map(part => apart.kill(part)))
    await Promise.all(victims.map(part => apart.start(part)))
    await fleet.answered()
    const name = victims.join(' and ')
    const tally = kills[name] ?? { count: 0, recoveryMostMs: 0 }
    kills[name] = tally
    tally.count++
    tally.recoveryMostMs = Math.max(tally.recoveryMostMs, Math.round(performance.now() - atMs))
    if (round % 10 === 0) say(`${round} kills, ${fleet.acknowledged()} batches acknowledged`)
  }
  const compared = await fleet.settle()
  await wish.look?.(apart)
  return { rounds: wish.rounds, ...compared, kills }
}
