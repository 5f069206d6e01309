// Whether dongles have stopped uploading after a tenure's end: the order that each was sent, and its answer. For the operator, and for the former holder in
// their own export list: the promise is kept when the dongle has confirmed.

import type { EndCause } from '../../shared/schema/permission.ts'
import type { TenureEnd } from '../../shared/schema/tenure.ts'
import type { Store } from '../store/store.ts'

/** Newest first, behind number `before`. */
export async function tenureEnds(
  { registers }: Store,
  before: number,
  limit: number,
): Promise<{ no: number; item: TenureEnd }[]> {
  const rows = await ends(registers)
    .where('tenureEvent.no', '<', before)
    .orderBy('tenureEvent.no', 'desc')
    .limit(limit)
    .execute()
  const items: { no: number; item: TenureEnd }[] = []
  for (const row of rows) items.push({ no: row.no, item: await endOf(registers, row) })
  return items
}

/** Undefined: it has not ended. */
export async function endOfTenure({ registers }: Store, tenureNo: number): Promise<TenureEnd | undefined> {
  const row = await ends(registers).where('tenure.no', '=', tenureNo).executeTakeFirst()
  return row && endOf(registers, row)
}

function ends(registers: Store['registers']) {
  return registers
    .selectFrom('tenureEvent')
    .innerJoin('tenure', 'tenure.no', 'tenureEvent.tenureNo')
    .innerJoin('meteringPoint', 'meteringPoint.no', 'tenure.meteringPointNo')
    .select(['tenureEvent.no', 'tenureEvent.atMs', 'detail', 'tenure.no as tenureNo', 'toS'])
    .select('meteringPoint.id as meteringPointId')
    .where('tenureEvent.kind', '=', 'ended')
}

type EndRow = Awaited<ReturnType<ReturnType<typeof ends>['executeTakeFirstOrThrow']>>

async function endOf(registers: Store['registers'], row: EndRow): Promise<TenureEnd> {
  const { atMs, detail, tenureNo, toS, meteringPointId } = row
  const { cause, permissions } = JSON.parse(detail ?? '{}') as { cause: EndCause; permissions: number }
  const dongles = await stopsOf({ registers }, tenureNo, Math.floor(atMs / 1000))
  return { meteringPointId, endedAtMs: atMs, toS: toS ?? 0, cause, permissions, dongles }
}

/** Dongles that delivered under the tenure or were bound for it, with the newest stop that each was sent since. */
async function stopsOf(
  { registers }: Pick<Store, 'registers'>,
  tenureNo: number,
  sinceS: number,
): Promise<TenureEnd['dongles']> {
  const delivered = await registers
    .selectFrom('dongle')
    .select(['no', 'id'])
    .where(({ eb, or, selectFrom }) =>
      or([
        eb('no', 'in', selectFrom('dongleMeter').select('dongleNo').where('tenureNo', '=', tenureNo)),
        eb(
          'no',
          'in',
          selectFrom('dongleEvent')
            .select('dongleNo')
            .where('event', '=', 'tenure-ended')
            .where('atS', '>=', sinceS)
            .where('accountNo', '=', selectFrom('tenure').select('accountNo').where('no', '=', tenureNo)),
        ),
      ]),
    )
    .orderBy('no')
    .execute()
  const stops: TenureEnd['dongles'] = []
  for (const { no, id } of delivered) {
    const order = await registers
      .selectFrom('dongleOrder')
      .select(['no', 'state'])
      .where('dongleNo', '=', no)
      .where('wish', '=', 'stop')
      .where('createdAtS', '>=', sinceS)
      .orderBy('no', 'desc')
      .limit(1)
      .executeTakeFirst()
    const event =
      order &&
      (await registers
        .selectFrom('dongleOrderEvent')
        .select('atS')
        .where('orderNo', '=', order.no)
        .orderBy('no', 'desc')
        .limit(1)
        .executeTakeFirst())
    stops.push({
      dongleId: id,
      stop: order?.state ?? 'none',
      atS: event?.atS ?? null,
      isConfirmed: order?.state === 'done',
    })
  }
  return stops
}
