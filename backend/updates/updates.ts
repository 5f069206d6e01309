// The room of updates put together: releases, rollouts, the desk, and a look at everything every few seconds. Dongles that may have
// something to fetch are told so at a walking pace, so that a wave of thousands is no stampede.

import type { Clock } from '../../shared/kernel/clock.ts'
import type { DongleCredentials } from '../../shared/port/dongle-directory.ts'
import type { UpdatePort } from '../../shared/port/update-port.ts'
import type { Trust } from '../../shared/schema/release.ts'
import type { Store } from '../store/store.ts'
import type { BackendMetrics } from '../supervision/metrics.ts'
import { type DdiDesk, openDdiDesk } from './ddi-desk.ts'
import { openDesk } from './desk.ts'
import { openReleases, type Releases } from './releases.ts'
import { ROLLOUT_STATES } from './rollout.ts'
import { openRollouts, type Rollouts } from './rollouts.ts'
import { openTurns } from './turns.ts'

export interface Updates {
  releases: Releases
  rollouts: Rollouts
  desk: UpdatePort
  ddi: DdiDesk
  /** Ends the looking; safe to call twice. */
  stop(): Promise<void>
}

export interface UpdatesSetup {
  store: Store
  clock: Clock
  metrics: BackendMetrics
  trust: Trust | undefined
  /** Absent: another process looks at the rollouts of this store. */
  lookEveryMs: number | undefined
  /** This process is the one that looks now, of all that have this store. */
  mayLook(): boolean
  credentials(dongleId: string): Promise<DongleCredentials | undefined>
  /** The dongle may be given something, if it is here. */
  wake(dongleId: string): void
  onTrouble(error: unknown): void
}

const INVITED_A_SECOND = 100
const NEVER_MS = 2_147_483_647

export function openUpdates({ store, clock, metrics, trust, lookEveryMs, ...outside }: UpdatesSetup): Updates {
  const invited = new Set<string>()
  const releases = openReleases(store, clock, trust)
  const rollouts = openRollouts(store, clock, releases.isTrusted, dongleIds => {
    for (const dongleId of dongleIds) invited.add(dongleId)
  })
  const turns = openTurns(clock, rollouts, state => metrics.updateEnds.inc({ state }))
  const desk = openDesk({ store, clock, turns, credentials: outside.credentials })
  let running: Promise<void> = Promise.resolve()
  let isLooking = false

  async function look(): Promise<void> {
    if (outside.mayLook()) await rollouts.lookAtAll()
    const rows = await store.registers
      .selectFrom('rollout')
      .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
      .groupBy('state')
      .execute()
    for (const state of ROLLOUT_STATES) {
      metrics.rollouts.set({ state }, Number(rows.find(row => row.state === state)?.count ?? 0))
    }
  }

  const looking = setInterval(() => {
    if (isLooking || lookEveryMs === undefined) return
    isLooking = true
    running = look()
      .catch(outside.onTrouble)
      .finally(() => {
        isLooking = false
      })
  }, lookEveryMs ?? NEVER_MS)
  looking.unref()
  const inviting = setInterval(() => {
    for (const dongleId of [...invited].slice(0, INVITED_A_SECOND / 10)) {
      invited.delete(dongleId)
      outside.wake(dongleId)
    }
  }, 100)
  inviting.unref()

  return {
    releases,
    rollouts,
    desk,
    ddi: openDdiDesk(store, clock, turns),
    async stop() {
      clearInterval(looking)
      clearInterval(inviting)
      await running
    },
  }
}
