// The permission register over the store, put together: what holds in memory, subscribing, every end, notices, the access log, and the timer that ends
// lifetimes at their instant. Composition only; each rule is in the file that has its name.

import type { Talk } from '../siblings/talk.ts'
import type { Store } from '../store/store.ts'
import { logAccess } from './access-log.ts'
import { openElsewhere } from './elsewhere.ts'
import { createEnding } from './ending.ts'
import { openNotices } from './notices.ts'
import type { Receipts } from './receipt.ts'
import type { PermissionRegister } from './register.ts'
import { permissionRow, standingPermissions } from './rows.ts'
import { createSubscribing } from './subscribing.ts'
import type { Terms } from './terms.ts'
import { createTransacting } from './transact.ts'
import { createValidity, type ValidityWriter } from './validity.ts'

export interface PermissionRooms {
  store: Store
  talk: Pick<Talk, 'tell' | 'tellAll' | 'hear' | 'onMissed'>
  terms: Terms
  receipts: Receipts
  /** Epoch ms. */
  nowMs(): number
  /** What a listener of ends and grants threw, or what stands in the database that cannot. */
  broken(error: unknown): void
}

/** A timer can be no longer, and a clock may be set. */
const LOOK_EVERY_MS = 60_000
/** After a look that failed: a store in trouble is not asked without a pause. */
const AGAIN_AFTER_MS = 1000

/** Reads what stands; resolves when it can be asked. */
export async function openPermissionRegister(rooms: PermissionRooms): Promise<PermissionRegister> {
  const { store, terms, receipts, nowMs } = rooms
  const validity = createValidity(rooms.broken)
  const notices = openNotices(store, nowMs)
  validity.onEnded(({ espId }) => notices.added(espId))
  validity.onGranted(({ espId }) => notices.added(espId))
  const elsewhere = openElsewhere(store, rooms.talk, validity, rooms.broken)
  const transacting = createTransacting(store, validity, elsewhere)
  const ending = createEnding({ store, transacting, terms, nowMs })
  // Behind whoever ends one now: the line that said so was before our time.
  const { standing, odd } = await store.registers.transaction().execute(standingPermissions)
  for (const permission of standing) validity.opened(permission, true)
  if (odd.length > 0)
    rooms.broken(new Error(`${odd.length} permissions are not what their events make; they are not valid`))
  return {
    ...validity,
    ...ending,
    ...createSubscribing({ transacting, ending, terms, receipts, nowMs }),
    // Memory is right as long as others are heard.
    validAt: (permissionId, atMs) => store.siblings.isCurrent() && validity.validAt(permissionId, atMs),
    notices,
    find: async permissionId => (await permissionRow(store.registers, permissionId))?.permission,
    logAccess: accesses => logAccess(store, accesses),
    watch: failed => watchTime(validity, ending.expire, nowMs, failed),
  }
}

/** validAt() is exact by itself; this writes the event, as soon as it is due. Returns how to end it. */
function watchTime(
  validity: ValidityWriter,
  expire: () => Promise<void>,
  nowMs: () => number,
  failed: (error: unknown) => void,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  let isStopped = false
  const stopGranted = validity.onGranted(arm)
  arm()
  return () => {
    isStopped = true
    clearTimeout(timer)
    stopGranted()
    return looking
  }

  function arm(): void {
    const next = validity.nextEndMs()
    lookIn(next === undefined ? LOOK_EVERY_MS : Math.min(LOOK_EVERY_MS, Math.max(1, next - nowMs())))
  }

  function lookIn(waitMs: number): void {
    if (isStopped) return
    clearTimeout(timer)
    timer = setTimeout(look, waitMs)
    timer.unref()
  }

  function look(): void {
    looking = expire().then(arm, error => {
      failed(error)
      lookIn(AGAIN_AFTER_MS)
    })
  }
}
