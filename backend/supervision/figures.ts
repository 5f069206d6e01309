// What an operator asks first, in numbers: how many dongles are in which state, how many are silent, what waits. The gauges of /metrics and
// `nrt status` are the same numbers. Counting walks the registers, so it is done when somebody asks, and not again within a minute.

import { Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { DongleState } from '../../shared/port/dongle-directory.ts'
import type { FleetFigures } from '../../shared/schema/operating.ts'
import { DONGLE_STATES } from '../dongles/states.ts'
import type { Store } from '../store/store.ts'

/** A dongle says how it is every five minutes; who has missed three is silent. */
export const SILENT_AFTER_S = 900

export type Figures = () => Promise<FleetFigures>

/** Counts anew when the last figures are older than `maxAgeMs`; rejects when the registers cannot be read. */
export function createFigures(store: Store, clock: Clock, maxAgeMs: number): Figures {
  let counted: { atMs: number; figures: Promise<FleetFigures> } | undefined
  return () => {
    const nowMs = clock.monotonicMs()
    if (counted === undefined || nowMs - counted.atMs >= maxAgeMs) {
      const figures = count(store, clock.wallS())
      counted = { atMs: nowMs, figures }
      figures.catch(() => {
        counted = undefined
      })
    }
    return counted.figures
  }
}

async function count(store: Store, nowS: number): Promise<FleetFigures> {
  const { registers } = store
  const states = await registers
    .selectFrom('dongle')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute()
  const bound = await registers
    .selectFrom('dongle')
    .leftJoin('dongleStatus', 'dongleStatus.dongleNo', 'dongle.no')
    .select(({ fn }) => [
      fn.count<number>('dongle.no').as('all'),
      fn.sum<number | null>('dongleStatus.ringRecords').as('records'),
    ])
    .where('dongle.state', '=', 'bound')
    .executeTakeFirstOrThrow()
  const heard = await registers
    .selectFrom('dongle')
    .innerJoin('dongleStatus', 'dongleStatus.dongleNo', 'dongle.no')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('dongle.state', '=', 'bound')
    .where('dongleStatus.receivedAtMs', '>', (nowS - SILENT_AFTER_S) * 1000)
    .executeTakeFirstOrThrow()
  const orders = await registers
    .selectFrom('dongleOrder')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('state', 'in', ['queued', 'sent', 'begun'])
    .executeTakeFirstOrThrow()
  const counts = new Map(states.map(row => [row.state, Number(row.count)]))
  return {
    dongles: Object.fromEntries(DONGLE_STATES.map(state => [state, counts.get(state) ?? 0])) as FleetFigures['dongles'],
    silent: Number(bound.all) - Number(heard.count),
    backlogRecords: Number(bound.records ?? 0),
    deadLetters: await store.countLetters(),
    ordersOpen: Number(orders.count),
  }
}

/** Gauges that ask at each scrape; one that cannot be had is NaN, which no alert takes for well: the store's own has fired by then. */
export function watchFigures(registry: Registry, figures: Figures): void {
  gauge(
    'nrt_dongles_silent',
    `Bound dongles that have not said how they are for ${SILENT_AFTER_S} s`,
    all => all.silent,
  )
  gauge(
    'nrt_dongles_backlog_records',
    'Batches in the flash of bound dongles, as they said last',
    all => all.backlogRecords,
  )
  gauge('nrt_dongles_orders_open', 'Orders to dongles that are not settled', all => all.ordersOpen)
  gauge('nrt_store_dead_letters_waiting', 'Dead letters that nobody has replayed or dropped', all => all.deadLetters)
  const states = new Gauge({
    name: 'nrt_dongles',
    help: 'Dongles by state',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      states.reset()
      const { dongles } = await figures().catch(() => ({ dongles: {} }))
      for (const [state, value] of Object.entries(dongles)) states.set({ state: state as DongleState }, value)
    },
  })

  function gauge(name: string, help: string, of: (figures: FleetFigures) => number): void {
    const one = new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        one.set(await figures().then(of, () => Number.NaN))
      },
    })
  }
}
