// Permissions, the permission log and the data access log as their customer or their ESP sees them: ids, never numbers; an EAN goes to the ESP while the
// permission is granted and to nobody else.

import type { EspProfile, ServiceText } from '../../shared/schema/catalogue.ts'
import type {
  DataAccessEntry,
  EspPermission,
  OwnPermission,
  PermissionLogEntry,
  PermissionState,
} from '../../shared/schema/permission.ts'
import { type PermissionRow, rowsOf, selectPermissions, type Trx } from './rows.ts'

/** Pages go by number downwards, newest first: behind `before`. */
export interface Page {
  before: number
  limit: number
}

export interface OwnFilter {
  meteringPointId?: string
  state?: PermissionState
}

export async function ownPermissions(
  from: Trx,
  accountNo: number,
  { before, limit }: Page,
  { meteringPointId, state }: OwnFilter = {},
): Promise<{ no: number; item: OwnPermission }[]> {
  let query = selectPermissions(from)
    .where('permission.accountNo', '=', accountNo)
    .where('permission.no', '<', before)
    .orderBy('permission.no', 'desc')
    .limit(limit)
  if (meteringPointId !== undefined) query = query.where('meteringPoint.id', '=', meteringPointId)
  if (state !== undefined) query = query.where('permission.state', '=', state)
  const rows = rowsOf(await query.execute())
  const views: { no: number; item: OwnPermission }[] = []
  for (const row of rows) views.push({ no: row.no, item: await ownView(from, row) })
  return views
}

export async function ownView(from: Trx, row: PermissionRow): Promise<OwnPermission> {
  const { espNo, serviceNo, meteringPointId, permission } = row
  const { body } = await from.selectFrom('esp').select('body').where('no', '=', espNo).executeTakeFirstOrThrow()
  const version = await from
    .selectFrom('serviceVersion')
    .select('body')
    .where('serviceNo', '=', serviceNo)
    .where('version', '=', permission.version)
    .executeTakeFirstOrThrow()
  const published = await from
    .selectFrom('service')
    .innerJoin('serviceVersion', join =>
      join
        .onRef('serviceVersion.serviceNo', '=', 'service.no')
        .onRef('serviceVersion.version', '=', 'service.publishedVersion'),
    )
    .select('consentVersion')
    .where('service.no', '=', serviceNo)
    .executeTakeFirst()
  const told = await from
    .selectFrom('notice')
    .select(['id as noticeId', 'atMs', 'sentAtMs', 'acknowledgedAtMs'])
    .where('permissionNo', '=', row.no)
    .where('espNo', 'is not', null)
    .orderBy('no', 'desc')
    .limit(1)
    .executeTakeFirst()
  return {
    ...commonOf(row),
    meteringPointId,
    espName: (JSON.parse(body) as EspProfile).name,
    serviceName: (JSON.parse(version.body) as ServiceText).name,
    ...(told === undefined ? {} : { espTold: told }),
    isOutdated: published !== undefined && permission.version < published.consentVersion,
  }
}

export async function espPermissions(
  from: Trx,
  espId: string,
  { before, limit }: Page,
  state: PermissionState | undefined,
): Promise<{ no: number; item: EspPermission }[]> {
  let query = selectPermissions(from)
    .where('esp.id', '=', espId)
    // What was never granted is the customer's own matter.
    .where('permission.grantedAtMs', '>', 0)
    .where('permission.no', '<', before)
    .orderBy('permission.no', 'desc')
    .limit(limit)
  if (state !== undefined) query = query.where('permission.state', '=', state)
  return rowsOf(await query.execute()).map(row => ({ no: row.no, item: espView(row) }))
}

export function espView(row: PermissionRow): EspPermission {
  const { ean, state, need } = row.permission
  return { ...commonOf(row), ...(state === 'granted' && need.needsEan ? { ean } : {}) }
}

function commonOf({ permission }: PermissionRow): EspPermission {
  const { permissionId, espId, serviceId, version, state, requestedAtMs, need } = permission
  const { answerByMs, grantedAtMs, untilMs, readingsFromS, endedAtMs, endCause } = permission
  return {
    ...{ permissionId, espId, serviceId, version, state, requestedAtMs, need },
    ...(state === 'requested' ? { answerByMs } : {}),
    ...(grantedAtMs > 0 ? { grantedAtMs, untilMs, readingsFromS } : {}),
    ...(endedAtMs > 0 ? { endedAtMs } : {}),
    ...(endCause === undefined ? {} : { endCause }),
  }
}

export async function permissionLog(
  from: Trx,
  accountNo: number,
  { before, limit }: Page,
): Promise<PermissionLogEntry[]> {
  const rows = await from
    .selectFrom('permissionEvent')
    .innerJoin('permission', 'permission.no', 'permissionNo')
    .innerJoin('service', 'service.no', 'permission.serviceNo')
    .innerJoin('esp', 'esp.no', 'permission.espNo')
    .innerJoin('tenure', 'tenure.no', 'permission.tenureNo')
    .innerJoin('meteringPoint', 'meteringPoint.no', 'tenure.meteringPointNo')
    .select(['permission.id as permissionId', 'service.id as serviceId', 'esp.id as espId'])
    .select('meteringPoint.id as meteringPointId')
    .select(['permissionEvent.no', 'permissionEvent.atMs', 'permissionEvent.kind', 'permissionEvent.actor'])
    .select('permissionEvent.body')
    .where('permission.accountNo', '=', accountNo)
    .where('permissionEvent.no', '<', before)
    .orderBy('permissionEvent.no', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ actor, body, ...entry }) => {
    const { cause } = JSON.parse(body) as { cause?: PermissionLogEntry['cause'] }
    // In which part somebody acted, not who.
    return { ...entry, ...(cause === undefined ? {} : { cause }), by: actor.split(' ')[0] as string }
  })
}

export function accessLog(from: Trx, accountNo: number, { before, limit }: Page): Promise<DataAccessEntry[]> {
  return from
    .selectFrom('dataAccess')
    .innerJoin('permission', 'permission.no', 'permissionNo')
    .innerJoin('service', 'service.no', 'permission.serviceNo')
    .innerJoin('esp', 'esp.no', 'permission.espNo')
    .innerJoin('tenure', 'tenure.no', 'permission.tenureNo')
    .innerJoin('meteringPoint', 'meteringPoint.no', 'tenure.meteringPointNo')
    .select(['permission.id as permissionId', 'service.id as serviceId', 'esp.id as espId'])
    .select('meteringPoint.id as meteringPointId')
    .select(['dataAccess.no', 'dataAccess.atMs', 'channel', 'readings', 'dataAccess.fromS', 'dataAccess.toS'])
    .where('permission.accountNo', '=', accountNo)
    .where('dataAccess.no', '<', before)
    .orderBy('dataAccess.no', 'desc')
    .limit(limit)
    .execute()
}
