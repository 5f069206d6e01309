// One row of the matrix: dongles send, something goes wrong and is mended, and then it is counted how long it took until every dongle was answered
// again, and whether all that was acknowledged is in the store, once.

import { setTimeout as delay } from 'node:timers/promises'
import { driveFleet, EAGER } from '../support/driven-fleet.ts'
import { DONGLES, type Stage, type StageName, T0_S } from './stage.ts'

export interface Row {
  /** fault: part */
  name: string
  stage: StageName
  /** Played in the short form. */
  isQuick?: boolean
  /** Absent: RECOVERY_MOST_S. */
  recoveryMostS?: number
  /** Why it cannot be played here; undefined: it can. */
  missing?(): string | undefined
  /** Hurts something for about `holdMs`; all of it is mended when this resolves. */
  hurt(stage: Stage, holdMs: number): Promise<void>
  /** Looks at what else must hold when all has recovered; a sentence if it does not. */
  look?(stage: Stage): Promise<string | undefined>
}

/** One that is played in a way of its own. */
export interface PlayedRow extends Omit<Row, 'hurt' | 'look'> {
  play(stage: Stage, holdMs: number): Promise<Played>
}

export interface Played {
  result: Result
  /** Something did not come back, and the stage is of no more use. */
  isOver: boolean
}

export interface Result {
  name: string
  /** Acknowledged readings that are not in the store as they were sent. */
  lost: number
  /** Readings that are there twice. */
  doubled: number
  /** Readings that were sent in this row. */
  sent: number
  /** From the end of the fault until every dongle was answered for something new. */
  recoveryS: number
  ok: boolean
  /** What was wrong, in words. */
  note?: string
}

/** A line that is dead without a word is given up after 4 s and dialled again within 5; what hangs on it comes again after that. */
export const RECOVERY_MOST_S = 15
/** Beyond it nobody waits: the row is failed, and its stage is of no more use. */
const GIVE_UP_S = 90
/** As EAGER, and like the firmware it does not trust a line that gives no answers. */
const DRIVE = { ...EAGER, perSecond: 20, silentMs: 4000 }

/** Never rejects. */
export async function playRow(row: Row | PlayedRow, stage: Stage, holdMs: number): Promise<Played> {
  if ('hurt' in row) return playHurt(row, stage, holdMs)
  try {
    return await row.play(stage, holdMs)
  } catch (error) {
    const nothing = { lost: 0, doubled: 0, sent: 0, recoveryS: Number.NaN }
    return { result: { name: row.name, ...nothing, ok: false, note: (error as Error).message }, isOver: true }
  } finally {
    for (const line of stage.apart.lines(/./)) line.set()
  }
}

async function playHurt(row: Row, stage: Stage, holdMs: number): Promise<Played> {
  const fleet = driveFleet(stage.apart, stage.dongles, T0_S, DRIVE, stage.nextSeqs)
  const result: Result = { name: row.name, lost: 0, doubled: 0, sent: 0, recoveryS: Number.NaN, ok: false }
  try {
    await within(fleet.answered(), 'the fleet was not answered before anything was wrong')
    await row.hurt(stage, holdMs)
    const healedMs = performance.now()
    await within(fleet.answered(), `not every dongle was answered within ${GIVE_UP_S} s`)
    result.recoveryS = Math.round((performance.now() - healedMs) / 100) / 10
    const note = await row.look?.(stage)
    const compared = await within(fleet.settle(), 'not everything that was sent was answered')
    stage.nextSeqs = fleet.nextSeqs()
    const sent = compared.batchesSent * 10
    Object.assign(result, { lost: compared.lost, doubled: compared.doubled, sent })
    const slow = result.recoveryS > (row.recoveryMostS ?? RECOVERY_MOST_S) ? 'recovered too late' : undefined
    const invented = compared.invented > 0 ? `${compared.invented} readings that nobody sent` : undefined
    result.note = note ?? slow ?? invented
    result.ok = compared.lost + compared.doubled === 0 && result.note === undefined && sent > DONGLES
    return { result, isOver: false }
  } catch (error) {
    result.note = (error as Error).message
    return { result, isOver: true }
  } finally {
    for (const line of stage.apart.lines(/./)) line.set()
    await fleet.stop()
  }
}

async function within<T>(work: Promise<T>, otherwise: string): Promise<T> {
  const patience = new AbortController()
  const late = delay(GIVE_UP_S * 1000, undefined, { signal: patience.signal }).then(
    () => Promise.reject(new Error(otherwise)),
    () => new Promise<never>(() => {}),
  )
  work.catch(() => {}) // heard here or, when it is late, of no interest
  try {
    return await Promise.race([work, late])
  } finally {
    patience.abort()
  }
}
