// The first who gets a group: it is written to the inbox, and with that it is stored; what is certainly new is said at once, before anything
// is in its place. It lives in a thread of its own (intake-thread.ts), which does nothing else, so that nobody waits for pages, rollups or
// the commits of others.

import { decodeBatch } from '../../../shared/batch/decode.ts'
import { assert } from '../../../shared/kernel/assert.ts'
import { keyRingOf } from '../key-ring.ts'
import { createCertainty, type Lesson } from './certainty.ts'
import { unpackGroup } from './group-codec.ts'
import { type Inbox, openInbox, type WaitingGroup } from './inbox.ts'
import { guarded } from './thread-jobs.ts'

/** Every job throws StoreFault when the disk is in trouble; nothing is half done then. Arguments and results can be cloned. */
export interface Intake {
  /** The group is on the disk when this returns. What stands here up to number `placedUpTo` is durable in its place, and may go. */
  take(block: Uint8Array, placedUpTo: number): TakenGroup
  learn(lessons: readonly Lesson[]): void
  forget(): void
  /** What is not known to be in its place, oldest first; what stands here up to number `placedUpTo` is. */
  waiting(placedUpTo: number): WaitingGroup[]
  /** Everything is in its place: empties the inbox, renews its key, and forgets. */
  erase(): void
  close(): void
}

export interface TakenGroup {
  no: number
  /** For each batch the tenure that it certainly goes to; UNSURE or BEHIND: the writer will say. */
  tenures: Float64Array
}

export function createIntake(path: string, kek: Uint8Array): Intake {
  const keys = keyRingOf(kek)
  const certainty = createCertainty()
  /** Opened by the first who stores readings, because it locks out every other process; one that only writes registers never does. */
  let inbox: Inbox | undefined

  return {
    take: (block, placedUpTo) =>
      told(() => {
        const open = opened()
        open.drop(placedUpTo)
        const no = open.put(block)
        return { no, tenures: tenuresOf(block) }
      }),
    learn: certainty.learn,
    forget: certainty.forget,
    waiting: placedUpTo =>
      told(() => {
        const open = opened()
        open.drop(placedUpTo)
        return open.all()
      }),
    erase() {
      told(() => opened().erase())
      certainty.forget()
    },
    close: () => inbox?.close(),
  }

  function told<T>(work: () => T): T {
    return guarded(path, work, () => undefined)
  }

  function opened(): Inbox {
    inbox ??= openInbox(path, keys)
    return inbox
  }

  /** The times alone are decoded: nothing else decides. */
  function tenuresOf(block: Uint8Array): Float64Array {
    return Float64Array.from(unpackGroup(block), ({ dongleId, bytes, receivedAtMs }) => {
      const decoded = decodeBatch(bytes, { fieldsUpTo: -1 })
      assert(decoded.ok, 'a verified batch can be decoded')
      return certainty.judge(dongleId, decoded.value, receivedAtMs)
    })
  }
}
