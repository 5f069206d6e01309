// Whole virtual dongles for the drill of a rollout: loader, rescue program and slots in flash, the very bundle, a meter, and real sessions. Their time
// runs fast. Which version runs they say themselves: the programs of the drill print it when they start.

import { createHash } from 'node:crypto'
import { openVirtualDongle } from '../../firmware/host/dongle.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { lineFromMeter } from '../../firmware/host/p1-line.ts'
import { prepareFlash, prepareProgram } from '../../firmware/host/prepare-flash.ts'
import type { BootFiles } from '../../scripts/build-boot.ts'
import { openFairClock } from '../support/fair-clock.ts'
import type { DongleIdentity } from '../support/scripted-dongle.ts'

const SPEED = 30
const START_S = 1_790_000_000

export interface FullDongle {
  readonly dongleId: string
  /** The version whose program started last and is still there. */
  running(): number
  /** How often a program fell when it was started. */
  crashes(): number
  stop(): Promise<void>
}

/** Fresh from the tool, with `program` of `version` in its first slot. */
export function openFullDongle(
  identity: DongleIdentity,
  port: number,
  boot: BootFiles,
  program: string,
  version: number,
): FullDongle {
  const bytes = (code: string): Uint8Array => new Uint8Array(Buffer.from(code, 'latin1'))
  const clock = openFairClock(SPEED)
  const seedPool = new Uint8Array(createHash('sha512').update(identity.dongleId).digest())
  const household = createHousehold({ seed: 5, startS: START_S, hasPhases: true })
  let running = 0
  let crashes = 0
  const dongle = openVirtualDongle({
    clock,
    prepare: chip => {
      const networks = [{ ssid: 'cellar', password: 'password' }]
      prepareFlash(chip, { ...identity, seedPool }, { host: '127.0.0.1', port, isTls: false, networks, intervalS: 10 })
      const { loader, rescue, updater } = boot
      prepareProgram(chip, {
        loader: bytes(loader),
        rescue: bytes(rescue),
        updater: bytes(updater),
        program: bytes(program),
        version,
      })
    },
    openLine: (feed, isRequested) =>
      lineFromMeter(
        { telegramAt: timeS => telegramText('fluvius', household.next(timeS)) },
        { clock, startS: START_S, feed, isRequested },
      ),
    tell: event => {
      if (event.event !== 'print') return
      const [, said] = /^version (\d+)$/.exec(event.line) ?? []
      if (said !== undefined) running = Number(said)
      if (event.line.startsWith('loader: fell')) crashes++
    },
  })
  return { dongleId: identity.dongleId, running: () => running, crashes: () => crashes, stop: () => dongle.stop() }
}
