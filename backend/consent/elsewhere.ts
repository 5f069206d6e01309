// What other backends on the same database have to know of permissions, and what they say: an end closes everywhere before it commits, a grant opens
// everywhere after it has. What becomes of an end that another has said is read from the database behind its transaction: registers' transactions follow
// each other (docs/adr/0058-delivery-with-several-backends.md).

import { setTimeout as delay } from 'node:timers/promises'
import type { Talk } from '../siblings/talk.ts'
import type { Store } from '../store/store.ts'
import type { Permission } from './permission.ts'
import { permissionRow, standingPermissions, type Trx } from './rows.ts'
import type { Closing, ValidityWriter } from './validity.ts'

export interface Elsewhere {
  /** Resolves when nothing leaves under these any more, wherever. Rejects with StoreFault when that cannot be said. */
  closing(permissionIds: readonly string[]): Promise<void>
  granted(permissionId: string): void
}

/** Ids in one line. */
const IDS_MAX = 150
const AGAIN_AFTER_MS = 1000

export function openElsewhere(
  { registers }: Pick<Store, 'registers'>,
  talk: Pick<Talk, 'tell' | 'tellAll' | 'hear' | 'onMissed'>,
  validity: ValidityWriter,
  broken: (error: unknown) => void,
): Elsewhere {
  talk.hear({
    closing: ({ permissionIds }) => void settle(permissionIds, validity.closing(permissionIds)),
    granted: ({ permissionId }) => void open(permissionId),
  })
  talk.onMissed(readAnew)

  return {
    async closing(permissionIds) {
      for (let i = 0; i < permissionIds.length; i += IDS_MAX) {
        await talk.tellAll({ do: 'closing', permissionIds: permissionIds.slice(i, i + IDS_MAX) })
      }
    },
    granted: permissionId => talk.tell({ do: 'granted', permissionId }),
  }

  /** They stay closed until it is known what became of them. */
  async function settle(permissionIds: readonly string[], closing: Closing): Promise<void> {
    const found = await untilRead(() => registers.transaction().execute(trx => statesOf(trx, permissionIds)))
    closing.committed(found.filter(({ state }) => state !== 'granted'))
  }

  async function open(permissionId: string): Promise<void> {
    const [found] = await untilRead(() => statesOf(registers, [permissionId]))
    if (found?.state === 'granted' && validity.permission(permissionId) === undefined) validity.opened(found)
  }

  /** Lines may have been missed: all that holds, from the database. */
  async function readAnew(): Promise<void> {
    const { standing } = await registers.transaction().execute(standingPermissions)
    const stand = new Set(standing.map(({ permissionId }) => permissionId))
    const gone = validity.held().filter(id => !stand.has(id))
    if (gone.length > 0) void settle(gone, validity.closing(gone))
    for (const permission of standing) {
      if (validity.permission(permission.permissionId) === undefined) validity.opened(permission)
    }
  }

  async function untilRead<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await read()
      } catch (error) {
        broken(error)
        await delay(AGAIN_AFTER_MS, undefined, { ref: false })
      }
    }
  }
}

async function statesOf(from: Trx, permissionIds: readonly string[]): Promise<Permission[]> {
  const found: Permission[] = []
  for (const id of permissionIds) {
    const row = await permissionRow(from, id)
    if (row !== undefined) found.push(row.permission)
  }
  return found
}
