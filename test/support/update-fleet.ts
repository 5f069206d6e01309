// The room of updates on a real store with a fleet of dongles that are known and otherwise quiet, two operators, and trust in three release
// keys: for tests that are the dongles themselves, at the port where the gateway asks.

import { Registry } from 'prom-client'
import { openDongleRegister } from '../../backend/dongles/dongle-register.ts'
import { createMetrics } from '../../backend/supervision/metrics.ts'
import type { MemberState } from '../../backend/updates/members.ts'
import type { RolloutPlan } from '../../backend/updates/plan.ts'
import type { RolloutView, Word } from '../../backend/updates/rollouts.ts'
import { openUpdates, type Updates } from '../../backend/updates/updates.ts'
import type { UpdatePort } from '../../shared/port/update-port.ts'
import type { Trust } from '../../shared/schema/release.ts'
import { manualClock, valueOrThrow } from './facts.ts'
import { aRelease, type TestRelease, TRUST } from './releases.ts'
import { identityOf } from './scripted-dongle.ts'
import { openTestStore } from './store.ts'

const MAKER = 'operator acc_maker'
const CHECKER = 'operator acc_checker'

export type UpdateFleet = Awaited<ReturnType<typeof openUpdateFleet>>

export async function openUpdateFleet(dongles: number) {
  const t = await openTestStore()
  const clock = manualClock()
  const register = openDongleRegister(t.store, clock)
  for (let i = 0; i < dongles; i++) valueOrThrow(await register.register(identityOf(i), 'test'))
  const invited: string[] = []
  const metrics = createMetrics(new Registry())
  let trust: Trust = TRUST
  const open = (): Updates =>
    openUpdates({
      store: t.store,
      clock,
      metrics,
      trust,
      lookEveryMs: 1_000_000,
      mayLook: () => true,
      credentials: register.credentials,
      wake: dongleId => void invited.push(dongleId),
      onTrouble: error => {
        throw error
      },
    })
  let updates = open()
  let rolloutId = ''

  const fleet = {
    clock,
    path: t.path,
    register,
    invited,
    maker: MAKER,
    get updates(): Updates {
      return updates
    },
    get port(): UpdatePort {
      return updates.desk
    },
    get rolloutId(): string {
      return rolloutId
    },
    id: (number: number): string => identityOf(number).dongleId,
    key: (number: number): Uint8Array => identityOf(number).deviceKey,
    async release(wish: TestRelease): Promise<void> {
      valueOrThrow(await updates.releases.add(aRelease(wish), MAKER))
    },
    /** Proposed by one and approved by the other. */
    async start(version: number, plan: RolloutPlan): Promise<RolloutView> {
      const proposed = valueOrThrow(await updates.rollouts.propose({ version, plan, pilots: [] }, MAKER))
      rolloutId = proposed.id
      return fleet.say('approved')
    },
    async say(word: Word): Promise<RolloutView> {
      return valueOrThrow(await updates.rollouts.say(rolloutId, word, CHECKER))
    },
    async show(): Promise<RolloutView> {
      return (await updates.rollouts.show(rolloutId)) as RolloutView
    },
    async states(): Promise<MemberState[]> {
      return (await updates.rollouts.members(rolloutId, undefined, { after: -1, limit: 1000 })).map(
        member => member.state,
      )
    },
    async count(state: MemberState): Promise<number> {
      return (await fleet.show()).counts[state] ?? 0
    },
    /** So many seconds pass, and the rollouts are looked at. */
    async look(seconds: number): Promise<void> {
      clock.nowS += seconds
      await updates.rollouts.lookAtAll()
    },
    /** Everything that is only in memory is gone. */
    async restart(trusted = TRUST): Promise<void> {
      await updates.stop()
      trust = trusted
      updates = open()
    },
    async stop(): Promise<void> {
      await updates.stop()
      await t.close()
    },
  }
  return fleet
}
