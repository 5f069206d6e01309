// The machine's clock, for processes that serve.

import type { Clock } from '../../shared/kernel/clock.ts'

export const systemClock: Clock = {
  monotonicMs: () => Math.floor(performance.now()),
  wallS: () => Math.floor(Date.now() / 1000),
  wallMs: () => Date.now(),
}
