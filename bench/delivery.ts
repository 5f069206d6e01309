// Delivery to a hundred ESPs, each with a permission for another metering point: real store, real outbox, real broker here; the readers are another process.
// How many readings a second are confirmed when as many are stored as are taken, and how long one takes from before its commit to its ESP at a steady rate.

import { setTimeout as delay } from 'node:timers/promises'
import { encodeBatch } from '../shared/batch/encode.ts'
import type { ArrivedBatch } from '../shared/port/ingest-port.ts'
import { openTestDelivery } from '../test/support/delivery.ts'
import { openTestStore } from '../test/support/store.ts'
import { percentile } from './fdatasync.ts'
import { type BenchOptions, type Figure, figure, median } from './figure.ts'
import { ask, end, start } from './platform.ts'

export const name = 'delivery'

const ESPS = 100
/** A dongle's batch: the readings of ten seconds. */
const READINGS = 10
const SATURATED_MS = 8000
const WARM_UP_MS = 2000
const STEADY_MS = 6000
const STEADY_PER_S = 20_000
/** Stored and not confirmed, at most: less than the window of a stream, so that all goes from memory. The store alone would be far ahead. */
const AHEAD_MAX = ESPS * READINGS * 100
/** Within what the permissions let out of the past. */
const BEGUN_AGO_S = 80_000

export async function run({ repetitions }: BenchOptions): Promise<Figure[]> {
  const rates: number[] = []
  const cpus: number[] = []
  const p95s: number[] = []
  const addedP95s: number[] = []
  for (let i = 0; i < repetitions; i++) {
    const measured = await measure()
    rates.push(measured.perS)
    cpus.push(measured.cpuUs)
    p95s.push(measured.p95Ms)
    addedP95s.push(measured.addedP95Ms)
  }
  return [
    figure(
      `readings confirmed by ${ESPS} ESPs, stored as fast as they are taken`,
      median(rates),
      'readings/s',
      '>= 50000',
    ),
    figure('CPU of the platform’s side for each, storing them too', median(cpus), 'µs', 'none'),
    figure(`added by delivery, told to received, p95 at ${STEADY_PER_S}/s`, median(addedP95s), 'ms', '<= 50'),
    figure(`before commit to received, p95 at ${STEADY_PER_S}/s`, median(p95s), 'ms', 'none'),
  ]
}

async function measure(): Promise<{ perS: number; cpuUs: number; p95Ms: number; addedP95Ms: number }> {
  const t = await openTestStore()
  const d = await openTestDelivery(t.lazy)
  const dongles: { dongleId: string; tenureNo: number }[] = []
  for (let number = 0; number < ESPS; number++) {
    const dongle = await t.addDongle(number + 1)
    const need = {
      fields: ['offtakeT1Wh' as const, 'offtakeW' as const, 'injectionW' as const],
      lifetimeS: 86_400 * 30,
    }
    d.grant({ permissionId: `perm_${number}`, espId: `esp_${number}`, tenureNo: dongle.tenureNo, need })
    dongles.push(dongle)
  }
  const { child } = await start('./peers/esp-readers.ts', [d.port, ESPS])
  // Faster than time: it begins so long ago that no reading is of tomorrow, which nothing is read from the store for.
  const startS = Math.floor(Date.now() / 1000) - BEGUN_AGO_S
  let seq = 0

  /** One batch of every dongle. */
  async function round(): Promise<void> {
    const sentMs = Date.now() % 1_000_000
    await d.arrive(...dongles.map(({ dongleId }) => batchOf(dongleId, seq, startS, sentMs)))
    seq += READINGS
  }

  /** As fast as it is confirmed. */
  async function roundWhenTaken(): Promise<void> {
    while (seq * ESPS - (await confirmed()) > AHEAD_MAX) await delay(1)
    await round()
  }

  async function confirmed(): Promise<number> {
    const { values } = (await d.registry.getSingleMetric('nrt_delivery_readings_total')?.get()) ?? { values: [] }
    return values.reduce((sum, { value }) => sum + value, 0)
  }

  const warmUntilMs = performance.now() + WARM_UP_MS
  while (performance.now() < warmUntilMs) await roundWhenTaken()
  const before = await ask(child)
  const startedMs = performance.now()
  const cpuBefore = process.cpuUsage()
  while (performance.now() < startedMs + SATURATED_MS) await roundWhenTaken()
  const came = (await ask(child)) - before
  const perS = came / ((performance.now() - startedMs) / 1000)
  const { user, system } = process.cpuUsage(cpuBefore)
  const cpuUs = (user + system) / came
  while (d.delivery.outbox.pendingLanes() > 0) await delay(100)
  await delay(500)
  await timesOf(child)

  const everyMs = (1000 * ESPS * READINGS) / STEADY_PER_S
  const told: number[] = []
  const steadyFromMs = performance.now()
  for (let i = 0; performance.now() < steadyFromMs + STEADY_MS; i++) {
    await delay(Math.max(0, steadyFromMs + i * everyMs - performance.now()))
    const beganMs = performance.now()
    await round()
    told.push(performance.now() - beganMs)
  }
  await delay(500)
  const times = (await timesOf(child)).sort((a, b) => a - b)
  told.sort((a, b) => a - b)
  await end(child)
  await d.stop()
  await t.close()
  // What a commit takes is there without any ESP as well: the median of it is taken off.
  return {
    perS,
    cpuUs,
    p95Ms: percentile(times, 95),
    addedP95Ms: Math.max(0, percentile(times, 95) - percentile(told, 50)),
  }
}

function timesOf(child: Parameters<typeof ask>[0]): Promise<number[]> {
  return new Promise(resolve => {
    child.once('message', times => resolve(times as number[]))
    child.send('times')
  })
}

function batchOf(dongleId: string, firstSeq: number, startS: number, sentMs: number): ArrivedBatch {
  const timeS = Array.from({ length: READINGS }, (_, i) => startS + firstSeq + i)
  const batch = {
    ...{ boot: 1, firstSeq, meter: 0, timeS, fields: [0, 4, 5], losses: [] },
    columns: [
      timeS.map((_, i) => 1_000_000 + firstSeq + i),
      timeS.map(atS => 300 + (atS % 97)),
      timeS.map(() => sentMs),
    ],
  }
  const receivedAtMs = (startS + firstSeq + READINGS) * 1000
  return { dongleId, batch, readings: READINGS, losses: [], bytes: encodeBatch(batch), receivedAtMs }
}
