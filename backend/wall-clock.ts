// Epoch milliseconds from a clock that may know whole seconds only.

import type { Clock } from '../shared/kernel/clock.ts'

export function wallMsOf(clock: Clock): number {
  return clock.wallMs?.() ?? clock.wallS() * 1000
}
