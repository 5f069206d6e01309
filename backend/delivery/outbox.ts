// The outbox: what was stored goes to the channels of whoever has a permission for it, at once where there is room, else from the store when there is. It
// asks the gate when a reading enters and has every channel ask again in the instant of sending. It waits for no channel: one that is slow has only more to
// be read later. What it remembers over a restart are stretches of time (lane.ts), written down every few seconds; what a crash leaves is delivered again.

import type { Clock } from '../../shared/kernel/clock.ts'
import type { ArrivedBatch } from '../../shared/port/ingest-port.ts'
import { FIELD_NAMES, type FieldName } from '../../shared/reading/fields.ts'
import type { Permission } from '../consent/permission.ts'
import type { PermissionRegister } from '../consent/register.ts'
import type { StoredTimes } from '../store/siblings.ts'
import type { ArrivalReader, ReadingReader, Store } from '../store/store.ts'
import { createAccessBook } from './access-book.ts'
import type { Checkpoint, DeadDelivery } from './checkpoint.ts'
import { type Cut, cutOf, cutRows, type Delivered } from './cut.ts'
import { afterAll, type Channel, type ChannelName, deliveryOf, type Outcome } from './delivery.ts'
import { addPending, arrive, createLane, due, type Lane, remembered, taken, tick } from './lane.ts'
import type { DeliveryMetrics } from './metrics.ts'
import { readPermitted } from './permitted.ts'
import type { Range } from './ranges.ts'

export interface OutboxRooms {
  store: ReadingReader & ArrivalReader & Pick<Store, 'siblings'>
  permissions: Pick<
    PermissionRegister,
    'validAt' | 'permission' | 'permissionsOfEsp' | 'onGranted' | 'onEnded' | 'logAccess'
  >
  checkpoint: Checkpoint
  clock: Clock
  /** Epoch ms: what a permission's end is compared with. */
  nowMs(): number
  metrics: DeliveryMetrics
  /** Something failed that is tried again; for the log. */
  trouble(error: Error): void
}

export interface Outbox {
  /** Adds a channel; before `begin`. */
  attach(channel: Channel): void
  /** Takes over: reads what a former run, here or elsewhere, has left, and delivers from then on. */
  begin(): Promise<void>
  /** Another delivers now: nothing leaves any more, and nothing is remembered. */
  standDown(): void
  isDelivering(): boolean
  /** Told of what other programs have stored. */
  storedElsewhere(batches: readonly StoredTimes[]): void
  /** A group is being stored; give it back when it has been told. Nothing is made for it: every group of every dongle passes here. */
  groupBegan(): Groups
  groupTold(groups: Groups): void
  /** Told of each stored batch that lies under a tenure, old ones of a backlog too. */
  arrived(tenureNo: number, batch: ArrivedBatch): void
  /** This ESP takes deliveries on this channel from now on: with all that its permissions let out and that it has not had. */
  wanted(espId: string, channel: ChannelName): void
  /** A channel may have room again. */
  roomMade(): void
  /** Of an ESP on a channel: permissions of which something could leave now and has not arrived, and since which time's readings; null: none. */
  waitingFor(espId: string, channel: ChannelName): Promise<{ waiting: number; sinceS: number | null }>
  /** Stretches that are to be delivered, over all lanes; for the metrics. */
  pendingLanes(): number
  /** Puts back what was given up. Resolves when a restart, here or elsewhere, knows of it; rejects where it is not the one that delivers. */
  replay(dead: DeadDelivery): Promise<void>
  stop(): Promise<void>
}

/** Groups that began before the same moment. */
export interface Groups {
  untold: number
  allTold(): void
}

interface Entry {
  readonly permission: Permission
  readonly channel: Channel
  readonly lane: Lane
  readonly receivedAtMs: Map<string, number>
}

/** Readings of one delivery; more go as several. */
const ROWS_MAX = 600
const LOOK_EVERY_MS = 250
const CHECKPOINT_EVERY_MS = 10_000

export function createOutbox(rooms: OutboxRooms): Outbox {
  const { store, permissions, checkpoint, clock, metrics } = rooms
  const channels: Channel[] = []
  const entries = new Map<string, Entry>()
  const byTenure = new Map<number, Set<Entry>>()
  let groups = newGroups()
  /** All that began before `groups` have been told. */
  let toldBefore: Promise<unknown> = Promise.resolve()
  const accessBook = createAccessBook()
  let reading: Promise<void> | undefined
  let isStopped = false
  let lookAgain = false
  let isDelivering = false
  let timers: NodeJS.Timeout[] = []
  const listeners = [permissions.onGranted(granted), permissions.onEnded(ended)]

  return {
    attach,
    begin,
    standDown,
    isDelivering: () => isDelivering,
    storedElsewhere,
    groupBegan,
    groupTold,
    arrived,
    wanted,
    roomMade: look,
    waitingFor,
    pendingLanes,
    replay,
    stop,
  }

  function attach(channel: Channel): void {
    channels.push(channel)
  }

  async function begin(): Promise<void> {
    isDelivering = true
    await checkpoint.takeOver()
    const { lanes, no } = await checkpoint.read()
    for (const { permissionId, channel: name, ranges } of lanes) {
      const permission = permissions.permission(permissionId)
      const channel = channels.find(one => one.name === name)
      if (permission === undefined || channel === undefined) continue
      // It may be there: what was granted or replayed since we began.
      const { lane } = open(permission, channel, [])
      for (const range of ranges) addPending(lane, range)
    }
    // What came into its place after the last checkpoint may have been told to nobody.
    if (no !== undefined && entries.size > 0) {
      await store.settled()
      // What another has under way is told with its commit, or is found by its number.
      await store.siblings.quiet()
      storedElsewhere((await store.arrivedAfter(no)).map(({ tenureNo, fromS, toS }) => [tenureNo, fromS, toS]))
    }
    timers = [setInterval(look, LOOK_EVERY_MS), setInterval(() => void writeDown(), CHECKPOINT_EVERY_MS)]
    for (const timer of timers) timer.unref()
    look()
  }

  function standDown(): void {
    isDelivering = false
    for (const timer of timers) clearInterval(timer)
    entries.clear()
    byTenure.clear()
    void writeAccesses().catch(rooms.trouble)
  }

  function storedElsewhere(batches: readonly StoredTimes[]): void {
    for (const [tenureNo, fromS, toS] of batches) {
      for (const { lane } of byTenure.get(tenureNo) ?? []) addPending(lane, { fromS, toS: toS + 1 })
    }
    if (byTenure.size > 0) look()
  }

  function open(permission: Permission, channel: Channel, pending: readonly Range[]): Entry {
    const key = `${permission.permissionId} ${channel.name}`
    const known = entries.get(key)
    if (known !== undefined) return known
    const lane = createLane(cutOf(permission), permission.need.everyS, pending)
    const entry: Entry = { permission, channel, lane, receivedAtMs: new Map() }
    entries.set(key, entry)
    const ofTenure = byTenure.get(permission.tenureNo) ?? new Set()
    byTenure.set(permission.tenureNo, ofTenure.add(entry))
    return entry
  }

  function granted(permission: Permission): void {
    for (const channel of channels) if (channel.serves(permission.espId)) fromItsBegin(permission, channel)
  }

  function wanted(espId: string, name: ChannelName): void {
    const channel = channels.find(one => one.name === name)
    if (channel === undefined) return
    for (const permission of permissions.permissionsOfEsp(espId, rooms.nowMs())) fromItsBegin(permission, channel)
  }

  /** Everything that it lets out so far, unless the channel has been used under it before. */
  function fromItsBegin(permission: Permission, channel: Channel): void {
    if (!isDelivering) return
    open(permission, channel, [{ fromS: permission.readingsFromS, toS: clock.wallS() + 1 }])
    look()
  }

  function ended(permission: Permission): void {
    const startedMs = clock.monotonicMs()
    const left = afterAll(channels.length, () => metrics.endSeconds.observe((clock.monotonicMs() - startedMs) / 1000))
    for (const channel of channels) {
      const key = `${permission.permissionId} ${channel.name}`
      const entry = entries.get(key)
      entries.delete(key)
      if (entry !== undefined) byTenure.get(permission.tenureNo)?.delete(entry)
      channel.end(permission, left)
    }
    if (byTenure.get(permission.tenureNo)?.size === 0) byTenure.delete(permission.tenureNo)
  }

  function groupBegan(): Groups {
    groups.untold++
    return groups
  }

  function groupTold(of: Groups): void {
    of.untold--
    if (of.untold === 0) of.allTold()
  }

  /** Resolves when every group that has begun until now has been told. */
  function allTold(): Promise<unknown> {
    const begun = groups
    if (begun.untold > 0) {
      groups = newGroups()
      toldBefore = Promise.all([toldBefore, new Promise<void>(resolve => (begun.allTold = resolve))])
    }
    return toldBefore
  }

  function arrived(tenureNo: number, arrivedBatch: ArrivedBatch): void {
    const ofTenure = byTenure.get(tenureNo)
    if (ofTenure === undefined) return
    // Only now: asking for the batch decodes it, and most are nobody's but the customer's.
    const { batch, receivedAtMs } = arrivedBatch
    const cuts = new Map<Permission, Delivered[]>()
    for (const entry of ofTenure) {
      const { permission, lane } = entry
      // The gate, asked for the first time. While an end commits nothing goes out; should it fail, what came meanwhile is read from the store.
      const isOpen = permissions.validAt(permission.permissionId, rooms.nowMs())
      const rows = cuts.get(permission) ?? cutRows(rowsOf(batch), lane.cut)
      cuts.set(permission, rows)
      send(entry, arrive(lane, rows, isOpen && entry.channel.hasRoom(permission)), receivedAtMs)
    }
  }

  function rowsOf(batch: ArrivedBatch['batch']) {
    return {
      timeS: batch.timeS,
      columnOf: (field: FieldName) => batch.columns[batch.fields.indexOf(FIELD_NAMES.indexOf(field))],
    }
  }

  function send(entry: Entry, rows: readonly Delivered[], receivedAtMs?: number): void {
    for (let i = 0; i < rows.length; i += ROWS_MAX) sendOne(entry, rows.slice(i, i + ROWS_MAX), receivedAtMs)
  }

  function sendOne(entry: Entry, rows: readonly Delivered[], receivedAtMs: number | undefined): void {
    const { permission, channel, lane } = entry
    const delivery = deliveryOf(permission, rows)
    // The same readings again while they are on their way: one of the two is enough.
    if (lane.underWay.has(delivery.key)) return
    lane.underWay.set(delivery.key, delivery.range)
    if (receivedAtMs !== undefined) entry.receivedAtMs.set(delivery.key, receivedAtMs)
    // The gate, asked for the second time, by the channel in the instant before the first byte.
    const mayLeave = (): boolean =>
      isDelivering && !isStopped && permissions.validAt(permission.permissionId, rooms.nowMs())
    channel.send(delivery, mayLeave, outcome => finished(entry, delivery.key, delivery.range, rows.length, outcome))
  }

  function finished(entry: Entry, key: string, range: Range, count: number, outcome: Outcome): void {
    const { lane, channel, permission } = entry
    if (!lane.underWay.has(key)) return
    // It is on its way until it lies among those that were given up.
    if (outcome.kind === 'refused') void bury(entry, key, range, outcome.code)
    else lane.underWay.delete(key)
    const receivedAtMs = entry.receivedAtMs.get(key)
    entry.receivedAtMs.delete(key)
    metrics.deliveries.inc({ channel: channel.name, outcome: outcome.kind })
    if (outcome.kind === 'delivered') {
      metrics.readings.inc({ channel: channel.name }, count)
      if (receivedAtMs !== undefined) {
        metrics.seconds.observe({ channel: channel.name }, Math.max(0, rooms.nowMs() - receivedAtMs) / 1000)
      }
      accessBook.add(permission.permissionId, channel.name, count, range, rooms.nowMs())
    }
    // After an end that has committed nobody looks at this lane again; one that failed goes on where it was.
    if (outcome.kind === 'again' || outcome.kind === 'ended') addPending(lane, range)
    if (lane.pending.length > 0 && channel.hasRoom(permission)) look()
  }

  async function bury({ permission, channel, lane }: Entry, key: string, range: Range, code: string): Promise<void> {
    const { permissionId, espId } = permission
    try {
      await checkpoint.bury({ espId, permissionId, channel: channel.name, ...range, code, atS: clock.wallS() })
    } catch (error) {
      addPending(lane, range)
      rooms.trouble(error as Error)
    }
    lane.underWay.delete(key)
  }

  async function replay({ no, permissionId, channel: name, fromS, toS }: DeadDelivery): Promise<void> {
    const permission = permissions.permission(permissionId)
    const channel = channels.find(one => one.name === name)
    if (permission === undefined || channel === undefined) return checkpoint.replayed(no, clock.wallS())
    const { lane } = open(permission, channel, [])
    addPending(lane, { fromS, toS })
    await checkpoint.replayed(no, clock.wallS(), { permissionId, channel: name, ranges: remembered(lane) })
    look()
  }

  async function waitingFor(espId: string, channel: ChannelName) {
    const nowS = clock.wallS()
    const ids = permissions.permissionsOfEsp(espId, rooms.nowMs()).map(({ permissionId }) => permissionId)
    const lanes = isDelivering
      ? ids.map(id => {
          const lane = entries.get(`${id} ${channel}`)?.lane
          return lane === undefined ? [] : [...lane.underWay.values(), ...[due(lane, nowS) ?? []].flat()]
        })
      : await checkpoint.pendingOf(ids, channel)
    const since = lanes.filter(one => one.length > 0).map(one => Math.min(...one.map(({ fromS }) => fromS)))
    return { waiting: since.length, sinceS: since.length === 0 ? null : Math.min(...since) }
  }

  function pendingLanes(): number {
    let count = 0
    for (const { lane } of entries.values()) if (lane.pending.length > 0) count++
    return count
  }

  /** Reads for whoever has room and something to be read, round and round until nobody has. */
  function look(): void {
    lookAgain = true
    if (isStopped || !isDelivering) return
    reading ??= readOn()
      .catch(rooms.trouble)
      .finally(() => {
        reading = undefined
      })
  }

  async function readOn(): Promise<void> {
    while (lookAgain && isDelivering && !isStopped) {
      lookAgain = false
      const nowS = clock.wallS()
      const ready: Entry[] = []
      for (const entry of entries.values()) {
        const hasRoom = entry.channel.hasRoom(entry.permission)
        send(entry, tick(entry.lane, nowS, hasRoom))
        if (hasRoom && due(entry.lane, nowS) !== undefined) ready.push(entry)
      }
      if (ready.length === 0) return
      await store.settled()
      for (const entry of ready) await readFor(entry, nowS)
    }
  }

  async function readFor(entry: Entry, nowS: number): Promise<void> {
    const { permission, channel, lane } = entry
    const range = due(lane, nowS)
    const isOpen = (): boolean =>
      permissions.validAt(permission.permissionId, rooms.nowMs()) && isDelivering && !isStopped
    if (range === undefined || !isOpen() || !channel.hasRoom(permission)) return
    const { rows, untilS } = await readPermitted(store, permission.tenureNo, lane.cut as Cut, range, ROWS_MAX)
    if (!isOpen()) return
    taken(lane, { fromS: range.fromS, toS: untilS })
    send(entry, rows)
    if (due(lane, nowS) !== undefined && channel.hasRoom(permission)) lookAgain = true
  }

  /** State of now, and the number of a batch from before now: what came later is found by its number after a crash. */
  async function writeDown(): Promise<void> {
    if (!isDelivering) return
    try {
      const no = await store.newestNo()
      await allTold()
      await store.siblings.quiet()
      // Who took what is written down first: what a crash then has delivered again is written down again, never too little.
      await writeAccesses()
      await checkpoint.write(
        no,
        Array.from(entries.values(), ({ permission, channel, lane }) => ({
          permissionId: permission.permissionId,
          channel: channel.name,
          ranges: remembered(lane),
        })),
      )
    } catch (error) {
      rooms.trouble(error as Error)
    }
  }

  async function writeAccesses(): Promise<void> {
    const accesses = accessBook.take()
    if (accesses.length === 0) return
    try {
      await permissions.logAccess(accesses)
    } catch (error) {
      accessBook.giveBack(accesses)
      throw error
    }
  }

  async function stop(): Promise<void> {
    isStopped = true
    for (const timer of timers) clearInterval(timer)
    for (const stopListening of listeners) stopListening()
    await reading
    await writeDown()
  }
}

function newGroups(): Groups {
  return { untold: 0, allTold: () => undefined }
}
