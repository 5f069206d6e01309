// A fleet, a release that is good or bad, people who pause and resume, and time: the rollout's pure core among things that can happen, from
// one seed. Dongles come and go, answer late or never, and the core is put away and taken out again as a restart would.

import { isOpen, type MemberReport, type MemberState, memberAfter, tallyOf } from '../../backend/updates/members.ts'
import type { RolloutPlan } from '../../backend/updates/plan.ts'
import { isInWindow } from '../../backend/updates/plan.ts'
import {
  mayGive,
  proposeRollout,
  type Rollout,
  type RolloutEvent,
  stepRollout,
  type WaveTally,
} from '../../backend/updates/rollout.ts'
import { assert } from '../../shared/kernel/assert.ts'
import { type Random, randomBelow, seededRandom } from '../../shared/kernel/random.ts'

export interface Fleet {
  dongles: number
  /** Thousandths of the dongles on which the release does not come up healthy, that are away for good, that fall silent with it. */
  badPermille: number
  awayPermille: number
  silentPermille: number
  /** Thousandths of the ticks in which a dongle can be reached. */
  herePermille: number
}

interface Member {
  state: MemberState
  givenAtS: number | null
  waveNo: number | null
  fate: 'well' | 'bad' | 'silent' | 'away'
  answersAtS: number
}

export const TICK_S = 600
const SEQUENCE = 7

export class RolloutWorld {
  rollout: Rollout
  readonly members: Member[]
  /** When the world began, epoch seconds. */
  nowS = 1_790_000_000
  wavesOpened = 0
  private readonly random: Random
  private readonly fleet: Fleet

  constructor(seed: number, plan: RolloutPlan, fleet: Fleet) {
    this.random = seededRandom(seed)
    this.fleet = fleet
    this.rollout = proposeRollout(plan, fleet.dongles, 'maker')
    const drawn = (permille: number): boolean => randomBelow(this.random, 1000) < permille
    this.members = Array.from({ length: fleet.dongles }, () => ({
      state: 'waiting' as const,
      givenAtS: null,
      waveNo: null,
      fate: drawn(fleet.awayPermille)
        ? ('away' as const)
        : drawn(fleet.badPermille)
          ? ('bad' as const)
          : drawn(fleet.silentPermille)
            ? ('silent' as const)
            : ('well' as const),
      answersAtS: 0,
    }))
  }

  tallies(): WaveTally[] {
    const silentAtS = this.nowS - this.rollout.plan.answerS
    return this.rollout.plan.waves.map((_, waveNo) =>
      tallyOf(
        this.members
          .filter(member => member.waveNo === waveNo)
          .map(({ state, givenAtS }) => ({ state, isLate: (givenAtS as number) <= silentAtS, count: 1 })),
      ),
    )
  }

  count(state: MemberState): number {
    return this.members.filter(member => member.state === state).length
  }

  given(): number {
    return this.members.filter(member => member.givenAtS !== null).length
  }

  /** What a person or the clock says to it; false when it is refused. Each step goes through text, as through a restart. */
  step(event: RolloutEvent): boolean {
    const before = JSON.stringify(this.rollout)
    const stepped = stepRollout(JSON.parse(before), this.tallies(), event)
    assert(JSON.stringify(this.rollout) === before, 'the core changes nothing in place')
    if (!stepped.ok) return false
    this.rollout = JSON.parse(JSON.stringify(stepped.value.rollout))
    for (const effect of stepped.value.effects) {
      if (effect.kind === 'wave') this.wavesOpened++
      if (effect.kind !== 'withdraw') continue
      for (const member of this.members) if (member.state === 'given') member.state = 'withdrawn'
    }
    return true
  }

  /** Ten minutes pass: dongles come by, answers arrive, the rollout looks. */
  tick(): void {
    this.nowS += TICK_S
    for (const [rank, member] of this.members.entries()) {
      if (member.fate === 'away' || randomBelow(this.random, 1000) >= this.fleet.herePermille) continue
      if (member.state === 'waiting' && mayGive(this.rollout, rank, this.given(), this.nowS)) this.give(member)
      else if (isOpen(member.state) && member.answersAtS <= this.nowS) this.answer(member)
    }
    this.step({ kind: 'looked', nowS: this.nowS })
  }

  private give(member: Member): void {
    const { state, plan } = this.rollout
    assert(state === 'running' || state === 'done', 'nothing is given while it does not run')
    assert(this.rollout.approver !== null && this.rollout.approver !== this.rollout.maker, 'two people have said yes')
    assert(isInWindow(plan.window, this.nowS), 'nothing is given outside the window')
    member.state = 'given'
    member.givenAtS = this.nowS
    member.waveNo = this.rollout.waveNo
    member.answersAtS = this.nowS + TICK_S * (1 + randomBelow(this.random, 6))
    this.step({ kind: 'looked', nowS: this.nowS })
  }

  private answer(member: Member): void {
    const report: MemberReport | undefined =
      member.fate === 'silent'
        ? undefined
        : member.state === 'given'
          ? { outcome: 'begun' }
          : member.fate === 'bad'
            ? { outcome: 'returned', running: SEQUENCE - 1 }
            : { outcome: 'done', running: SEQUENCE }
    if (report === undefined) return
    member.state = memberAfter(member.state, report, SEQUENCE)
    this.step({ kind: 'looked', nowS: this.nowS })
  }
}
