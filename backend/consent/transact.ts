// One act on the registers as a whole: its transaction, what must be closed in memory before it commits and opened after, and, for a request with an
// idempotency key, its answer, kept with it.

import type { Result } from '../../shared/kernel/result.ts'
import type { Once } from '../api/once.ts'
import type { Store } from '../store/store.ts'
import type { Elsewhere } from './elsewhere.ts'
import type { Permission } from './permission.ts'
import type { Trx } from './rows.ts'
import type { Closing, ValidityWriter } from './validity.ts'

/** What an act does to memory; it happens when the transaction has committed, or is undone. */
export interface Effects {
  /** From now on it is not valid. Call before the end is written. */
  ends(permissionId: string): void
  /** As it was written. */
  ended(permission: Permission): void
  granted(permission: Permission): void
  /** Resolves when what ends here is closed in every other program too. Last thing before the commit. */
  closedEverywhere(): Promise<void>
}

/** What becomes of effects. */
export interface Outcome {
  committed(): void
  failed(): void
}

/** Takes back what a refused act has written, and carries its answer out. */
class RolledBack extends Error {
  readonly result: unknown
  constructor(result: unknown) {
    super('refused')
    this.result = result
  }
}

function createEffects(validity: ValidityWriter, elsewhere: Elsewhere): Effects & Outcome {
  let unsaid: string[] = []
  const closings: Closing[] = []
  const ended: Permission[] = []
  const granted: Permission[] = []
  return {
    ends(permissionId) {
      closings.push(validity.closing([permissionId]))
      unsaid.push(permissionId)
    },
    closedEverywhere() {
      const saying = unsaid
      unsaid = []
      return elsewhere.closing(saying)
    },
    ended: permission => void ended.push(permission),
    granted: permission => void granted.push(permission),
    committed() {
      for (const permission of granted) {
        validity.opened(permission)
        elsewhere.granted(permission.permissionId)
      }
      const [first, ...others] = closings
      // Ends are forgotten and told before the others let go: none of them is valid in between.
      first?.committed(ended)
      for (const closing of others) closing.committed([])
    },
    failed() {
      for (const closing of closings) closing.failed()
    },
  }
}

export interface Transacting {
  /** A refusal writes nothing. The value of an act under a key is what its request is answered with. */
  once<T, F>(once: Once | undefined, work: (trx: Trx, effects: Effects) => Promise<Result<T, F>>): Promise<Result<T, F>>
  /** The same without a key. */
  whole<T, F>(work: (trx: Trx, effects: Effects) => Promise<Result<T, F>>): Promise<Result<T, F>>
  /** For a transaction of somebody else's. */
  effectsFor(): Effects & Outcome
}

export function createTransacting({ registers }: Store, validity: ValidityWriter, elsewhere: Elsewhere): Transacting {
  return { once, whole, effectsFor: () => createEffects(validity, elsewhere) }

  function once<T, F>(key: Once | undefined, work: (trx: Trx, effects: Effects) => Promise<Result<T, F>>) {
    return whole<T, F>(async (trx, effects) => {
      const done = await work(trx, effects)
      if (done.ok) await key?.answered(trx, done.value)
      return done
    })
  }

  async function whole<T, F>(work: (trx: Trx, effects: Effects) => Promise<Result<T, F>>): Promise<Result<T, F>> {
    const effects = createEffects(validity, elsewhere)
    try {
      const done = await registers.transaction().execute(async trx => {
        const result = await work(trx, effects)
        if (!result.ok) throw new RolledBack(result)
        await effects.closedEverywhere()
        return result
      })
      effects.committed()
      return done
    } catch (error) {
      effects.failed()
      if (error instanceof RolledBack) return error.result as Result<T, F>
      throw error
    }
  }
}
