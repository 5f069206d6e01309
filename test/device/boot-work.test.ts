// A start may look at flash for a second at most: what months without a network leave behind costs, against blank flash, no more
// instructions than the slowest ESP32 does in that time. On the real engine under callgrind; without both it is skipped.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { JOURNAL_AT, POOL_AT } from '../../firmware/config.ts'
import type { FlashChip } from '../../firmware/host/flash.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { CONFIG, IDENTITY } from '../cuts/world.ts'
import { createFullFlash } from '../support/full-flash.ts'
import { findEngine, fitEngineVersion, startRealEngine } from '../support/real-engine.ts'

const MAIN = new URL('../../firmware/main.ts', import.meta.url).pathname
/** What an ESP32 does in a second at the least (instructions of the Linux build). */
const INSTRUCTIONS_MAX = 72e6
const engine = findEngine()
const canMeasure =
  engine !== undefined && fitEngineVersion(engine) !== undefined && spawnSync('valgrind', ['--version']).status === 0

async function instructions(code: string, prepare: (chip: FlashChip) => void): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-callgrind-'))
  const running = await startRealEngine({
    engine: engine as string,
    bundle: `${code}\nE.reboot();`,
    under: ['valgrind', '--tool=callgrind', `--callgrind-out-file=${folder}/out`],
    prepare: chip => {
      prepareFlash(chip, IDENTITY, { ...CONFIG, networks: [] })
      prepare(chip)
    },
  })
  try {
    await running.ended()
    const out = readFileSync(join(folder, readdirSync(folder)[0] as string), 'utf8')
    return Number(/^(?:summary|totals): (\d+)/m.exec(out)?.[1])
  } finally {
    await running.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

test.skipIf(!canMeasure)(
  'a start with every ring and the journal full does a second of work more than on blank flash',
  { timeout: 480_000 },
  async () => {
    const { code } = await bundleFirmware(MAIN)
    // eleven days of a meter that sends every minute fill the finest ring and more; the journal has gone round
    const full = createFullFlash(11, 60)
    const blank = await instructions(code, () => {})
    const used = await instructions(code, chip => {
      chip.write(POOL_AT, full.pool.cells)
      chip.write(JOURNAL_AT, full.journal.cells)
    })
    console.log(`start on full flash: ${((used - blank) / 1e6).toFixed(1)} M instructions more than on blank flash`)
    expect(used - blank).toBeLessThan(INSTRUCTIONS_MAX)
  },
)
