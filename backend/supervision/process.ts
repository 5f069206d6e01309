// What every process of the platform tells of itself: memory, processor, event loop (prom-client's own names), which version runs, and what
// time it thinks it is, so that whoever scrapes can hold it against their own clock.

import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client'
import packageJson from '../../package.json' with { type: 'json' }
import type { Clock } from '../../shared/kernel/clock.ts'

export const VERSION: string = packageJson.version

/** Once per registry. */
export function watchProcess(registry: Registry, clock: Clock): void {
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  new Gauge({ name: 'nrt_build_info', help: '1; which version runs', labelNames: ['version'], registers }).set(
    { version: VERSION },
    1,
  )
  const now: Gauge = new Gauge({
    name: 'nrt_clock_timestamp_seconds',
    help: 'What time this process has',
    registers,
    collect: () => now.set(clock.wallS()),
  })
}
