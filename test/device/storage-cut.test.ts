// The engine's Storage is not safe when the power fails while it compacts: at the next boot it finds itself corrupt and erases
// everything, the program with it. The virtual dongle does the same at the same cuts; the engine is asked about the same chips.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bootEngine } from '../../firmware/host/engine.ts'
import { type Cut, openFlashChip } from '../../firmware/host/flash.ts'
import { openNetwork } from '../../firmware/host/net.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import { findEngine, fitEngineVersion } from '../support/real-engine.ts'
import { openSteppedClock } from '../support/stepped-clock.ts'

const engine = findEngine()
const version = engine && fitEngineVersion(engine)

const text = (character: string, length: number): Buffer => Buffer.from(character.repeat(length), 'latin1')

/** A Storage with a program and two files that were written again, so that there is something to compact. */
function aChip(): Uint8Array {
  const chip = openFlashChip({})
  const storage = openStorage(chip)
  storage.write('state', text('1', 3000))
  storage.write('.bootcde', Buffer.from('print("BOOTED");'.padEnd(20_000), 'latin1'))
  storage.write('state', text('2', 3000))
  storage.write('more', text('m', 6000))
  storage.write('state', text('3', 3000))
  return chip.memory
}

/** The chip as the power left it: compaction cut at operation `at`; undefined when it ended before. */
function cutAt(at: number, moment: Cut): Uint8Array | undefined {
  const chip = openFlashChip({ image: aChip(), fault: ({ index }) => (index === at ? moment : 'none') })
  try {
    openStorage(chip).compact()
  } catch {
    return chip.memory
  }
  return undefined
}

interface Case {
  at: number
  moment: Cut
  image: Uint8Array
  isWiped: boolean
}
const CASES: Case[] = []
for (const moment of ['before', 'half', 'after'] as const) {
  for (let at = 0; ; at++) {
    const image = cutAt(at, moment)
    if (!image) break
    CASES.push({ at, moment, image, isWiped: !openStorage(openFlashChip({ image })).isValid() })
  }
}

test('a compaction that is not cut keeps every file', () => {
  const chip = openFlashChip({ image: aChip() })
  const storage = openStorage(chip)
  const before = storage.freeBytes()
  storage.compact()
  expect(storage.list()).toEqual(['.bootcde', 'more', 'state'])
  expect(Buffer.from(storage.read('state') ?? []).toString()).toBe('3'.repeat(3000))
  expect(storage.isValid()).toBe(true)
  expect(storage.freeBytes()).toBe(before + 2 * 3032)
})

test('most cuts of a compaction are the end of the Storage at the next boot', async () => {
  const wiped = CASES.filter(one => one.isWiped)
  expect(wiped.length).toBeGreaterThan(CASES.length / 2)
  const chip = openFlashChip({ image: wiped[0]?.image })
  const lines: string[] = []
  const network = openNetwork()
  const running = bootEngine({
    chip,
    clock: openSteppedClock(),
    network,
    bundle: { code: 'print(require("Storage").list().length+" files")', filename: 'app.js' },
    print: line => lines.push(line),
    ended: () => {},
  })
  running.stop('halt')
  await network.stop()
  expect(lines).toEqual(['Storage is corrupt.', '0 files'])
})

/** Boots the engine on a chip; true when it said that its Storage is corrupt, and erased it. */
async function isWipedByEngine(image: Uint8Array): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-cut-'))
  try {
    writeFileSync(join(folder, 'espruino.flash'), image)
    const child = spawn(engine as string, [], { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
    })
    const isErased = (): boolean =>
      readFileSync(join(folder, 'espruino.flash')).subarray(0x320000, 0x400000).equals(Buffer.alloc(0xe0000, 0xff))
    const verdict = (): string => {
      if (said.includes('BOOTED')) return 'boots'
      return said.includes('Storage is corrupt') && isErased() ? 'wiped' : `undecided: ${said}`
    }
    await expect.poll(verdict, { timeout: 10_000, interval: 20 }).toMatch(/^(boots|wiped)$/)
    const exited = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
    return verdict() === 'wiped'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe.skipIf(!version)('the engine', () => {
  test('decides so at every one of these cuts', { timeout: 120_000 }, async () => {
    for (const one of CASES) {
      expect([one.at, one.moment, await isWipedByEngine(one.image)]).toEqual([one.at, one.moment, one.isWiped])
    }
  })
})
