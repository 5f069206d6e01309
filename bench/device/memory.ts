// Variables and native stack of the bundle on the real engine, as it runs: after start, in steady state, through a backlog, over
// many thousand telegrams. Clocks are compressed: a simulated second takes as long as its work.

import { readFileSync } from 'node:fs'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import { startGatewayUnderTest } from '../../test/support/gateway-under-test.ts'
import { NO_PRELUDE, startRealEngine } from '../../test/support/real-engine.ts'
import { householdTelegrams, START_S, TELEGRAM_BYTES } from './households.ts'
import { MEMORY_HOOKS, memoryDriver } from './script.ts'
import type { Enrolled } from './steps.ts'

/** A machine with other work takes its time. */
const RUN_MS = 900_000
/** What lies in Storage; the run goes through them again and again. */
const TELEGRAMS = 300

export interface MemoryRun {
  /** After start, before the first telegram. */
  afterStart: number
  /** Variables in use, every so many telegrams. */
  curve: { used: number }[]
  /** The most that were seen in use while sealing, hashing, reading and writing flash, or after any callback. */
  most: number
  /** Bytes of stack that were touched; an idle engine's are not taken off. */
  stackBytes: number
  lines: string[]
}

/** kB of stack pages that were ever touched. */
function stackKbOf(pid: number): number {
  const maps = readFileSync(`/proc/${pid}/smaps`, 'utf8')
  return Number(/\[stack\][\s\S]*?Rss:\s+(\d+) kB/.exec(maps)?.[1] ?? 0)
}

/**
 * `count` telegrams; the gateway opens its port when `gatewayAfter` of them are in the ring, so that a backlog drains while the
 * rest comes. The engine has `variables`. Without `enrolled.config.networks` there is no gateway. `leakEvery`: as memoryDriver.
 */
export async function measureMemory(
  engine: string,
  bundle: string,
  enrolled: Enrolled,
  count: number,
  every: number,
  variables: number,
  gatewayAfter?: number,
  leakEvery = 0,
): Promise<MemoryRun> {
  const telegrams = householdTelegrams(TELEGRAMS)
  const drive = { count, bytes: TELEGRAM_BYTES, pauseMs: gatewayAfter === undefined ? 1 : 40, isEach: false }
  const running = await startRealEngine({
    engine,
    bundle: bundle + memoryDriver(drive, every, leakEvery),
    // with fewer free than main.ts wants its collector runs, as on the module
    env: { ESPRUINO_VARS: String(variables) },
    prepare: chip => {
      const storage = openStorage(chip)
      storage.write('.boot1', Buffer.from(`${MEMORY_HOOKS}BENCH.have=${TELEGRAMS};`, 'latin1'))
      storage.write('telegrams', Buffer.from(telegrams.join(''), 'latin1'))
      prepareFlash(chip, enrolled.identity, enrolled.config)
    },
  })
  let gateway: Awaited<ReturnType<typeof startGatewayUnderTest>> | undefined
  try {
    if (gatewayAfter !== undefined) {
      await running.waitFor(new RegExp(`^VARS ${gatewayAfter} `), RUN_MS)
      gateway = await startGatewayUnderTest({ mqttPort: enrolled.config.port, intervalS: enrolled.config.intervalS }, [
        enrolled.identity,
      ])
      gateway.time.wallS = START_S
      await running.waitFor(/^acked: 0 in the ring/, RUN_MS)
    }
    await running.waitFor(new RegExp(`^VARS ${count} `), RUN_MS)
    const stackBytes = stackKbOf(running.pid()) * 1024
    const vars = running.lines.flatMap(line => {
      const found = /^VARS (\d+) (\d+) (\d+)/.exec(line)
      return found ? [[Number(found[1]), Number(found[2]), Number(found[3])] as const] : []
    })
    return {
      afterStart: vars[0]?.[1] ?? 0,
      curve: vars.slice(1).map(([, used]) => ({ used })),
      most: Math.max(...vars.map(([, , most]) => most)),
      stackBytes,
      lines: running.lines,
    }
  } finally {
    await running.stop()
    await gateway?.gateway.stop()
  }
}

/**
 * What the measuring itself has in use, taken off what is measured: hooks, driver, the telegram that is being fed, and what stands in for the
 * chip's Wi-Fi, pins and registers.
 */
export async function ownVariables(engine: string, enrolled: Enrolled): Promise<number> {
  const listener = 'Serial2.on("data",function(){});setInterval(function(){},1000);'
  const { curve } = await measureMemory(engine, listener, enrolled, 20, 10, 5000)
  const idle = await startRealEngine({
    engine,
    bundle: `${NO_PRELUDE}${listener}print("USAGE "+process.memory().usage);`,
  })
  try {
    return (curve.at(-1)?.used ?? 0) - Number((await idle.waitFor(/^USAGE \d+/)).slice(6))
  } finally {
    await idle.stop()
  }
}

/** Bytes of stack that the engine touches without a program of ours. */
export async function idleStackBytes(engine: string): Promise<number> {
  const running = await startRealEngine({ engine, bundle: 'print("IDLE");' })
  try {
    await running.waitFor(/^IDLE/)
    return stackKbOf(running.pid()) * 1024
  } finally {
    await running.stop()
  }
}
