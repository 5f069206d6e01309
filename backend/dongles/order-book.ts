// The book of orders: what was asked of each dongle, sent under a number that never falls, and what became of it. It is the gateway's
// OrderBook. Every change is an event with its actor; what is secret in an order is sealed and forgotten when the order is settled.

import { createHmac, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { constantTimeEqual } from '../../shared/envelope/crypto.ts'
import { deriveKeys } from '../../shared/envelope/keys.ts'
import type { Clock } from '../../shared/kernel/clock.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { OrderBook } from '../../shared/port/order-book.ts'
import type { Order, Wish } from '../../shared/schema/dongle.ts'
import type { Command, CommandOutcome } from '../../shared/session/messages.ts'
import type { CommandResult } from '../../shared/session/messages-up.ts'
import { rotatedKey, rotationProof } from '../../shared/session/order.ts'
import { type Newest, type Numbered, newest } from '../api/pages.ts'
import { seal } from '../audit/audit.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'
import type { DongleOrderTable, OrderState, Tables } from '../store/tables.ts'
import { type DongleRow, keyPlace, rowOf } from './dongle-register.ts'
import { canBeLate, onTheWire } from './wishes.ts'

/** dongle.busy: a rotation is not settled yet; epochs-used-up: there are 255. */
export type OrderFault = { code: 'dongle.unknown' } | { code: 'dongle.busy' } | { code: 'dongle.epochs-used-up' }

export interface Orders extends OrderBook {
  /** Asks; it waits until `expiresAtS` at most to be sent. */
  ask(dongleId: string, wish: Wish, actor: string, expiresAtS: number): Promise<Result<Order, OrderFault>>
  /** The newest `limit`, newest first; undefined for an unknown dongle. */
  list(dongleId: string, page: Newest): Promise<Numbered<Order>[] | undefined>
}

const OPEN = ['queued', 'sent', 'begun'] as const
const GATEWAY = 'gateway'
const DONGLE = 'dongle'
const EPOCH_MAX = 255
const crypto = {
  hmacSha256: (key: Uint8Array, bytes: Uint8Array): Uint8Array => createHmac('sha256', key).update(bytes).digest(),
}

/** `wake` is told of a dongle that something was asked of. */
export function openOrders(store: Store, clock: Clock, wake: (dongleId: string) => void): Orders {
  const { registers, keys } = store
  return { ask, list, next, answered }

  async function ask(dongleId: string, wish: Wish, actor: string, expiresAtS: number) {
    const id = randomId('ord')
    const fault = await registers.transaction().execute(async trx => {
      const dongle = await rowOf(trx, dongleId)
      if (dongle === undefined) return { code: 'dongle.unknown' as const }
      let rotation: Uint8Array = new Uint8Array(0)
      if (wish.name === 'rotate-key') {
        const started = await startRotation(trx, dongle)
        if (!started.ok) return started.fault
        rotation = started.value
      }
      if (wish.name === 'interval') {
        await trx.updateTable('dongle').set({ intervalS: wish.seconds }).where('no', '=', dongle.no).execute()
      }
      const { name, seconds, argument } = onTheWire(wish, rotation)
      const row = {
        id,
        dongleNo: dongle.no,
        wish: wish.name,
        name,
        seconds: seconds ?? null,
        argument: argument === undefined ? null : keys.wrap(argument, place(id, 'argument')),
        number: null,
        state: 'queued' as const,
        report: null,
        createdAtS: clock.wallS(),
        expiresAtS,
      }
      const { no } = await trx.insertInto('dongleOrder').values(row).returning('no').executeTakeFirstOrThrow()
      await addEvent(trx, no, 'queued', actor)
      return undefined
    })
    if (fault !== undefined) return failed(fault)
    wake(dongleId)
    const orders = await ordersWhere(row => row.id === id, dongleId, newest(50))
    return ok((orders[0] as Numbered<Order>).item)
  }

  // The next key is durable here before the dongle can hear of it: whatever is cut, both know a common one.
  async function startRotation(trx: Kysely<Tables>, dongle: DongleRow): Promise<Result<Uint8Array, OrderFault>> {
    const open = await trx
      .selectFrom('dongleOrder')
      .select('no')
      .where('dongleNo', '=', dongle.no)
      .where('state', 'in', OPEN)
      .where('name', '=', 'rotate')
      .executeTakeFirst()
    if (open !== undefined) return failed({ code: 'dongle.busy' })
    const epoch = dongle.epoch + 1
    if (epoch > EPOCH_MAX) return failed({ code: 'dongle.epochs-used-up' })
    const deviceKey = keys.unwrap(dongle.wrappedKey, keyPlace(dongle.id, dongle.epoch))
    if (deviceKey === undefined) return failed({ code: 'dongle.unknown' })
    const rotation = new Uint8Array([epoch, ...randomBytes(32)])
    const wrappedKey = keys.wrap(rotatedKey(crypto, deviceKey, rotation), keyPlace(dongle.id, epoch))
    await trx
      .insertInto('dongleKey')
      .values({ dongleNo: dongle.no, epoch, wrappedKey, untilS: null })
      .onConflict(conflict => conflict.columns(['dongleNo', 'epoch']).doUpdateSet({ wrappedKey, untilS: null }))
      .execute()
    return ok(rotation)
  }

  async function next(dongleId: string): Promise<Command | undefined> {
    if (!(await hasOpenOrder(dongleId))) return undefined
    return registers.transaction().execute(async trx => {
      const dongle = await rowOf(trx, dongleId)
      if (dongle === undefined) return undefined
      const open = await trx
        .selectFrom('dongleOrder')
        .selectAll()
        .where('dongleNo', '=', dongle.no)
        .where('state', 'in', OPEN)
        .orderBy('no')
        .execute()
      for (const order of open) {
        if (order.state === 'begun') return undefined
        if (isOver(order)) await settle(trx, order, 'expired', GATEWAY)
        else return give(trx, order)
      }
      return undefined
    })
  }

  /** Looked at before a transaction is begun: beginning one holds up the readings of all dongles, and there is mostly nothing to do. */
  async function hasOpenOrder(dongleId: string, number?: number): Promise<boolean> {
    const open = registers
      .selectFrom('dongleOrder')
      .innerJoin('dongle', 'dongle.no', 'dongleOrder.dongleNo')
      .select('dongleOrder.no')
      .where('dongle.id', '=', dongleId)
      .where('dongleOrder.state', 'in', OPEN)
    const wanted = number === undefined ? open : open.where('number', '=', number)
    return (await wanted.limit(1).executeTakeFirst()) !== undefined
  }

  function isOver({ state, wish, expiresAtS }: { state: OrderState; wish: string; expiresAtS: number }): boolean {
    return expiresAtS <= clock.wallS() && (state === 'queued' || !canBeLate(wish as Wish['name']))
  }

  async function give(trx: Kysely<Tables>, order: OrderRow): Promise<Command> {
    const number = order.number ?? (await nextNumber(trx, order.dongleNo))
    if (order.state === 'queued') {
      await trx.updateTable('dongleOrder').set({ number, state: 'sent' }).where('no', '=', order.no).execute()
      await addEvent(trx, order.no, 'sent', GATEWAY)
    }
    const argument = order.argument === null ? undefined : keys.unwrap(order.argument, place(order.id, 'argument'))
    return {
      number,
      name: order.name,
      ...(order.seconds === null ? {} : { seconds: order.seconds }),
      ...(argument === undefined ? {} : { argument }),
    }
  }

  // Odd, as the gateway's own commands are even; above all before, also when the clock was set back.
  async function nextNumber(trx: Kysely<Tables>, dongleNo: number): Promise<number> {
    const { last } = await trx
      .selectFrom('dongleOrder')
      .select(select => select.fn.max('number').as('last'))
      .where('dongleNo', '=', dongleNo)
      .executeTakeFirstOrThrow()
    return Math.max(Number(last ?? 0) + 2, clock.wallS() * 1000 + 1)
  }

  async function answered(dongleId: string, result: CommandResult): Promise<void> {
    // Most results answer a command of the gateway's own.
    if (!(await hasOpenOrder(dongleId, result.number))) return
    await registers.transaction().execute(async trx => {
      const dongle = await rowOf(trx, dongleId)
      const order =
        dongle &&
        (await trx
          .selectFrom('dongleOrder')
          .selectAll()
          .where('dongleNo', '=', dongle.no)
          .where('number', '=', result.number)
          .where('state', 'in', OPEN)
          .executeTakeFirst())
      if (order === undefined) return
      const state = await stateAfter(trx, dongle as DongleRow, order, result)
      if (state === 'begun') {
        await trx.updateTable('dongleOrder').set({ state }).where('no', '=', order.no).execute()
        if (order.state !== state) await addEvent(trx, order.no, state, DONGLE)
        return
      }
      // "Begun" is one line over a network that is being left, and may be lost with it. What was taken back had begun.
      if (state === 'returned' && order.state !== 'begun') await addEvent(trx, order.no, 'begun', DONGLE)
      await settle(trx, order, state, DONGLE, order.name === 'diagnose' ? result.report : undefined)
    })
  }

  /** A rotation has begun only if the dongle shows that it has the right key. */
  async function stateAfter(
    trx: Kysely<Tables>,
    dongle: DongleRow,
    order: OrderRow,
    result: CommandResult,
  ): Promise<OrderState> {
    const state = STATES[result.outcome]
    if (order.name !== 'rotate' || state !== 'begun' || result.report === undefined) return state
    const row = await trx
      .selectFrom('dongleKey')
      .selectAll()
      .where('dongleNo', '=', dongle.no)
      .where('untilS', 'is', null)
      .executeTakeFirst()
    const deviceKey = row && keys.unwrap(row.wrappedKey, keyPlace(dongle.id, row.epoch))
    if (row === undefined || deviceKey === undefined) return state
    const right = rotationProof(crypto, deriveKeys(crypto, deviceKey, row.epoch), dongle.id)
    return constantTimeEqual(right, result.report) ? state : 'failed'
  }

  async function settle(
    trx: Kysely<Tables>,
    order: OrderRow,
    state: OrderState,
    actor: string,
    report?: Uint8Array,
  ): Promise<void> {
    const sealed = report === undefined ? null : keys.wrap(report, place(order.id, 'report'))
    await trx
      .updateTable('dongleOrder')
      .set({ state, argument: null, report: sealed })
      .where('no', '=', order.no)
      .execute()
    await addEvent(trx, order.no, state, actor)
    // The dongle has said that it keeps its key, or never heard of another.
    if (order.name === 'rotate' && state !== 'done') {
      await trx.deleteFrom('dongleKey').where('dongleNo', '=', order.dongleNo).where('untilS', 'is', null).execute()
    }
  }

  async function list(dongleId: string, page: Newest): Promise<Numbered<Order>[] | undefined> {
    if ((await rowOf(registers, dongleId)) === undefined) return undefined
    return ordersWhere(() => true, dongleId, page)
  }

  async function ordersWhere(
    isWanted: (row: OrderRow) => boolean,
    dongleId: string,
    { before, limit }: Newest,
  ): Promise<Numbered<Order>[]> {
    const dongle = (await rowOf(registers, dongleId)) as DongleRow
    const rows = await registers
      .selectFrom('dongleOrder')
      .selectAll()
      .where('dongleNo', '=', dongle.no)
      .where('no', '<', before)
      .orderBy('no', 'desc')
      .limit(limit)
      .execute()
    const wanted = rows.filter(isWanted)
    const nos = wanted.map(row => row.no)
    const events = await registers
      .selectFrom('dongleOrderEvent')
      .selectAll()
      .where('orderNo', 'in', nos)
      .orderBy('no')
      .execute()
    return wanted.map(row => {
      const report = row.report === null ? undefined : keys.unwrap(row.report, place(row.id, 'report'))
      const { id: orderId, wish: name, state, createdAtS, expiresAtS } = row
      const item = {
        orderId,
        name,
        state,
        createdAtS,
        expiresAtS,
        ...(report === undefined ? {} : { report: Buffer.from(report).toString('latin1') }),
        events: events
          .filter(event => event.orderNo === row.no)
          .map(({ atS, state, actor }) => ({ atS, state, actor })),
      }
      return { no: row.no, item }
    })
  }

  async function addEvent(trx: Kysely<Tables>, orderNo: number, state: OrderState, actor: string): Promise<void> {
    const event = { orderNo, atS: clock.wallS(), state, actor }
    const row = await trx.insertInto('dongleOrderEvent').values(event).returningAll().executeTakeFirstOrThrow()
    await seal(trx, 'dongleOrderEvent', row)
  }
}

type OrderRow = Omit<DongleOrderTable, 'no'> & { no: number }

const STATES: { [outcome in CommandOutcome]: OrderState } = {
  done: 'done',
  refused: 'refused',
  unknown: 'refused',
  begun: 'begun',
  returned: 'returned',
  flash: 'failed',
}

function place(orderId: string, part: string): string {
  return `order|${orderId}|${part}`
}
