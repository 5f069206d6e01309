// A data need, the scope of a permission and a granted one, as tests want them.

import {
  apply,
  decide,
  type Permission,
  type PermissionAct,
  type PermissionScope,
} from '../../backend/consent/permission.ts'
import type { DataNeed } from '../../shared/schema/data-need.ts'
import { EAN, valueOrThrow } from './facts.ts'

export const GRANTED_MS = 1_776_268_800_000

export function aNeed(change: Partial<DataNeed> = {}): DataNeed {
  return {
    purpose: { nl: 'Tips', fr: 'Conseils', de: 'Tipps', en: 'Tips' },
    fields: ['offtakeW', 'injectionW'],
    periodS: 10,
    aggregation: 'mean',
    historyS: 0,
    everyS: 60,
    lifetimeS: 86_400,
    ...change,
  }
}

export function someScope(change: Partial<PermissionScope> = {}): PermissionScope {
  return {
    permissionId: 'perm_0000000000000000',
    espId: 'esp_0000000000000000',
    serviceId: 'svc_0000000000000000',
    version: 1,
    ean: EAN,
    tenureNo: 1,
    tenureFromS: GRANTED_MS / 1000 - 30 * 86_400,
    need: aNeed(),
    ...change,
  }
}

export function acted(permission: Permission | undefined, act: PermissionAct, atMs: number): Permission {
  return apply(permission, valueOrThrow(decide(permission, act, atMs)))
}

export function requested(scope: PermissionScope = someScope(), atMs: number = GRANTED_MS): Permission {
  return acted(undefined, { act: 'request', scope, answerByMs: atMs + 3_600_000 }, atMs)
}

export function granted(scope: PermissionScope = someScope(), atMs: number = GRANTED_MS): Permission {
  return acted(requested(scope, atMs), { act: 'grant' }, atMs)
}
