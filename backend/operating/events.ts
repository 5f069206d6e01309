// What operators do beside dongles and updates, as events of the audit. The event is written first: what cannot be written down is not done.

import type { Clock } from '../../shared/kernel/clock.ts'
import { seal } from '../audit/audit.ts'
import type { Store } from '../store/store.ts'
import type { OperateKind } from '../store/tables.ts'

/** `detail` never holds an EAN, a key or a reading. */
export type NoteOperation = (
  actor: string,
  kind: OperateKind,
  about?: { dongleNo?: number; detail?: string },
) => Promise<void>

export function openOperateEvents({ registers }: Store, clock: Clock): NoteOperation {
  return (actor, kind, { dongleNo = null, detail = null }: { dongleNo?: number | null; detail?: string | null } = {}) =>
    registers.transaction().execute(async trx => {
      const row = { atS: clock.wallS(), actor, kind, dongleNo, detail }
      await seal(
        trx,
        'operateEvent',
        await trx.insertInto('operateEvent').values(row).returningAll().executeTakeFirstOrThrow(),
      )
    })
}
