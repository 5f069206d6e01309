// What could be subscribed to, looked up for one customer: their own metering point, a published service of an admitted ESP, and what stands between the two
// already. Whatever is missing, the answer does not say whether it exists.

import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { EspProfile, ServiceText } from '../../shared/schema/catalogue.ts'
import { type PermissionRow, rowsOf, selectPermissions, type Trx } from './rows.ts'
import type { Offer } from './statement.ts'

/** An offer with the numbers behind it. */
export type FoundOffer = Offer & {
  espId: string
  espNo: number
  serviceNo: number
  tenureNo: number
  tenureFromS: number
  ean: string
}

/** One of `meteringPointId` and `ean`. */
export interface OfferWish {
  meteringPointId?: string
  ean?: string
  serviceId: string
}

/** metering-point.unknown: also for somebody else's. service.unknown: also for one that is not published. */
export type OfferFault = { code: 'metering-point.unknown' } | { code: 'service.unknown' }

export async function offerFor(trx: Trx, accountNo: number, wish: OfferWish): Promise<Result<FoundOffer, OfferFault>> {
  const { meteringPointId = '', ean = '', serviceId } = wish
  const held = await trx
    .selectFrom('tenure')
    .innerJoin('meteringPoint', 'meteringPoint.no', 'tenure.meteringPointNo')
    .select(['tenure.no as tenureNo', 'tenure.fromS as tenureFromS', 'ean', 'name'])
    .where('tenure.accountNo', '=', accountNo)
    .where('tenure.toS', 'is', null)
    .where(({ eb }) => (ean === '' ? eb('meteringPoint.id', '=', meteringPointId) : eb('ean', '=', ean)))
    .executeTakeFirst()
  if (held === undefined) return failed({ code: 'metering-point.unknown' })
  const offered = await trx
    .selectFrom('service')
    .innerJoin('esp', 'esp.no', 'service.espNo')
    .innerJoin('serviceVersion', join =>
      join
        .onRef('serviceVersion.serviceNo', '=', 'service.no')
        .onRef('serviceVersion.version', '=', 'service.publishedVersion'),
    )
    .select(['service.no as serviceNo', 'esp.no as espNo', 'esp.id as espId', 'version', 'esp.body as espBody'])
    .select('serviceVersion.body')
    .where('service.id', '=', serviceId)
    .where('esp.state', '=', 'admitted')
    .executeTakeFirst()
  if (offered === undefined) return failed({ code: 'service.unknown' })
  const { espBody, body, ...numbers } = offered
  const esp = JSON.parse(espBody) as EspProfile
  const service = JSON.parse(body) as ServiceText
  return ok({ ...numbers, ...held, serviceId, esp, service, pointName: held.name ?? held.ean })
}

/** The permission that is granted for this point and service; there is one at most. */
export async function liveOf(trx: Trx, { tenureNo, serviceNo }: FoundOffer): Promise<PermissionRow | undefined> {
  return rowsOf(
    await selectPermissions(trx)
      .where('permission.tenureNo', '=', tenureNo)
      .where('permission.serviceNo', '=', serviceNo)
      .where('permission.state', '=', 'granted')
      .execute(),
  )[0]
}

/** A request that still waits for an answer, by the same customer. */
export async function openRequest(
  trx: Trx,
  { tenureNo, serviceNo, version }: FoundOffer,
  nowMs: number,
): Promise<PermissionRow | undefined> {
  return rowsOf(
    await selectPermissions(trx)
      .where('permission.tenureNo', '=', tenureNo)
      .where('permission.serviceNo', '=', serviceNo)
      .where('permission.version', '=', version)
      .where('permission.state', '=', 'requested')
      .where('answerByMs', '>', nowMs)
      .execute(),
  )[0]
}
