// kill -9 under load, on real processes: gateway, broker and backend die at a random moment, again and again, while scripted
// dongles send; afterwards everything acknowledged must be readable over REST, once, with the numbers that were sent.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../scripts/free-port.ts'
import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import { enrolFleet, startPlatformProcess } from '../support/fleet.ts'
import { NO_RATES_ENVIRONMENT } from '../support/no-rates.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'
import { compareWithStore, type StoreReport } from './compare.ts'

export interface KillReport extends StoreReport {
  rounds: number
}

const READINGS = 10
const T0_S = Math.floor(Date.now() / 1000) - 40 * 86_400

interface Fleet {
  dongles: ScriptedDongle[]
  nextSeq: number[]
  isRunning: boolean
  /** Called at each acknowledgement. */
  acknowledged(): void
}

/** Connects, repeats what was not answered, and goes on with new batches until the connection is gone. */
async function drive(fleet: Fleet, at: number): Promise<void> {
  const dongle = fleet.dongles[at] as ScriptedDongle
  try {
    await dongle.connect()
    dongle.resend()
    while (fleet.isRunning) {
      const firstSeq = fleet.nextSeq[at] as number
      fleet.nextSeq[at] = firstSeq + READINGS
      await dongle.send(batchOf(1, firstSeq, READINGS, T0_S))
      fleet.acknowledged()
    }
  } catch {
    // killed: what was not acknowledged stays in dongle.unacknowledged
  } finally {
    dongle.cut()
  }
}

function acknowledgedBy(fleet: Fleet): number {
  return fleet.dongles.reduce((sum, dongle) => sum + dongle.acknowledged.size, 0)
}

async function settleAll(dongle: ScriptedDongle): Promise<void> {
  await dongle.connect()
  dongle.resend()
  await dongle.until(() => dongle.unacknowledged.size === 0, 'the last acks')
  await dongle.end()
}

/** What else there is: its settings, and how it dies and comes back, once a round. */
export interface Beside {
  settings: { [name: string]: string }
  crash(): Promise<void>
}

/** Runs `rounds` kills with `dongleCount` dongles. `say` hears one line per ten rounds. */
export async function runKills(
  rounds: number,
  dongleCount: number,
  random: Random,
  say: (line: string) => void = () => {},
  beside?: Beside,
): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-kill-'))
  const environment = {
    ...process.env,
    NRT_DATA_DIR: folder,
    NRT_HTTP_PORT: `${await freePort()}`,
    NRT_MQTT_PORT: `${await freePort()}`,
    NRT_LOG_LEVEL: 'fatal',
    NRT_NO_FIRST_ACCOUNT: '1',
    ...NO_RATES_ENVIRONMENT,
    ...beside?.settings,
  }
  const numbers = Array.from({ length: dongleCount }, (_, i) => i)
  const accessKey = await enrolFleet(environment, numbers, T0_S - 86_400)
  const port = Number(environment.NRT_MQTT_PORT)
  const fleet: Fleet = {
    dongles: numbers.map(number => new ScriptedDongle({ identity: identityOf(number), port })),
    nextSeq: numbers.map(() => 0),
    isRunning: true,
    acknowledged: () => {},
  }
  for (let round = 1; round <= rounds; round++) {
    const { child } = await startPlatformProcess(environment)
    // the kill falls into work: some time after the first acknowledgement of the round
    const isUnderLoad = new Promise<void>(resolve => {
      fleet.acknowledged = resolve
    })
    const driving = numbers.map(number => drive(fleet, number))
    await Promise.race([isUnderLoad, Promise.all(driving)])
    await delay(randomBelow(random, 400))
    await beside?.crash()
    if (beside !== undefined) await delay(randomBelow(random, 1000))
    child.kill('SIGKILL')
    await Promise.all(driving)
    if (round % 10 === 0) say(`${round} kills, ${acknowledgedBy(fleet)} batches acknowledged`)
  }
  fleet.isRunning = false
  const { child, httpPort } = await startPlatformProcess(environment)
  await Promise.all(fleet.dongles.map(settleAll))
  const sent = fleet.dongles.map((dongle, at) => ({ dongle, number: at, seqEnd: fleet.nextSeq[at] as number }))
  const report = { rounds, ...(await compareWithStore(sent, { httpPort, accessKey, t0S: T0_S, readings: READINGS })) }
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
  return report
}
