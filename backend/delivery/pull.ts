// What an ESP fetches by itself: the newest reading, a range page by page, what is missing in it. The gate is asked before anything is read and again in
// the turn in which the answer is given; a permission that there is not, is over, or is another ESP's are one answer.

import type { Clock } from '../../shared/kernel/clock.ts'
import type { Gap } from '../../shared/schema/readings.ts'
import type { DataAccess } from '../consent/access-log.ts'
import type { Permission } from '../consent/permission.ts'
import type { PermissionRegister } from '../consent/register.ts'
import { gapsOfTenure } from '../metering-points/range.ts'
import { Problem } from '../problem.ts'
import type { ReadingReader, Store } from '../store/store.ts'
import { cutOf, type Delivered, periodStartS } from './cut.ts'
import { type Delivery, deliveryOf } from './delivery.ts'
import { readPermitted } from './permitted.ts'

export interface PullRooms {
  store: ReadingReader & Pick<Store, 'siblings'>
  permissions: Pick<PermissionRegister, 'validAt' | 'permission' | 'logAccess'>
  clock: Clock
  nowMs(): number
}

export interface Page {
  delivery: Delivery
  next: string | null
}

export interface Pull {
  latest(espId: string, permissionId: string): Promise<Delivery>
  range(
    espId: string,
    permissionId: string,
    query: { fromS: number; toS: number; limit: number; cursor?: string },
  ): Promise<Page>
  gaps(espId: string, permissionId: string, fromS: number, toS: number): Promise<Gap[]>
}

/** How far back the newest reading is looked for. */
const LATEST_WITHIN_S = 900

export function createPull(rooms: PullRooms): Pull {
  const { store, clock } = rooms
  const log = createGroupedLog(accesses => rooms.permissions.logAccess(accesses))
  return { latest, range, gaps }

  function permissionOf(espId: string, permissionId: string): Permission {
    // What others have ended may not be known here: nothing is given, and nothing is denied.
    if (!store.siblings.isCurrent()) throw new Problem('store.unavailable', 'unreachable')
    const permission = rooms.permissions.permission(permissionId)
    const isOwn = permission?.espId === espId && rooms.permissions.validAt(permissionId, rooms.nowMs())
    if (permission === undefined || !isOwn) throw new Problem('permission.unknown')
    return permission
  }

  async function latest(espId: string, permissionId: string): Promise<Delivery> {
    const permission = permissionOf(espId, permissionId)
    const cut = cutOf(permission)
    await store.settled()
    const newest = await store.newest(permission.tenureNo)
    const toS = Math.min((newest?.row.toS ?? 0) + 1, cut.untilS)
    // The last whole period: of one that still runs nothing is said.
    const untilS = cut.periodS === 1 ? toS : periodStartS(toS, cut.periodS)
    const stretch = { fromS: Math.max(0, untilS - Math.max(cut.periodS, LATEST_WITHIN_S)), toS: untilS }
    const { rows } = await readPermitted(store, permission.tenureNo, cut, stretch, LATEST_WITHIN_S + 1)
    return taken(permission, rows.slice(-1), stretch.fromS, stretch.toS)
  }

  async function range(
    espId: string,
    permissionId: string,
    { fromS, toS, limit, cursor }: { fromS: number; toS: number; limit: number; cursor?: string },
  ): Promise<Page> {
    const permission = permissionOf(espId, permissionId)
    if (fromS >= toS) throw new Problem('range.invalid', 'fromS must be before toS.')
    const beginS = cursor === undefined ? fromS : decodeCursor(cursor, permissionId)
    if (beginS === undefined || beginS < fromS || beginS > toS) throw new Problem('cursor.invalid')
    await store.settled()
    const cut = cutOf(permission)
    const page = await readPermitted(store, permission.tenureNo, cut, { fromS: beginS, toS }, limit)
    const delivery = await taken(permission, page.rows, beginS, page.untilS)
    return { delivery, next: page.untilS < toS ? encodeCursor(permissionId, page.untilS) : null }
  }

  /** What is missing is told for the agreed time only: neither its history nor its future is anybody's. */
  async function gaps(espId: string, permissionId: string, fromS: number, toS: number): Promise<Gap[]> {
    const permission = permissionOf(espId, permissionId)
    if (fromS >= toS) throw new Problem('range.invalid', 'fromS must be before toS.')
    const cut = cutOf(permission)
    await store.settled()
    const endS = Math.min(toS, cut.untilS, clock.wallS())
    const found = await gapsOfTenure(store, permission.tenureNo, Math.max(fromS, cut.fromS), endS)
    permissionOf(espId, permissionId)
    return found
  }

  /** It is written down before it leaves, and asked for once more when it does. */
  async function taken(permission: Permission, rows: Delivered[], fromS: number, toS: number): Promise<Delivery> {
    const { permissionId, espId } = permission
    const [first, last] = [rows[0]?.timeS ?? fromS, rows.at(-1)?.timeS ?? Math.max(fromS, toS - 1)]
    await log({ permissionId, atMs: rooms.nowMs(), channel: 'rest', readings: rows.length, fromS: first, toS: last })
    permissionOf(espId, permissionId)
    if (rows.length > 0) return deliveryOf(permission, rows)
    return { ...deliveryOf(permission, [{ timeS: fromS }]), rows: [], range: { fromS, toS } }
  }
}

/** Many at once are one transaction: what comes while one is written waits for the next. */
function createGroupedLog(write: (accesses: DataAccess[]) => Promise<void>): (access: DataAccess) => Promise<void> {
  let waiting: DataAccess[] = []
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<void> | undefined
  return access => {
    waiting.push(access)
    next ??= running.then(() => {
      const some = waiting
      waiting = []
      next = undefined
      const written = write(some)
      running = written.catch(() => undefined)
      return written
    })
    return next
  }
}

function encodeCursor(permissionId: string, nextFromS: number): string {
  return Buffer.from(`p1.${permissionId}.${nextFromS}`, 'latin1').toString('base64url')
}

function decodeCursor(cursor: string, permissionId: string): number | undefined {
  const match = /^p1\.([\w-]{1,64})\.([0-9]{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  return match !== null && match[1] === permissionId ? Number(match[2]) : undefined
}
