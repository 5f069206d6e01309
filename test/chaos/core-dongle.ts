// A dongle of the firmware's own cores on a real socket: batcher, keeper, rings in flash, sender, MQTT and envelopes are those of the bundle; the meter
// is a household, the engine's slowness a pause before each look for something to send. A thousand of them fit into one process.

import { connect, type Socket } from 'node:net'
import { coarseRings, JOURNAL_SECTORS } from '../../firmware/config.ts'
import type { createHousehold } from '../../firmware/host/household.ts'
import { openJournal } from '../../firmware/journal.ts'
import { createKeeper, keepOnTime, keepReading } from '../../firmware/keeper.ts'
import { type Mqtt, type MqttTold, mqttPublish, mqttReceive, mqttTick, openMqtt } from '../../firmware/mqtt.ts'
import { LINK_DOWN, LINK_UP, MESSAGE } from '../../firmware/network.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import { type Reading, valuesOf } from '../../shared/reading/reading.ts'
import { createBatcher } from '../../shared/session/batcher.ts'
import { openRing } from '../../shared/session/ring.ts'
import { UNCOUNTED } from '../../shared/session/ring-state.ts'
import {
  createSender,
  opened,
  type SenderEffect,
  type SenderEvent,
  sealed,
  sendKept,
  stepSender,
} from '../../shared/session/sender.ts'
import { downTopic, upTopic } from '../../shared/session/topics.ts'
import { keepClosed } from '../support/keep-closed.ts'
import { createNor, type NorModel } from '../support/nor.ts'
import type { DongleIdentity } from '../support/scripted-dongle.ts'
import { toSocket } from '../support/told.ts'

type Household = ReturnType<typeof createHousehold>

export interface CoreDongleSetup {
  identity: DongleIdentity
  port: number
  boot: number
  /** What lies in its flash. */
  pool: NorModel
  intervalS: number
  /** From 0 to 1, where it is in its rhythm: of a fleet that was plugged in one after the other neither batches nor statuses fall due together. */
  phase: number
  /** How long the engine needs for a batch, from the look for it to its release. */
  lookMs: number
  /** A batch that was measured just now was acknowledged, so long after it was sent. */
  liveAcked(ms: number): void
}

export interface CoreDongle {
  /** A telegram came. */
  take(reading: Reading): void
  /** Once a second. */
  tick(): void
  /** Records in flash that are known not to be acknowledged. */
  waiting(): number
  /** Batches so far. */
  acknowledged(): number
  stop(): void
}

/** A telegram a second for each of a fleet, which may change, one dongle after the other; all have the same household. */
export function liveOn(fleet: () => CoreDongle[], household: Household): { stop(): void } {
  let second = Math.floor(Date.now() / 1000)
  let at = 0
  let reading = household.next(second)
  const living = setInterval(() => {
    const all = fleet()
    const due = Math.floor((Date.now() / 1000 - second) * Math.max(1, all.length))
    for (; at < Math.min(due, all.length); at++) {
      all[at]?.take(reading)
      all[at]?.tick()
    }
    if (due < Math.max(1, all.length)) return
    at = 0
    second = Math.max(second + 1, Math.floor(Date.now() / 1000))
    reading = household.next(second)
  }, 5)
  return { stop: () => clearInterval(living) }
}

const STATUS_EVERY_MS = 300_000

const now = (): number => performance.now()

/** A look that has come nearer to a batch and sent none. */
const isWalk = (effects: SenderEffect[]): boolean => effects.length === 1 && effects[0]?.kind === 'look'

export function openCoreDongle(setup: CoreDongleSetup): CoreDongle {
  const { identity, boot, intervalS, liveAcked } = setup
  const { dongleId } = identity
  const ring = openRing(setup.pool, coarseRings())
  const { journal } = openJournal(createNor(JOURNAL_SECTORS), boot)
  const keeper = createKeeper(ring, createBatcher(boot, intervalS * 1000, 60), journal)
  const sender = createSender({
    ...{ crypto: nodeCrypto, dongleId, keys: deriveKeys(nodeCrypto, identity.deviceKey, identity.epoch) },
    ...{ seedPool: Buffer.from(dongleId.repeat(5)), boot, firmware: 'cores', ring, intervalS },
  })
  let socket: Socket | undefined
  let mqtt: Mqtt | undefined
  let looking: NodeJS.Timeout | undefined
  let acknowledged = 0
  let telegrams = 0
  let hasSaidStatus = false

  function step(event: SenderEvent): void {
    carryOut(stepSender(sender, event))
  }

  function carryOut(effects: SenderEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'connect') dial(effect.username, effect.password)
      else if (effect.kind === 'disconnect') hangUp()
      else if (effect.kind === 'look') look()
      else if (effect.kind === 'status-wanted') sayStatus()
      else if (effect.kind === 'publish' && mqtt !== undefined) {
        const { pieces, bytes } = sealed(sender.setup, effect.name, effect.plain, effect.bytes)
        mqttPublish(mqtt, upTopic(dongleId), pieces, bytes, now())
      }
    }
  }

  /** The first comes with the session, those after it when their time is. */
  function sayStatus(): void {
    step({ kind: 'status', nowMs: now(), status: { boot, firmware: 'cores', ringRecords: ring.records } })
    if (!hasSaidStatus) sender.statusAtMs -= setup.phase * STATUS_EVERY_MS
    hasSaidStatus = true
  }

  function look(): void {
    looking ??= setTimeout(() => {
      looking = undefined
      // the turns of a walk follow each other at once
      let effects = stepSender(sender, { kind: 'look', nowMs: now() })
      while (isWalk(effects)) effects = stepSender(sender, { kind: 'look', nowMs: now() })
      carryOut(effects)
    }, setup.lookMs)
  }

  function dial(username: string, password: string): void {
    const line = connect(setup.port, '127.0.0.1')
    socket = line
    line.setNoDelay(true)
    line.setEncoding('latin1')
    const options = { clientId: dongleId, username, password, subscribe: downTopic(dongleId), keepAliveS: 60 }
    line.on('connect', () => {
      if (socket === line) mqtt = openMqtt(told => hear(line, told), toSocket(line), options, now())
    })
    line.on('data', (text: string) => {
      if (socket === line && mqtt !== undefined) mqttReceive(mqtt, text, now())
    })
    line.on('error', () => {})
    line.on('close', () => {
      if (socket !== line) return
      hangUp()
      step({ kind: 'link-down', nowMs: now() })
    })
  }

  function hear(line: Socket, told: MqttTold): void {
    if (told.kind === LINK_UP) step({ kind: 'link-up', nowMs: now() })
    else if (told.kind === LINK_DOWN) line.destroy()
    else if (told.kind === MESSAGE) {
      const before = sender.inFlight.slice()
      const nowMs = now()
      step({ kind: 'message-came', nowMs, plain: opened(sender.setup, Buffer.from(told.text, 'latin1')) })
      for (const sent of before) {
        if (sender.inFlight.includes(sent)) continue
        acknowledged++
        if (sent.isLive) liveAcked(nowMs - sent.sentAtMs)
      }
    }
  }

  function hangUp(): void {
    socket?.destroy()
    socket = undefined
    mqtt = undefined
  }

  function keep(): void {
    if (!keepClosed(keeper)) return
    const { kept } = keeper
    keeper.kept = undefined
    const effects: SenderEffect[] = []
    if (kept === undefined || !sendKept(sender, kept, now(), effects)) look()
    carryOut(effects)
  }

  return {
    take(reading) {
      if (telegrams++ < Math.floor(setup.phase * intervalS)) return
      keepReading(keeper, now(), 0, reading.timeS, valuesOf(reading))
      keep()
    },
    tick() {
      keepOnTime(keeper, now())
      keep()
      if (mqtt !== undefined) mqttTick(mqtt, now())
      step({ kind: 'tick', nowMs: now() })
    },
    waiting() {
      // one at least in a sector that nobody has looked into yet
      let records = ring.pool.waitingIn.filter(count => count === UNCOUNTED).length
      for (let one: typeof ring | undefined = ring; one !== undefined; one = one.coarser) records += one.records
      return records
    },
    acknowledged: () => acknowledged,
    stop() {
      clearTimeout(looking)
      hangUp()
    },
  }
}
