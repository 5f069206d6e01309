// After a recovery: is every promise kept? Two numbers come out that must be 0, and everything else that is wrong throws.

import { isDeepStrictEqual } from 'node:util'
import { configContent, readConfig, readIdentity } from '../../shared/session/system-page.ts'
import { batchesIn } from '../support/rings.ts'
import { COARSEST_S, type CutWorld, IDENTITY, INTERVAL_S, type Program, ringsOf } from './world.ts'

export interface Verdict {
  /** Readings that were in the ring, or acknowledged, and are nowhere now, nor told as dropped. */
  lostKept: number
  /** Telegrams that were noticed and are neither kept nor told as a loss; the one during which the power went is not among them. */
  missingUncounted: number
}

/** `rotten`: a bit of one record was turned over, so the readings of one batch may be told as a loss of flash. */
export function check(program: Program, rotten = false): Verdict {
  const { world } = program
  checkPages(world)
  const verdict = { lostKept: 0, missingUncounted: 0 }
  const [fine, ...coarse] = ringsOf(program).map(batchesIn) as [ReturnType<typeof batchesIn>]
  const fates = new Map<number, string[]>()
  for (const batch of fine) {
    const fate = fates.get(batch.boot) ?? []
    fates.set(batch.boot, fate)
    let seq = batch.firstSeq
    for (const loss of batch.losses) for (let i = 0; i < loss.count; i++) fate[loss.fromSeq + i] ??= loss.reason
    for (let i = 0; i < batch.timeS.length; i++, seq++) fate[seq] = 'waiting'
  }
  for (const [boot, { noticed, kept }] of world.promises.boots) {
    if (boot === program.boot) continue
    const fate = fates.get(boot) ?? []
    const stored = world.promises.storedSeqs.get(boot) ?? new Set()
    for (let seq = 0; seq < noticed; seq++) {
      const is = stored.has(seq) ? 'stored' : fate[seq]
      if (is === undefined) verdict.missingUncounted++
      else if (seq < kept && (is === 'power' || is === 'flash') && !rotten) verdict.lostKept++
    }
    const unsynced = noticed - kept
    if (unsynced > INTERVAL_S + 1) throw new Error(`${unsynced} readings were in memory only`)
  }
  verdict.lostKept += registersLost(
    world,
    [...fine, ...coarse.flat()].flatMap(batch => Array.from(batch.timeS)),
    rotten,
  )
  return verdict
}

function checkPages(world: CutWorld): void {
  const system = world.flashes[0]!
  const identity = readIdentity(system)
  if (!identity.ok || !isDeepStrictEqual(identity.value, IDENTITY)) throw new Error('the identity is gone')
  const config = readConfig(system)
  if (
    !config.ok ||
    !world.promises.configs.some(one => isDeepStrictEqual(configContent(one), configContent(config.value)))
  ) {
    throw new Error('the configuration is neither the old one nor the new one')
  }
}

/** Of every quarter-hour with a kept reading one is in a ring or stored, unless the coarsest ring has gone round. */
function registersLost(world: CutWorld, times: number[], rotten: boolean): number {
  const slotOf = (timeS: number) => Math.floor(timeS / COARSEST_S)
  const slots = new Set([...times, ...world.promises.storedTimes].map(slotOf))
  const missing = new Set(world.promises.keptTimes.map(slotOf).filter(slot => !slots.has(slot)))
  return rotten ? Math.max(0, missing.size - 8) : missing.size
}
