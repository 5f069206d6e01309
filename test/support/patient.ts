// A real virtual dongle with something the matter, between a real platform and a serial console: what the doctor sees of it by either
// way. Its time runs fast.

import { createHash } from 'node:crypto'
import { openVirtualDongle, type VirtualDongle } from '../../firmware/host/dongle.ts'
import type { FlashChip } from '../../firmware/host/flash.ts'
import { createHousehold } from '../../firmware/host/household.ts'
import { telegramText } from '../../firmware/host/meter.ts'
import { type LineSituation, lineFromMeter } from '../../firmware/host/p1-line.ts'
import { prepareFlash } from '../../firmware/host/prepare-flash.ts'
import type { WifiHouse } from '../../firmware/host/wifi.ts'
import type { SerialLine } from '../../installer/flash/serial-line.ts'
import type { DongleConfig } from '../../shared/session/system-page.ts'
import { openFairClock } from './fair-clock.ts'
import { identityOf } from './scripted-dongle.ts'

export const SPEED = 30

export interface Complaint {
  number: number
  bundle: string
  startS: number
  config: Partial<DongleConfig> & { port: number }
  line?: LineSituation
  house?: WifiHouse
  hasIdentity?: boolean
  /** So many of its first starts end by a power cut as soon as it has said their number. */
  cutsAtStart?: number
  /** After identity and configuration are written. */
  prepare?(chip: FlashChip): void
  /** What the meter sends, changed. */
  telegram?(text: string): string
}

export interface Patient {
  dongleId: string
  deviceKey: Uint8Array
  dongle: VirtualDongle
  /** Everything on its console so far. */
  lines: string[]
  /** Plugs a cable in: hears what comes from now on. */
  cable(): SerialLine
  stop(): Promise<void>
}

export function admit(complaint: Complaint): Patient {
  const { number, bundle, startS, house, telegram = text => text } = complaint
  const identity = {
    ...identityOf(number),
    seedPool: new Uint8Array(createHash('sha512').update(`${number}`).digest()),
  }
  const networks = [{ ssid: 'cellar', password: 'of-nobody' }]
  const config = { host: '127.0.0.1', isTls: false, networks, intervalS: 10, ...complaint.config }
  const household = createHousehold({ seed: number, startS, hasPhases: true })
  const clock = openFairClock(SPEED)
  const lines: string[] = []
  const listeners = new Set<(line: string) => void>()
  let cuts = complaint.cutsAtStart ?? 0
  const dongle = openVirtualDongle({
    clock,
    bundle: { code: bundle, filename: 'nrt.js' },
    house,
    lookup: () => null,
    prepare: chip => {
      prepareFlash(chip, complaint.hasIdentity === false ? undefined : identity, config)
      complaint.prepare?.(chip)
    },
    openLine: (feed, isRequested) => {
      const meter = { telegramAt: (timeS: number) => telegram(telegramText('fluvius', household.next(timeS))) }
      const line = lineFromMeter(meter, { clock, startS, feed, isRequested })
      line.setSituation?.(complaint.line ?? 'good')
      return line
    },
    tell: event => {
      if (event.event !== 'print') return
      lines.push(event.line)
      for (const listener of listeners) listener(event.line)
      // from outside, when its program has had its turn
      if (event.line.startsWith('boot ') && cuts-- > 0) setImmediate(() => dongle.powerCut('now'))
    },
  })
  return {
    dongleId: identity.dongleId,
    deviceKey: identity.deviceKey,
    dongle,
    lines,
    cable: () => cableTo(listeners),
    stop: () => dongle.stop(),
  }
}

function cableTo(listeners: Set<(line: string) => void>): SerialLine {
  let take: (bytes: Uint8Array) => void = () => {}
  const hear = (line: string): void => take(Buffer.from(`${line}\r\n>`, 'latin1'))
  listeners.add(hear)
  return {
    path: 'cable',
    isOpen: true,
    hasControlLines: false,
    onData: listener => {
      take = listener
    },
    onLost: () => {},
    write: () => Promise.reject(new Error('the doctor types nothing')),
    setBaud: async () => {},
    setLines: async () => {},
    close: async () => void listeners.delete(hear),
  }
}
