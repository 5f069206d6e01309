// Which permissions hold at this instant, from memory and without waiting: what the gate asks twice for each delivery. An end is closed here before its
// transaction commits and told to listeners when it has committed, so that no delivery can start after the commit; a grant opens only afterwards.

import type { Permission } from './permission.ts'
import { isValidAt } from './permission.ts'

export interface Validity {
  /** May something be delivered under this permission at `nowMs` (epoch ms)? False for an unknown one. Never waits, never throws. */
  validAt(permissionId: string, nowMs: number): boolean
  /** The permission while it is granted (or being ended); undefined otherwise. */
  permission(permissionId: string): Permission | undefined
  /** Those valid at `nowMs` for this metering point and tenure, by id. Another tenure's of the same point are never among them. */
  permissionsOf(ean: string, tenureNo: number, nowMs: number): Permission[]
  /** All valid at `nowMs` of one ESP, by id. */
  permissionsOfEsp(espId: string, nowMs: number): Permission[]
  /** Told synchronously, in the turn in which a commit is known: of each end, and of each grant. Returns how to stop listening. */
  onEnded(listener: (permission: Permission) => void): () => void
  onGranted(listener: (permission: Permission) => void): () => void
}

/** The register's side. */
export interface ValidityWriter extends Validity {
  /** A grant that has committed (or stood in the database at the start: `isOld`, then nobody is told). */
  opened(permission: Permission, isOld?: boolean): void
  /** From now on these are not valid; what comes of it is told to the returned. */
  closing(permissionIds: Iterable<string>): Closing
  /** All that are granted or being ended, by id. */
  held(): string[]
  /** When the next lifetime ends, epoch ms; undefined: none runs. */
  nextEndMs(): number | undefined
}

export interface Closing {
  /** The ends have committed, with these states. */
  committed(permissions: Iterable<Permission>): void
  /** They have not: what was valid is valid again. */
  failed(): void
}

/** `broken` is told what a listener threw: the others are told all the same. */
export function createValidity(broken: (error: unknown) => void): ValidityWriter {
  const held = new Map<string, Permission>()
  const byTenure = new Map<number, Set<string>>()
  const byEsp = new Map<string, Set<string>>()
  /** How many ends are under way for a permission: two may be, and one of them may fail. */
  const closings = new Map<string, number>()
  /** Ended before memory was told of their grant: what comes late does not revive them. */
  const endedEarly = new Set<string>()
  let soonestMs = Number.POSITIVE_INFINITY
  let isSoonestGone = false
  const endListeners = new Set<(permission: Permission) => void>()
  const grantListeners = new Set<(permission: Permission) => void>()

  return {
    validAt,
    permission: id => held.get(id),
    permissionsOf: (ean, tenureNo, nowMs) => valid(byTenure.get(tenureNo), nowMs).filter(one => one.ean === ean),
    permissionsOfEsp: (espId, nowMs) => valid(byEsp.get(espId), nowMs),
    onEnded: listener => listen(endListeners, listener),
    onGranted: listener => listen(grantListeners, listener),
    opened,
    closing,
    held: () => [...held.keys()],
    nextEndMs,
  }

  function validAt(permissionId: string, nowMs: number): boolean {
    const permission = held.get(permissionId)
    return permission !== undefined && !closings.has(permissionId) && isValidAt(permission, nowMs)
  }

  function valid(ids: Iterable<string> = [], nowMs: number): Permission[] {
    const found: Permission[] = []
    for (const id of ids) if (validAt(id, nowMs)) found.push(held.get(id) as Permission)
    return found.sort((a, b) => (a.permissionId < b.permissionId ? -1 : 1))
  }

  function opened(permission: Permission, isOld = false): void {
    const { permissionId, tenureNo, espId } = permission
    if (endedEarly.delete(permissionId)) return
    held.set(permissionId, permission)
    soonestMs = Math.min(soonestMs, permission.untilMs)
    join(byTenure, tenureNo, permissionId)
    join(byEsp, espId, permissionId)
    if (!isOld) tell(grantListeners, permission)
  }

  function closing(permissionIds: Iterable<string>): Closing {
    const ids = [...permissionIds]
    for (const id of ids) closings.set(id, (closings.get(id) ?? 0) + 1)
    let isOpen = true
    function done(): boolean {
      if (!isOpen) return false
      isOpen = false
      for (const id of ids) {
        const left = (closings.get(id) ?? 1) - 1
        if (left === 0) closings.delete(id)
        else closings.set(id, left)
      }
      return true
    }
    return {
      committed(permissions) {
        const ended = [...permissions]
        for (const permission of ended) forget(permission)
        done()
        for (const permission of ended) tell(endListeners, permission)
      },
      failed: () => void done(),
    }
  }

  function forget({ permissionId, tenureNo, espId, grantedAtMs, untilMs }: Permission): void {
    if (untilMs === soonestMs) isSoonestGone = true
    if (!held.delete(permissionId) && grantedAtMs > 0) endedEarly.add(permissionId)
    leave(byTenure, tenureNo, permissionId)
    leave(byEsp, espId, permissionId)
  }

  /** Looked for anew only when the soonest one has gone. */
  function nextEndMs(): number | undefined {
    if (isSoonestGone) {
      soonestMs = Number.POSITIVE_INFINITY
      for (const { untilMs } of held.values()) soonestMs = Math.min(soonestMs, untilMs)
      isSoonestGone = false
    }
    return held.size === 0 ? undefined : soonestMs
  }

  function tell(listeners: Set<(permission: Permission) => void>, permission: Permission): void {
    for (const listener of listeners) {
      try {
        listener(permission)
      } catch (error) {
        broken(error)
      }
    }
  }
}

function listen<T>(listeners: Set<(one: T) => void>, listener: (one: T) => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

function join<K>(index: Map<K, Set<string>>, key: K, id: string): void {
  const ids = index.get(key)
  if (ids === undefined) index.set(key, new Set([id]))
  else ids.add(id)
}

function leave<K>(index: Map<K, Set<string>>, key: K, id: string): void {
  const ids = index.get(key)
  ids?.delete(id)
  if (ids?.size === 0) index.delete(key)
}
