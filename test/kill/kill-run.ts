// kill -9 under load, on real processes: gateway, broker and backend die at a random moment, again and again, while scripted
// dongles send; afterwards everything acknowledged must be readable over REST, once, with the numbers that were sent.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../scripts/free-port.ts'
import { type Random, randomBelow } from '../../shared/kernel/random.ts'
import { enrolFleet, meteringPointId, startPlatformProcess } from '../support/fleet.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

export interface KillReport {
  rounds: number
  batchesSent: number
  acknowledged: number
  /** Acknowledged readings that cannot be read back, or read with other numbers. */
  lost: number
  /** Readings that are there twice. */
  doubled: number
  /** Readings that nobody sent. */
  invented: number
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

/** Runs `rounds` kills with `dongleCount` dongles. `say` hears one line per ten rounds. */
export async function runKills(
  rounds: number,
  dongleCount: number,
  random: Random,
  say: (line: string) => void = () => {},
): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-kill-'))
  const environment = {
    ...process.env,
    NRT_DATA_DIR: folder,
    NRT_HTTP_PORT: `${await freePort()}`,
    NRT_MQTT_PORT: `${await freePort()}`,
    NRT_LOG_LEVEL: 'fatal',
    NRT_NO_FIRST_ACCOUNT: '1',
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
    child.kill('SIGKILL')
    await Promise.all(driving)
    if (round % 10 === 0) say(`${round} kills, ${acknowledgedBy(fleet)} batches acknowledged`)
  }
  fleet.isRunning = false
  const { child, httpPort } = await startPlatformProcess(environment)
  await Promise.all(fleet.dongles.map(settleAll))
  const report = await compare(fleet, rounds, httpPort, accessKey)
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
  return report
}

interface RawPage {
  timeS: number[]
  columns: { offtakeW?: (number | null)[] }
  next: string | null
}

async function compare(fleet: Fleet, rounds: number, httpPort: number, accessKey: string): Promise<KillReport> {
  const report: KillReport = { rounds, batchesSent: 0, acknowledged: 0, lost: 0, doubled: 0, invented: 0 }
  const headers = { authorization: `Bearer ${accessKey}` }
  const base = `http://127.0.0.1:${httpPort}/api/v1/metering-points`
  for (const [number, dongle] of fleet.dongles.entries()) {
    const id = await meteringPointId(base, headers, number)
    const seqEnd = fleet.nextSeq[number] as number
    const sent = new Map<number, number>()
    for (let seq = 0; seq < seqEnd; seq += READINGS) {
      const batch = batchOf(1, seq, READINGS, T0_S)
      for (let i = 0; i < READINGS; i++) sent.set(batch.timeS[i] as number, batch.columns[4]?.[i] as number)
    }
    const seen = new Set<number>()
    let cursor = ''
    do {
      const query = `resolution=raw&fromS=${T0_S}&toS=${T0_S + seqEnd + 1}&fields=offtakeW&limit=10000${cursor}`
      const response = await fetch(`${base}/${id}/readings?${query}`, { headers })
      if (!response.ok) throw new Error(`reading back gave ${response.status}: ${await response.text()}`)
      const page = (await response.json()) as RawPage
      page.timeS.forEach((timeS, i) => {
        if (seen.has(timeS)) report.doubled++
        seen.add(timeS)
        if (!sent.has(timeS)) report.invented++
        else if (sent.get(timeS) !== page.columns.offtakeW?.[i]) report.lost++
      })
      cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`
    } while (cursor !== '')
    for (const timeS of sent.keys()) if (!seen.has(timeS)) report.lost++
    report.batchesSent += seqEnd / READINGS
    report.acknowledged += dongle.acknowledged.size
  }
  return report
}
