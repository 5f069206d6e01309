// How many subscriptions an ESP had active in a month: what the variable part of its fee goes by (requirement 60). Months are those of the calendar in Brussels.

import type { Esp, EspProfile, SubscriptionCount } from '../../shared/schema/catalogue.ts'
import { localDayStartS } from '../metering-points/local-day.ts'
import type { Store } from '../store/store.ts'

const TIME_ZONE = 'Europe/Brussels'

/** `month`: YYYY-MM. A permission counts that was granted and not ended for at least an instant of it; so does a point of its own, once. Of one ESP, or all. */
export async function countSubscriptions(
  { registers }: Store,
  month: string,
  espId?: string,
): Promise<SubscriptionCount[]> {
  const { fromMs, toMs } = monthOf(month)
  const rows = await registers
    .selectFrom('permission')
    .innerJoin('esp', 'esp.no', 'permission.espNo')
    .innerJoin('tenure', 'tenure.no', 'permission.tenureNo')
    .select(['esp.id as espId', 'esp.body'])
    .select(({ fn }) => [
      fn.count('permission.no').as('subscriptions'),
      fn.count('tenure.meteringPointNo').distinct().as('meteringPoints'),
    ])
    .where('grantedAtMs', '>', 0)
    .where('grantedAtMs', '<', toMs)
    .where(({ eb, or }) => or([eb('endedAtMs', '=', 0), eb('endedAtMs', '>=', fromMs)]))
    .where('untilMs', '>', fromMs)
    .$if(espId !== undefined, some => some.where('esp.id', '=', espId as string))
    .groupBy(['esp.no', 'esp.id', 'esp.body'])
    .orderBy('esp.no')
    .execute()
  return rows.map(({ espId, body, subscriptions, meteringPoints }) => ({
    ...{ espId, espName: (JSON.parse(body) as EspProfile).name, month },
    subscriptions: Number(subscriptions),
    meteringPoints: Number(meteringPoints),
  }))
}

/** Of one ESP, the month of `nowMs` and those before it, newest first; also those in which it had none. */
export async function countMonths(
  store: Store,
  { espId, profile }: Esp,
  months: number,
  nowMs: number,
): Promise<SubscriptionCount[]> {
  const counts: SubscriptionCount[] = []
  for (const month of monthsBefore(nowMs, months)) {
    const [counted] = await countSubscriptions(store, month, espId)
    counts.push(counted ?? { espId, espName: profile.name, month, subscriptions: 0, meteringPoints: 0 })
  }
  return counts
}

function monthsBefore(nowMs: number, count: number): string[] {
  const here = new Intl.DateTimeFormat('sv-SE', { timeZone: TIME_ZONE, year: 'numeric', month: '2-digit' })
  const [year, number] = here.format(nowMs).split('-').map(Number) as [number, number]
  return Array.from({ length: count }, (_, i) => new Date(Date.UTC(year, number - 1 - i)).toISOString().slice(0, 7))
}

function monthOf(month: string): { fromMs: number; toMs: number } {
  const [year, number] = month.split('-').map(Number) as [number, number]
  const beginOf = (at: number) => localDayStartS(TIME_ZONE, Date.UTC(year, at, 1, 12) / 1000) * 1000
  return { fromMs: beginOf(number - 1), toMs: beginOf(number) }
}
