// Native instructions of every callback of the bundle on the real engine, one by one: callgrind writes a dump at each mark
// (script.ts), and what lies between two marks is one step.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { POOL_AT } from '../../firmware/config.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import type { DongleConfig, Identity } from '../../shared/session/system-page.ts'
import { startRealEngine } from '../../test/support/real-engine.ts'
import { type Drive, driver, HOOKS, MARK_FUNCTION } from './script.ts'

/** A profiler on a machine with other work takes its time. */
const RUN_MS = 900_000

export interface Step {
  /** start, chunks, chunk, tick, later, connected, socket data … */
  kind: string
  /** Which telegram of the run was the last; -1 before the first. */
  telegram: number
  instructions: number
}

export interface Enrolled {
  identity: Identity
  config: DongleConfig
}

export interface Run extends Omit<Drive, 'count' | 'bytes'>, Enrolled {
  engine: string
  bundle: string
  /** All of one length. */
  telegrams: string[]
  /** What the rings' sectors hold before the first start. */
  pool?: Uint8Array
}

function totalOf(path: string): number {
  return Number(/^(?:summary|totals): (\d+)/m.exec(readFileSync(path, 'latin1'))?.[1])
}

/** Runs the bundle through the telegrams, a simulated second each; what an empty step costs is taken off. */
export async function measureSteps(run: Run): Promise<{ steps: Step[]; lines: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-steps-'))
  const drive = { ...run, count: run.telegrams.length, bytes: run.telegrams[0]?.length ?? 0 }
  const running = await startRealEngine({
    engine: run.engine,
    bundle: run.bundle + driver(drive),
    under: ['valgrind', '--tool=callgrind', `--dump-before=${MARK_FUNCTION}`, `--callgrind-out-file=${folder}/out`],
    prepare: chip => {
      const storage = openStorage(chip)
      storage.write('.boot1', Buffer.from(HOOKS, 'latin1'))
      storage.write('telegrams', Buffer.from(run.telegrams.join(''), 'latin1'))
      prepareFlash(chip, run.identity, run.config)
      if (run.pool) chip.write(POOL_AT, run.pool)
    },
  })
  try {
    await running.waitFor(/^Not implemented/, RUN_MS)
    await running.ended()
    const found = running.lines.flatMap(line => /^STEP (-?\d+) (.*)$/.exec(line)?.slice(1) ?? [])
    const steps: Step[] = []
    for (let i = 0; i < found.length; i += 2) {
      const instructions = totalOf(join(folder, `out.${i + 2}`))
      steps.push({ telegram: Number(found[i]), kind: found[i + 1]!, instructions })
    }
    const empty = Math.min(...steps.filter(step => step.kind === 'empty').map(step => step.instructions))
    const own = steps.filter(step => step.kind !== 'empty')
    return { steps: own.map(step => ({ ...step, instructions: step.instructions - empty })), lines: running.lines }
  } finally {
    await running.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
