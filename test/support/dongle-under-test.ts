// The dongle's bundle on the two machines it can run on here: the virtual dongle, always, and the real engine when one is at
// hand. Both start from a prepared flash image; the test is the meter.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JOURNAL_AT, JOURNAL_SECTORS, SECTOR_BYTES } from '../../firmware/config.ts'
import { type DongleEvent, openVirtualDongle } from '../../firmware/host/dongle.ts'
import type { FlashChip } from '../../firmware/host/flash.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import { openJournal, type Unkept } from '../../firmware/journal.ts'
import type { DongleConfig, Identity } from '../../shared/session/system-page.ts'
import { openFairClock } from './fair-clock.ts'
import { createNor } from './nor.ts'
import { startRealEngine } from './real-engine.ts'

/** The virtual dongle's seconds are this much shorter; the engine's are real ones. */
const SPEED = 5

export interface DongleSetup {
  bundle: string
  /** Absent: a dongle that was never enrolled. */
  identity?: Identity
  config: DongleConfig
}

export interface DongleUnderTest {
  /** Everything on its console so far. */
  lines: string[]
  /** Resolves when a second of the dongle has passed. */
  second(): Promise<void>
  /** Puts bytes on the P1 wire. */
  send(bytes: string): void
  /** Pulls the plug and puts it back. */
  powerCycle(): Promise<void>
  /** What the journal in flash says was noticed and did not reach the ring. */
  unkept(): Unkept[]
  /** The whole flash as it is now. */
  flash(): Buffer
  stop(): Promise<void>
}

/** Reads the journal in a flash image as the next boot would, and changes nothing. */
function unkeptIn(flashPath: string): Unkept[] {
  const nor = createNor(JOURNAL_SECTORS)
  nor.cells.set(readFileSync(flashPath).subarray(JOURNAL_AT, JOURNAL_AT + JOURNAL_SECTORS * SECTOR_BYTES))
  return openJournal(nor, 4_000_000_000).unkept
}

const prepare = (setup: DongleSetup) => (chip: FlashChip) => {
  if (setup.identity) prepareFlash(chip, setup.identity, setup.config)
}

export async function startVirtual(setup: DongleSetup): Promise<DongleUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-dongle-'))
  const flashPath = join(folder, 'flash.bin')
  const lines: string[] = []
  let feed: (bytes: Uint8Array) => void = () => {}
  let boots = 0
  const clock = openFairClock(SPEED)
  const dongle = openVirtualDongle({
    clock,
    bundle: { code: setup.bundle, filename: 'nrt.js' },
    flashPath,
    prepare: prepare(setup),
    openLine: into => {
      feed = into
      return { setNoise: () => {}, stop: () => {} }
    },
    tell: (event: DongleEvent) => {
      if (event.event === 'print') lines.push(event.line)
      if (event.event === 'boot') boots++
    },
  })
  return {
    lines,
    second: () => new Promise(resolve => clock.after(1000, resolve)),
    send: bytes => feed(Buffer.from(bytes, 'latin1')),
    powerCycle: async () => {
      const before = boots
      dongle.powerCut('now')
      while (boots === before) await new Promise(resolve => setTimeout(resolve, 20))
    },
    unkept: () => unkeptIn(flashPath),
    flash: () => readFileSync(flashPath),
    stop: async () => {
      await dongle.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** `vars` variables: How many variables the engine gets. */
export async function startOnEngine(setup: DongleSetup, engine: string, vars: number): Promise<DongleUnderTest> {
  const real = await startRealEngine({
    engine,
    bundle: setup.bundle,
    prepare: prepare(setup),
    hasP1: true,
    restarts: true,
    env: { ESPRUINO_VARS: String(vars) },
  })
  return {
    lines: real.lines,
    second: () => new Promise(resolve => setTimeout(resolve, 1000)),
    send: bytes => real.sendP1(bytes),
    powerCycle: () => real.powerCycle(),
    unkept: () => unkeptIn(real.flashPath),
    flash: () => readFileSync(real.flashPath),
    stop: () => real.stop(),
  }
}
