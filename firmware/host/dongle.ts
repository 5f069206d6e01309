// The virtual dongle as a thing on a table: it boots, runs the bundle, loses power and boots again on the same flash; one can
// pull its network, its plug, or spoil its P1 wire. What it does is told as events; how they are shown is main.ts's business.

import type { HostClock } from './clock.ts'
import { bootEngine, type EndReason, type Engine } from './engine.ts'
import { type Cut, type FlashChip, type FlashOperation, openFlashChip } from './flash.ts'
import { type NetworkFaults, openNetwork } from './net.ts'
import type { LineSituation, P1Line, P1LineOptions } from './p1-line.ts'
import type { WifiHouse } from './wifi.ts'

export type DongleEvent =
  | { event: 'boot'; count: number; after: EndReason | 'start' }
  | { event: 'print'; line: string }
  | { event: 'ended'; reason: EndReason }
  | { event: 'network'; state: 'cut' | 'healed' }
  | { event: 'noise'; isOn: boolean }
  | { event: 'line'; situation: LineSituation }
  | { event: 'status'; status: DongleHostStatus }

interface DongleHostStatus {
  boots: number
  isRunning: boolean
  isCut: boolean
  isNoisy: boolean
  /** P1 bytes given to the port since start. */
  p1Bytes: number
  flashOperations: number
  uptimeS: number
}

export interface VirtualDongleOptions {
  clock: HostClock
  bundle: { code: string; filename: string; map?: string }
  /** Flash image; in memory only if absent. */
  flashPath?: string
  /** Called with the opened chip before the first boot. */
  prepare?(chip: FlashChip): void
  /** Opens the P1 wire; the dongle gives it a way into its port, and whether it asks for data. */
  openLine?(feed: P1LineOptions['feed'], isRequested: P1LineOptions['isRequested']): P1Line
  tell(event: DongleEvent): void
  /** Asked before each flash operation, for fault injection. */
  fault?(operation: FlashOperation): Cut
  lookup?(host: string): string | null
  /** Pin levels that the bundle sets; undefined: high impedance. */
  pin?(pin: number, level: number | undefined): void
  /** The access points within reach and their faults; may be changed while the dongle runs. */
  house?: WifiHouse
}

export interface VirtualDongle {
  cut(): void
  heal(): void
  /** What the network behind the access point does to connections. */
  networkFaults(faults: NetworkFaults): void
  reboot(): void
  /** Pulls the plug now, or (`half`) in the middle of the next flash operation. */
  powerCut(when: 'now' | 'half'): void
  noise(isOn: boolean): void
  /** What is wrong between meter and dongle. */
  line(situation: LineSituation): void
  status(): DongleHostStatus
  stop(): Promise<void>
}

/** The pin of the P1 port's data request (flash.config.json). */
const REQUEST_PIN = 18
const BOOT_MS = 300
/** How long the plug stays out. */
const OFF_MS = 1000

/** Boots at once. Throws what opening the flash file or the P1 device throws. */
export function openVirtualDongle(options: VirtualDongleOptions): VirtualDongle {
  const { clock, tell } = options
  const network = openNetwork()
  let isCutArmed = false
  let isNoisy = false
  let isStopped = false
  let boots = 0
  let p1Bytes = 0
  let bootedMs = clock.nowMs()
  let engine: Engine | undefined
  let isRequested = false
  let cancelBoot = (): void => {}

  const fault = (operation: FlashOperation): Cut => {
    if (!isCutArmed) return options.fault?.(operation) ?? 'none'
    isCutArmed = false
    return 'half'
  }
  let chip = openFlashChip({ path: options.flashPath, fault })
  options.prepare?.(chip)

  /** After a power cut the chip is opened again: what was not written is gone. */
  function powerUp(): void {
    if (!chip.isDead) return
    const image = options.flashPath === undefined ? chip.memory : undefined
    if (options.flashPath !== undefined) chip.close()
    chip = openFlashChip({ path: options.flashPath, image, fault })
  }

  function boot(after: EndReason | 'start'): void {
    powerUp()
    boots++
    bootedMs = clock.nowMs()
    isRequested = false
    tell({ event: 'boot', count: boots, after })
    engine = bootEngine({
      chip,
      clock,
      network,
      bundle: options.bundle,
      print: line => tell({ event: 'print', line }),
      ended,
      lookup: options.lookup,
      pin: (pin, level) => {
        if (pin === REQUEST_PIN) isRequested = level === 1
        options.pin?.(pin, level)
      },
      house: options.house,
    })
  }

  function ended(reason: EndReason): void {
    tell({ event: 'ended', reason })
    if (reason === 'halt' || isStopped) return
    cancelBoot()
    cancelBoot = clock.after(reason === 'power-cut' ? OFF_MS : BOOT_MS, () => boot(reason))
  }

  const line = options.openLine?.(
    (bytes, wire) => {
      p1Bytes += bytes.length
      if (engine?.isRunning) engine.serial(2).feed(bytes, wire)
    },
    () => isRequested,
  )
  boot('start')

  const status = (): DongleHostStatus => ({
    boots,
    isRunning: engine?.isRunning ?? false,
    isCut: network.isCut(),
    isNoisy,
    p1Bytes,
    flashOperations: chip.operations,
    uptimeS: Math.round((clock.nowMs() - bootedMs) / 1000),
  })
  return {
    cut: () => {
      network.setCut(true)
      tell({ event: 'network', state: 'cut' })
      engine?.wifiLost()
    },
    heal: () => {
      network.setCut(false)
      tell({ event: 'network', state: 'healed' })
    },
    networkFaults: network.setFaults,
    reboot: () => engine?.stop('reboot'),
    powerCut: when => {
      if (when === 'half') isCutArmed = true
      else engine?.stop('power-cut')
    },
    noise: isOn => {
      isNoisy = isOn
      line?.setNoise(isOn)
      tell({ event: 'noise', isOn })
    },
    line: situation => {
      line?.setSituation?.(situation)
      tell({ event: 'line', situation })
    },
    status,
    stop: async () => {
      isStopped = true
      cancelBoot()
      line?.stop()
      engine?.stop('halt')
      if (!chip.isDead) chip.close()
      await network.stop()
    },
  }
}
