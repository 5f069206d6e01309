// Permissions between the database and the core: a row with what it refers to becomes a Permission, an event becomes a row of the audit and, through
// apply(), the new state of the permission's row. An EAN stands in the metering point's row only, never in an event.

import type { Kysely } from 'kysely'
import type { ServiceText } from '../../shared/schema/catalogue.ts'
import type { Language } from '../../shared/schema/data-need.ts'
import type { PermissionState } from '../../shared/schema/permission.ts'
import { seal } from '../audit/audit.ts'
import type { Tables } from '../store/tables.ts'
import { apply, type Permission, type PermissionEvent, type PermissionScope, replay } from './permission.ts'

export type Trx = Kysely<Tables>

/** A permission with the numbers behind its ids. */
export interface PermissionRow {
  no: number
  espNo: number
  serviceNo: number
  accountNo: number
  meteringPointId: string
  /** Of the tenure; null while it runs. */
  tenureToS: number | null
  permission: Permission
}

/**
 * What a grant says beside the core's event: what was read, in which language (`statement`: SHA-256 of it), under which terms of use, and how many
 * seconds before the yes its person had proved who they are.
 */
export interface GrantFacts {
  statement: string
  language: Language
  termsVersion: number
  provedBeforeS: number | null
}

/** Add where, order and limit, then rowsOf(). */
export function selectPermissions(from: Trx) {
  return from
    .selectFrom('permission')
    .innerJoin('esp', 'esp.no', 'permission.espNo')
    .innerJoin('service', 'service.no', 'permission.serviceNo')
    .innerJoin('serviceVersion', join =>
      join
        .onRef('serviceVersion.serviceNo', '=', 'permission.serviceNo')
        .onRef('serviceVersion.version', '=', 'permission.version'),
    )
    .innerJoin('tenure', 'tenure.no', 'permission.tenureNo')
    .innerJoin('meteringPoint', 'meteringPoint.no', 'tenure.meteringPointNo')
    .selectAll('permission')
    .select(['esp.id as espId', 'service.id as serviceId', 'serviceVersion.body as serviceBody'])
    .select(['tenure.fromS as tenureFromS', 'tenure.toS as tenureToS', 'ean', 'meteringPoint.id as meteringPointId'])
}

type Selected = Awaited<ReturnType<ReturnType<typeof selectPermissions>['execute']>>[number]

/** Rows of one version share its need: a hundred thousand permissions of a few services stay small. */
export function rowsOf(selected: readonly Selected[]): PermissionRow[] {
  const needs = new Map<string, ServiceText['need']>()
  return selected.map(row => {
    const key = `${row.serviceNo} ${row.version}`
    const need = needs.get(key) ?? (JSON.parse(row.serviceBody) as ServiceText).need
    needs.set(key, need)
    return rowOf(row, need)
  })
}

function rowOf(row: Selected, need: ServiceText['need']): PermissionRow {
  const { no, id: permissionId, espNo, serviceNo, accountNo, espId, serviceId, version, tenureNo, ...rest } = row
  const { meteringPointId, tenureToS, ean, tenureFromS, state, endCause } = rest
  const { requestedAtMs, answerByMs, grantedAtMs, untilMs, readingsFromS, endedAtMs } = rest
  const scope: PermissionScope = { permissionId, espId, serviceId, version, ean, tenureNo, tenureFromS, need }
  const times = { requestedAtMs, answerByMs, grantedAtMs, untilMs, readingsFromS, endedAtMs }
  const permission = { ...scope, ...times, state, endCause: endCause ?? undefined }
  return { no, espNo, serviceNo, accountNo, meteringPointId, tenureToS, permission }
}

/** The first event, with the permission's row. */
export async function insertRequested(
  trx: Trx,
  event: PermissionEvent & { kind: 'requested' },
  { espNo, serviceNo, accountNo }: { espNo: number; serviceNo: number; accountNo: number },
  actor: string,
): Promise<{ no: number; permission: Permission }> {
  const permission = apply(undefined, event)
  const { permissionId: id, version, tenureNo, state, requestedAtMs, answerByMs } = permission
  const numbers = { espNo, serviceNo, accountNo, version, tenureNo }
  const none = { grantedAtMs: 0, untilMs: 0, readingsFromS: 0, endedAtMs: 0, endCause: null }
  const { no } = await trx
    .insertInto('permission')
    .values({ id, ...numbers, state, requestedAtMs, answerByMs, ...none })
    .returning('no')
    .executeTakeFirstOrThrow()
  const { espId, serviceId, tenureFromS } = event.scope
  await record(trx, no, event, actor, {
    permissionId: id,
    espId,
    serviceId,
    version,
    tenureNo,
    tenureFromS,
    answerByMs,
  })
  return { no, permission }
}

/** Any later event, with the state that it makes. */
export async function insertNext(
  trx: Trx,
  row: PermissionRow,
  event: Exclude<PermissionEvent, { kind: 'requested' }>,
  actor: string,
  facts: GrantFacts | { reason: string } | undefined = undefined,
): Promise<PermissionRow> {
  const permission = apply(row.permission, event)
  const { state, grantedAtMs, untilMs, readingsFromS, endedAtMs, endCause = null } = permission
  await trx
    .updateTable('permission')
    .set({ state, grantedAtMs, untilMs, readingsFromS, endedAtMs, endCause })
    .where('no', '=', row.no)
    .execute()
  const { kind: _kind, atMs: _atMs, ...body } = event
  await record(trx, row.no, event, actor, { ...body, ...facts })
  return { ...row, permission }
}

async function record(
  trx: Trx,
  permissionNo: number,
  { kind, atMs }: { kind: PermissionState; atMs: number },
  actor: string,
  body: object,
): Promise<void> {
  const row = await trx
    .insertInto('permissionEvent')
    .values({ permissionNo, atMs, actor, kind, body: JSON.stringify(body) })
    .returningAll()
    .executeTakeFirstOrThrow()
  await seal(trx, 'permissionEvent', row)
}

/** Granted permissions whose events make exactly what their row says, and the ids of those whose do not: somebody has written past the register. */
export async function standingPermissions(from: Trx): Promise<{ standing: Permission[]; odd: string[] }> {
  const rows = rowsOf(await selectPermissions(from).where('permission.state', '=', 'granted').execute())
  const events = await from
    .selectFrom('permissionEvent')
    .innerJoin('permission', 'permission.no', 'permissionEvent.permissionNo')
    .select(['permissionNo', 'kind', 'atMs', 'body'])
    .where('permission.state', '=', 'granted')
    .orderBy('permissionEvent.no')
    .execute()
  const ofPermission = Map.groupBy(events, event => event.permissionNo)
  const standing: Permission[] = []
  const odd: string[] = []
  for (const { no, permission } of rows) {
    const made = replay((ofPermission.get(no) ?? []).map(event => eventOf(event, permission)))
    if (JSON.stringify(made) === JSON.stringify(permission)) standing.push(permission)
    else odd.push(permission.permissionId)
  }
  return { standing, odd }
}

/** An event of the core as it was written; `scope` lends what the event leaves out because it stands elsewhere. */
export function eventOf(
  row: { kind: PermissionState; atMs: number; body: string },
  scope: PermissionScope,
): PermissionEvent {
  const { kind, atMs } = row
  const body = JSON.parse(row.body)
  switch (kind) {
    case 'requested': {
      const { answerByMs, permissionId, espId, serviceId, version, tenureNo, tenureFromS } = body
      const asWritten = { permissionId, espId, serviceId, version, tenureNo, tenureFromS }
      return { kind, atMs, answerByMs, scope: { ...scope, ...asWritten } }
    }
    case 'granted':
      return { kind, atMs, untilMs: body.untilMs, readingsFromS: body.readingsFromS }
    case 'refused':
      return { kind, atMs }
    default:
      return { kind, atMs, cause: body.cause }
  }
}

export async function permissionRow(from: Trx, permissionId: string): Promise<PermissionRow | undefined> {
  return rowsOf(await selectPermissions(from).where('permission.id', '=', permissionId).execute())[0]
}

/** Undefined also for somebody else's. */
export async function ownRow(from: Trx, accountNo: number, permissionId: string): Promise<PermissionRow | undefined> {
  const row = await permissionRow(from, permissionId)
  return row?.accountNo === accountNo ? row : undefined
}
