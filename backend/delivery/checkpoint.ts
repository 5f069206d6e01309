// What the outbox keeps in the database, on both engines: stretches of time per lane, the number of a batch up to which everything was told, and the
// deliveries that were given up. One transaction each time, and none when nothing has changed.

import type { Oldest } from '../api/pages.ts'
import type { Store } from '../store/store.ts'
import type { ChannelName } from './delivery.ts'
import type { Range } from './ranges.ts'

export interface LaneState {
  permissionId: string
  channel: ChannelName
  ranges: readonly Range[]
}

export interface DeadDelivery {
  no: number
  espId: string
  permissionId: string
  channel: ChannelName
  fromS: number
  toS: number
  code: string
  atS: number
}

export interface Checkpoint {
  /** From now on this program writes, and whoever did before does no more. */
  takeOver(): Promise<void>
  /** `no` undefined: there was no run before. */
  read(): Promise<{ lanes: LaneState[]; no: number | undefined }>
  /** All lanes there are; those that are gone are forgotten. Rejects when another has taken over. */
  write(no: number, lanes: readonly LaneState[]): Promise<void>
  /** What was written of an ESP's lanes last, by whichever program. */
  pendingOf(permissionIds: readonly string[], channel: ChannelName): Promise<Range[][]>
  bury(dead: Omit<DeadDelivery, 'no'>): Promise<void>
  /** Those of an ESP that wait, oldest first. */
  dead(espId: string, page: Oldest): Promise<DeadDelivery[]>
  /** Undefined: none of this number waits for this ESP. */
  oneDead(espId: string, no: number): Promise<DeadDelivery | undefined>
  /** It waits no more. With `lane`, its stretch is written there in the same moment: then it rejects as write() does. */
  replayed(no: number, atS: number, lane?: LaneState): Promise<void>
}

const HEAD = 'delivery.head'
const TERM = 'delivery.term'
const DEAD_COLUMNS = ['no', 'espId', 'permissionId', 'channel', 'fromS', 'toS', 'code', 'atS'] as const

export function openCheckpoint({ registers }: Pick<Store, 'registers'>): Checkpoint {
  const written = new Map<string, string>()
  let writtenNo: number | undefined
  let term = 0
  /** Writes follow each other: what a later one has seen, no earlier one covers up. */
  let last: Promise<unknown> = Promise.resolve()
  const keyOf = ({ permissionId, channel }: Pick<LaneState, 'permissionId' | 'channel'>) => `${permissionId} ${channel}`

  return { takeOver, read, write: inTurn(write), pendingOf, bury, dead, oneDead, replayed: inTurn(replayed) }

  function inTurn<Args extends unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
    return (...args) => {
      const done = last.then(() => work(...args))
      last = done.catch(() => undefined)
      return done
    }
  }

  async function takeOver(): Promise<void> {
    term = await registers.transaction().execute(async trx => {
      const next = ((await numberAt(trx, TERM)) ?? 0) + 1
      await setNumber(trx, TERM, next)
      return next
    })
  }

  async function pendingOf(permissionIds: readonly string[], channel: ChannelName): Promise<Range[][]> {
    if (permissionIds.length === 0) return []
    const rows = await registers
      .selectFrom('deliveryLane')
      .select('ranges')
      .where('channel', '=', channel)
      .where('permissionId', 'in', permissionIds)
      .execute()
    return rows.map(({ ranges }) => JSON.parse(ranges))
  }

  async function read() {
    const rows = await registers.selectFrom('deliveryLane').selectAll().execute()
    written.clear()
    for (const row of rows) written.set(keyOf(row), row.ranges)
    writtenNo = await numberAt(registers, HEAD)
    const lanes = rows.map(({ permissionId, channel, ranges }) => ({
      permissionId,
      channel,
      ranges: JSON.parse(ranges),
    }))
    return { lanes, no: writtenNo }
  }

  async function write(no: number, lanes: readonly LaneState[]): Promise<void> {
    const rows = lanes.map(lane => ({ ...lane, ranges: JSON.stringify(lane.ranges) }))
    const changed = rows.filter(row => written.get(keyOf(row)) !== row.ranges)
    const there = new Set(rows.map(keyOf))
    const gone = [...written.keys()].filter(key => !there.has(key))
    if (changed.length === 0 && gone.length === 0 && (no === writtenNo || rows.length === 0)) return
    await registers.transaction().execute(async trx => {
      await assertOurs(trx)
      for (const row of changed) await writeLane(trx, row)
      for (const key of gone) {
        const [permissionId = '', channel = ''] = key.split(' ')
        await trx
          .deleteFrom('deliveryLane')
          .where('permissionId', '=', permissionId)
          .where('channel', '=', channel as ChannelName)
          .execute()
      }
      await setNumber(trx, HEAD, no)
    })
    for (const row of changed) written.set(keyOf(row), row.ranges)
    for (const key of gone) written.delete(key)
    writtenNo = no
  }

  async function bury(dead: Omit<DeadDelivery, 'no'>): Promise<void> {
    await registers
      .insertInto('deadDelivery')
      .values({ ...dead, replayedAtS: null })
      .execute()
  }

  function waiting(espId: string) {
    return registers.selectFrom('deadDelivery').where('espId', '=', espId).where('replayedAtS', 'is', null)
  }

  async function dead(espId: string, { after, limit }: Oldest): Promise<DeadDelivery[]> {
    return waiting(espId).select(DEAD_COLUMNS).where('no', '>', after).orderBy('no').limit(limit).execute()
  }

  async function oneDead(espId: string, no: number): Promise<DeadDelivery | undefined> {
    return waiting(espId).select(DEAD_COLUMNS).where('no', '=', no).executeTakeFirst()
  }

  async function replayed(no: number, atS: number, lane?: LaneState): Promise<void> {
    const row = lane && { ...lane, ranges: JSON.stringify(lane.ranges) }
    await registers.transaction().execute(async trx => {
      if (row !== undefined) {
        await assertOurs(trx)
        await writeLane(trx, row)
      }
      await trx
        .updateTable('deadDelivery')
        .set({ replayedAtS: atS })
        .where('no', '=', no)
        .where('replayedAtS', 'is', null)
        .execute()
    })
    if (row !== undefined) written.set(keyOf(row), row.ranges)
  }

  async function assertOurs(trx: Store['registers']): Promise<void> {
    if ((await numberAt(trx, TERM)) !== term) throw new Error('another backend delivers now')
  }
}

type LaneRow = Omit<LaneState, 'ranges'> & { ranges: string }

async function writeLane(trx: Store['registers'], row: LaneRow): Promise<void> {
  await trx
    .insertInto('deliveryLane')
    .values(row)
    .onConflict(conflict => conflict.columns(['permissionId', 'channel']).doUpdateSet({ ranges: row.ranges }))
    .execute()
}

async function numberAt(from: Store['registers'], name: string): Promise<number | undefined> {
  const row = await from.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst()
  return row && Number(Buffer.from(row.value).toString('latin1'))
}

async function setNumber(trx: Store['registers'], name: string, number: number): Promise<void> {
  const value = Buffer.from(String(number), 'latin1')
  await trx
    .insertInto('meta')
    .values({ name, value })
    .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
