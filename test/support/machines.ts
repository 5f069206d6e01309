// What the tests of the whole bundle have in common: the machines that it runs on here, the bundle, and that everything which
// a test opened ends with it. The virtual dongle is always there, the engine when one is at hand (ESPRUINO=/path or on PATH).

import { afterEach, beforeAll } from 'vitest'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { type DongleSetup, type DongleUnderTest, startOnEngine, startVirtual } from './dongle-under-test.ts'
import { findEngine, fitEngineVersion } from './real-engine.ts'

const BUILD_MS = 240_000

export interface Machine {
  name: string
  start(setup: DongleSetup): Promise<DongleUnderTest>
}

export interface FitEngine {
  path: string
  version: string
}

/** The engine, if one is at hand that looks like the chip; else undefined, with a word about it. */
export function fitEngine(): FitEngine | undefined {
  const path = findEngine()
  const version = path && fitEngineVersion(path)
  if (path && version) return { path, version }
  console.log('no fit Espruino (ESPRUINO=… or on PATH): what wants it is skipped')
  return undefined
}

/** `variables`: how many the engine has. */
export function machinesWith(engine: FitEngine | undefined, variables: number): Machine[] {
  const machines = [{ name: 'the virtual dongle', start: startVirtual }]
  if (engine) {
    const start = (setup: DongleSetup) => startOnEngine(setup, engine.path, variables)
    machines.push({ name: `Espruino ${engine.version}`, start })
  }
  return machines
}

/** The firmware, built before the tests of the file; on a machine with other work that takes its time. */
export function builtBefore(): { code: string; problems: string[] } {
  const built = { code: '', problems: [] as string[] }
  beforeAll(async () => {
    Object.assign(built, await bundleFirmware(new URL('../../firmware/main.ts', import.meta.url).pathname))
  }, BUILD_MS)
  return built
}

/** What is pushed here ends after each test of the file, the newest first. */
export function endedAfterEach(): { stop(): unknown }[] {
  const opened: { stop(): unknown }[] = []
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.stop()
  })
  return opened
}
