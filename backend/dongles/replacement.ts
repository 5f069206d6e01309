// Which dongles have been replaced: their owner has claimed another one for the same point since, and that one has delivered for a day. Until
// then both deliver, and what both measured is shown once (metering-points/raw.ts).

import type { Store } from '../store/store.ts'

export const PROVEN_AFTER_S = 86_400

/** Ids of dongles that may go. */
export async function replacedDongles(store: Store): Promise<string[]> {
  const rows = await store.registers
    .selectFrom('dongle')
    .innerJoin('dongleMeter', join =>
      join.onRef('dongleMeter.dongleNo', '=', 'dongle.no').onRef('dongleMeter.meter', '=', 'dongle.meter'),
    )
    .select(['dongle.no', 'dongle.id', 'meteringPointNo', 'accountNo', 'claimedAtS', 'dongle.sinceS', 'tenureNo'])
    .where('state', '=', 'bound')
    .where('accountNo', 'is not', null)
    .where('meteringPointNo', 'in', pointsOfSeveral(store))
    .orderBy('claimedAtS')
    .orderBy('dongle.no')
    .execute()
  const replaced: string[] = []
  if (rows.length > 0) await store.settled()
  for (const [at, row] of rows.entries()) {
    const newest = rows.findLast(other => other.meteringPointNo === row.meteringPointNo) as typeof row
    const isOlder = rows.indexOf(newest) > at && newest.accountNo === row.accountNo
    if (isOlder && newest.tenureNo !== null && (await isProven(store, newest.tenureNo, newest))) replaced.push(row.id)
  }
  return replaced
}

function pointsOfSeveral({ registers }: Store) {
  return registers
    .selectFrom('dongle')
    .select('meteringPointNo')
    .where('state', '=', 'bound')
    .where('meteringPointNo', 'is not', null)
    .groupBy('meteringPointNo')
    .having(({ fn }) => fn.countAll(), '>', 1)
}

/** Its newest reading was made a day after it was bound. */
async function isProven(
  store: Store,
  tenureNo: number,
  { no, sinceS }: { no: number; sinceS: number },
): Promise<boolean> {
  return (await store.ends(tenureNo)).some(batch => batch.dongleNo === no && batch.toS >= sinceS + PROVEN_AFTER_S)
}
