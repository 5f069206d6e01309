// The same race on real sockets: readings stream to MQTT readers and webhooks of many permissions, one after the other is revoked with a real commit on a
// real store, and what is watched is when deliveries start and when the last byte comes to its ESP.

import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from '../../bench/fdatasync.ts'
import { aBatch, arrived } from '../support/batches.ts'
import { openHook, openTestDelivery, readStream, type TestHook } from '../support/delivery.ts'
import { openTestStore } from '../support/store.ts'

export interface SocketReport {
  rounds: number
  readings: number
  /** Readings that came to an ESP after the answer to its customer's revocation. */
  cameAfterAnswer: number
  /** Deliveries that the gate let go after the end had been begun: there must be none. */
  afterCommit: number
  /** From the revocation's begin to the last byte at the ESP, in milliseconds. */
  lastByteMs: { p50: number; p99: number; most: number }
}

/** Permissions that stream side by side. */
const LANES = 20
const EVERY_MS = 2
/** A permission is streamed for so long before it is revoked, and a part of this more. */
const LASTS_MS = 5

export async function raceOnSockets(rounds: number): Promise<SocketReport> {
  const t = await openTestStore()
  const hooks = new Map<string, TestHook>()
  const lastByteMs: number[] = []
  const report = { rounds: 0, readings: 0, cameAfterAnswer: 0, afterCommit: 0 }
  /** Permissions whose end was begun. */
  const begun = new Set<string>()
  const d = await openTestDelivery(t.store, {
    onAnswered: (permissionId, isValid) => {
      if (isValid && begun.has(permissionId)) report.afterCommit++
    },
  })
  const { tenureNo, dongleId } = await t.addDongle(1)
  let isOver = false
  let seq = 0
  // A second of the meter every few milliseconds: its clock runs ahead of ours.
  const startS = Math.floor(Date.now() / 1000)
  const streaming = stream()
  await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane)))
  isOver = true
  await streaming
  for (const hook of hooks.values()) await hook.close()
  await d.stop()
  await t.close()
  lastByteMs.sort((a, b) => a - b)
  const [p50, p99] = [percentile(lastByteMs, 50), percentile(lastByteMs, 99)]
  return { ...report, lastByteMs: { p50, p99, most: lastByteMs.at(-1) ?? 0 } }

  async function stream(): Promise<void> {
    while (!isOver) {
      const batch = aBatch({ firstSeq: seq, startS: startS + seq, count: 1 })
      seq++
      await d.arrive(arrived(dongleId, batch, (startS + seq) * 1000))
      await delay(EVERY_MS)
    }
  }

  async function runLane(lane: number): Promise<void> {
    const espId = `esp_${lane}`
    const isHook = lane % 2 === 1
    for (let round = 0; report.rounds < rounds; round++) {
      report.rounds++
      const permissionId = `perm_${lane}_${round}`
      if (isHook) await raceOfHook(espId, permissionId)
      else await raceOfReader(espId, permissionId)
    }
  }

  async function raceOfReader(espId: string, permissionId: string): Promise<void> {
    d.grant({ permissionId, espId, tenureNo, need: { historyS: 0, lifetimeS: 30 * 86_400, fields: ['offtakeW'] } })
    const reader = await readStream(d.port, espId)
    const closed = new Promise<void>(resolve => reader.client.once('close', () => resolve()))
    await revokeSoon(permissionId, () => reader.came.map(({ atMs }) => atMs), closed)
    await reader.client.endAsync(true)
  }

  async function raceOfHook(espId: string, permissionId: string): Promise<void> {
    d.grant({ permissionId, espId, tenureNo, need: { historyS: 0, lifetimeS: 30 * 86_400, fields: ['offtakeW'] } })
    const known = hooks.get(espId)
    const hook = known ?? (await openHook())
    hooks.set(espId, hook)
    if (known === undefined) await d.delivery.routes.endpoints.set(espId, hook.url, 'json')
    d.delivery.outbox.wanted(espId, 'webhook')
    const cameAtMs: number[] = []
    hook.answer(response => {
      cameAtMs.push(Date.now())
      response.writeHead(204).end()
    })
    await revokeSoon(permissionId, () => cameAtMs, Promise.resolve())
  }

  /** Revokes at a moment that nobody knows, with a commit of the store's own; then waits for what may still come. */
  async function revokeSoon(permissionId: string, came: () => number[], closed: Promise<void>): Promise<void> {
    await delay(LASTS_MS + Math.random() * 4 * LASTS_MS)
    const startedMs = Date.now()
    await d.revoke(permissionId, async () => {
      begun.add(permissionId)
      await t.store.registers
        .insertInto('meta')
        .values({ name: 'race', value: Buffer.from(permissionId) })
        .onConflict(conflict => conflict.column('name').doUpdateSet({ value: Buffer.from(permissionId) }))
        .execute()
    })
    const answeredMs = Date.now()
    await closed
    await delay(10)
    const times = came()
    report.readings += times.length
    report.cameAfterAnswer += times.filter(atMs => atMs > answeredMs).length
    const last = times.filter(atMs => atMs >= startedMs).at(-1)
    lastByteMs.push(last === undefined ? 0 : last - startedMs)
  }
}
