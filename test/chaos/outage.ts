// A day without a gateway, of a thousand dongles: what lies in their flash afterwards was made by the firmware's own cores at speed, and is sent by them
// while they go on measuring. The backlog must drain, and what is measured now must not wait for it: p95 from publish to acknowledgement
// grows less than 2 times, beside calm minutes before and after it, because a machine is not as fast for an hour and a half as it was at the start.

import { fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { coarseRings, POOL_SECTORS } from '../../firmware/config.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { freePort } from '../../scripts/free-port.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { nextNewer, openRing, type Ring } from '../../shared/session/ring.ts'
import { atEnd } from '../support/at-end.ts'
import { enrolFleet, meteringPointId, startPlatformProcess } from '../support/fleet.ts'
import { createFullFlash } from '../support/full-flash.ts'
import { end } from '../support/mosquitto.ts'
import { NO_RATES_ENVIRONMENT } from '../support/no-rates.ts'
import { createNor, type NorModel } from '../support/nor.ts'
import { goesFirst, keepNoneFree, keepOneFree } from '../support/own-processor.ts'
import { identityOf } from '../support/scripted-dongle.ts'
import { openStolenTime } from '../support/stolen-time.ts'
import { type CoreDongle, liveOn, openCoreDongle } from './core-dongle.ts'
import type { Result } from './row.ts'

export interface OutageWish {
  dongles: number
  hours: number
  /** How long the fleet is watched without a backlog, before and after. */
  calmS: number
  lookMs: number
}

export interface OutageResult extends Result {
  /** Publish to acknowledgement of what was measured just now, before there was a backlog, with it and afterwards, ms. */
  p95CalmMs: number
  p95DrainingMs: number
  p95AfterMs: number
  /** What the machine's host gave to others meanwhile, of the processors, percent: a live batch waits for that too. Undefined where the system does not tell. */
  stolenPercent: (number | undefined)[]
  /** Batches of the backlog, of all dongles. */
  records: number
  /** Resident memory: of the thousand flashes at the end, and the most that the platform had of those looked at. */
  fleetMib: number
  platformMib: number
}

const INTERVAL_S = 10
const GROWTH_MOST = 2
/** Dongles without a backlog, in a process of their own, who measure what the others' backlog does to them. */
const WATCHERS = 20
/** Looked at one by one. */
const SAMPLED = 10
const SAY_S = 30
const GIVE_UP_S = 300
const FLEET_NICENESS = 19

export async function playOutage(wish: OutageWish, say: (line: string) => void): Promise<OutageResult> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-outage-'))
  const undo = atEnd(() => rmSync(folder, { recursive: true, force: true }))
  try {
    return await playOutageIn(folder, wish, say)
  } finally {
    await undo()
  }
}

async function playOutageIn(folder: string, wish: OutageWish, say: (line: string) => void): Promise<OutageResult> {
  const environment = {
    ...{
      ...process.env,
      NRT_DATA_DIR: folder,
      NRT_HTTP_PORT: `${await freePort()}`,
      NRT_MQTT_PORT: `${await freePort()}`,
    },
    ...{ NRT_LOG_LEVEL: 'fatal', NRT_NO_FIRST_ACCOUNT: '1', ...NO_RATES_ENVIRONMENT },
  }
  const numbers = Array.from({ length: wish.dongles }, (_, number) => number)
  const watchers = Array.from({ length: WATCHERS }, (_, i) => wish.dongles + i)
  const nowS = (): number => Math.floor(Date.now() / 1000)
  const accessKey = await enrolFleet(environment, [...numbers, ...watchers], nowS() - 10 * 86_400)
  const platform = await startPlatformProcess(environment)
  const stopPlatform = atEnd(() => end(platform.child, 'SIGTERM'))
  say(`the platform runs, process ${platform.child.pid}`)
  const household = createHousehold({ seed: 11, startS: nowS() })
  const port = platform.mqttPort
  let fleet: CoreDongle[] = []

  const open = (boot: number, poolOf: () => NorModel): void => {
    fleet = numbers.map(number => {
      const setup = { identity: identityOf(number), port, boot, pool: poolOf(), intervalS: INTERVAL_S }
      return openCoreDongle({ ...setup, phase: phaseOf(number), lookMs: wish.lookMs, liveAcked: () => {} })
    })
  }

  const living = liveOn(() => fleet, household)
  let watched: Watchers | undefined

  try {
    watched = await startWatchers(port, wish.dongles, WATCHERS)
    // A thousand dongles compute elsewhere: here they take what platform and watchers, which were started before, leave them of all processors but one.
    setPriority(FLEET_NICENESS)
    keepOneFree()
    const calmFromS = nowS()
    open(1, () => createNor(POOL_SECTORS))
    await delay(2 * INTERVAL_S * 1000)
    await watched.p95Ms() // of the start
    const stolen = openStolenTime()
    await delay(wish.calmS * 1000)
    const p95CalmMs = await watched.p95Ms()
    const stolenCalm = stolen()
    say(`calm: live p95 ${p95CalmMs} ms${stolenWords(stolenCalm)}`)
    for (const dongle of fleet.splice(0)) dongle.stop()

    // what the calm brought is not brought twice
    const startS = calmFromS - 60 - wish.hours * 3600
    const full = createFullFlash(wish.hours / 24, 1, startS)
    const expected = timesIn(full.pool)
    say(`${wish.hours} h lie in the flash: ${expected.records} batches, ${expected.timesS.size} readings`)
    await watched.p95Ms()
    stolen()
    const stolenLately = openStolenTime()
    const backMs = performance.now()
    open(full.boot + 1, () => copyOf(full.pool))
    const waiting = (): number => fleet.filter(dongle => dongle.waiting() > 2).length
    let platformMib = 0
    for (let said = { atS: 0, batches: 0, grewS: 0 }; waiting() > 0; ) {
      await delay(1000)
      const atS = Math.round((performance.now() - backMs) / 1000)
      if (atS < said.atS + SAY_S) continue
      platformMib = Math.max(platformMib, residentMib(platform.child.pid as number))
      const batches = fleet.reduce((sum, dongle) => sum + dongle.acknowledged(), 0)
      const perS = (batches - said.batches) / (atS - said.atS)
      say(
        `${atS} s: ${waiting()} dongles have a backlog; ${batches} batches acknowledged, ${Math.round(perS)} a second, live p95 ${await watched.p95LatelyMs()} ms${stolenWords(stolenLately())}`,
      )
      // what is measured meanwhile comes on top
      const grewS = perS > wish.dongles / INTERVAL_S ? 0 : said.grewS + SAY_S
      if (grewS >= GIVE_UP_S) throw new Error(`the backlog of ${waiting()} dongles has grown for ${grewS} s`)
      said = { atS, batches, grewS }
    }
    const recoveryS = Math.round((performance.now() - backMs) / 100) / 10
    platformMib = Math.max(platformMib, residentMib(platform.child.pid as number))
    const p95DrainingMs = await watched.p95Ms()
    const stolenDraining = stolen()
    await delay(wish.calmS * 1000)
    const p95AfterMs = await watched.p95Ms()
    const stolenPercent = [stolenCalm, stolenDraining, stolen()]
    const sample = numbers.filter(number => number % Math.ceil(wish.dongles / SAMPLED) === 0)
    const { lost, doubled } = await compare(sample, expected.timesS, startS, platform.httpPort, accessKey)
    const isCalm = p95DrainingMs < (GROWTH_MOST * (p95CalmMs + p95AfterMs)) / 2
    return {
      name: `outage: ${wish.hours} h of ${wish.dongles} dongles`,
      ...{ lost, doubled, sent: expected.timesS.size * wish.dongles, recoveryS },
      ok: lost + doubled === 0 && isCalm,
      ...{ p95CalmMs, p95DrainingMs, p95AfterMs, records: expected.records * wish.dongles },
      ...{ stolenPercent, fleetMib: residentMib(process.pid), platformMib },
      note: `live p95 ${p95CalmMs} ms before, ${p95DrainingMs} ms with the backlog, ${p95AfterMs} ms after${stolenWords(...stolenPercent)}`,
    }
  } finally {
    keepNoneFree()
    living.stop()
    watched?.stop()
    for (const dongle of fleet) dongle.stop()
    await stopPlatform()
  }
}

function stolenWords(...percents: (number | undefined)[]): string {
  if (percents.includes(undefined)) return ''
  return `; the host took ${percents.join(', ')} % of the processors`
}

interface Watchers {
  /** Since it was asked last. */
  p95Ms(): Promise<number>
  /** Since anything was asked last. */
  p95LatelyMs(): Promise<number>
  stop(): void
}

/** As a process of its own: what keeps the process of the fleet busy is not the platform's. */
async function startWatchers(port: number, first: number, count: number): Promise<Watchers> {
  const program = new URL('../support/children/live-watchers.ts', import.meta.url)
  const child = fork(program, [`${port}`, `${first}`, `${count}`])
  const answer = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the watchers have ended'))
      child.once('exit', ended)
      child.once('message', message => {
        child.off('exit', ended)
        resolve(message)
      })
    })
  const ask = async (what: 'all' | 'lately'): Promise<number> => {
    const answered = answer()
    child.send(what)
    return (await answered) as number
  }
  await answer()
  // what it notes is not to be that somebody else was there
  goesFirst(child.pid as number)
  return {
    p95Ms: () => ask('all'),
    p95LatelyMs: () => ask('lately'),
    stop: () => child.disconnect(),
  }
}

/** 0 where the system does not tell. */
function residentMib(pid: number): number {
  const path = `/proc/${pid}/status`
  const kib = existsSync(path) ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'latin1'))?.[1]) : 0
  return Math.round(kib / 1024)
}

/** Even, for neighbours too: by the golden section. */
function phaseOf(number: number): number {
  return (number * 0.618) % 1
}

function copyOf(pool: NorModel): NorModel {
  const copy = createNor(pool.sectorCount, pool.sectorBytes)
  copy.cells.set(pool.cells)
  return copy
}

/** What lies in a flash: the times of its readings, thinned ones too. */
function timesIn(pool: NorModel): { records: number; timesS: Set<number> } {
  const timesS = new Set<number>()
  let records = 0
  for (let ring: Ring | undefined = openRing(copyOf(pool), coarseRings()); ring !== undefined; ring = ring.coarser) {
    for (let record = nextNewer(ring, -1); record !== undefined; record = nextNewer(ring, record.place)) {
      records++
      const batch = decodeBatch(record.bytes)
      if (batch.ok) for (const timeS of Array.from(batch.value.timeS)) timesS.add(timeS)
    }
  }
  return { records, timesS }
}

/** The dongles of the sample, reading by reading. */
async function compare(
  sample: number[],
  timesS: Set<number>,
  startS: number,
  httpPort: number,
  accessKey: string,
): Promise<{ lost: number; doubled: number }> {
  const headers = { authorization: `Bearer ${accessKey}` }
  const base = `http://127.0.0.1:${httpPort}/api/v1/metering-points`
  let lost = 0
  let doubled = 0
  for (const number of sample) {
    const id = await meteringPointId(base, headers, number)
    const seen = new Set<number>()
    for (let cursor = ''; ; ) {
      const query = `resolution=raw&fromS=${startS}&toS=${startS + 2 * 86_400}&fields=offtakeT1Wh&limit=10000${cursor}`
      const answer = await fetch(`${base}/${id}/readings?${query}`, { headers })
      const page = (await answer.json()) as { timeS: number[]; next: string | null }
      for (const timeS of page.timeS) {
        if (seen.has(timeS)) doubled++
        seen.add(timeS)
      }
      if (page.next === null) break
      cursor = `&cursor=${encodeURIComponent(page.next)}`
    }
    for (const timeS of timesS) if (!seen.has(timeS)) lost++
  }
  return { lost, doubled }
}
