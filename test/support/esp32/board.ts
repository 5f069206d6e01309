// A board with an ESP32 on it, for tools that flash: power, reset and boot lines, a serial line with a speed, the loader, and
// behind it the flash that the virtual dongle boots from. Faults are asked for packet by packet.

import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { openVirtualDongle, type VirtualDongle } from '../../../firmware/host/dongle.ts'
import { type FlashChip, openFlashChip } from '../../../firmware/host/flash.ts'
import { openStorage } from '../../../firmware/host/storage.ts'
import type { WifiHouse } from '../../../firmware/host/wifi.ts'
import { openFairClock } from '../fair-clock.ts'
import { type Loader, openLoader } from './loader.ts'
import type { ChipKind } from './registers.ts'
import { slipFrame, slipReader } from './slip.ts'

export const ESP32: ChipKind = { magic: 0x00f01d83, flashSizeCode: 22, mac: '24:0a:c4:00:00:01' }

/** lose: the cable comes off. silence: it hears nothing any more. garble: what it says from now on is noise. */
export type BoardFault = 'none' | 'lose' | 'silence' | 'garble'

export interface BoardOptions {
  flashPath: string
  kind?: Partial<ChipKind>
  /** The line has no RTS and DTR; somebody holds BOOT while it is plugged in. */
  hasNoControlLines?: boolean
  /** Above this speed the adapter garbles. */
  baudMax?: number
  /** Asked for each packet of the host, counted from 1. */
  fault?(packet: number): BoardFault
  /** Also when it starts from flash: seconds run faster. Default 5. */
  speed?: number
  /** For the virtual dongle. */
  openLine?: Parameters<typeof openVirtualDongle>[0]['openLine']
  /** The access points around it. */
  house?: WifiHouse
  /** What the engine does not run: the program's start is refused (a broken module). */
  isDead?: boolean
}

export interface Board {
  /** From the host; `baud` is the host's speed, absent where nobody can tell: then it is taken for right. */
  receive(bytes: Uint8Array, baud?: number): void
  setLines(lines: { rts: boolean; dtr: boolean }): void
  /** To the host: bytes, and the end of the line. */
  onSend(listener: (bytes: Uint8Array) => void): void
  onLost(listener: () => void): void
  readonly packets: number
  /** True once it started from flash. */
  readonly isRunning: boolean
  /** The dongle's console so far. */
  printed: string[]
  /** Pulled out and plugged in somewhere else: it starts from flash. */
  replug(): void
  /** Where its port 80 is on this machine, while something listens there. */
  readonly setupAt: number | undefined
  /** Its program's clock, in ms. */
  nowMs(): number
  /** Holds BOOT and presses EN, which also mends a line that was pulled or noisy. */
  holdBoot(): void
  stop(): Promise<void>
}

const BOOT_ROM = 'ets Jun  8 2016 00:22:57\r\n\r\nrst:0x1 (POWERON_RESET),'

export function openBoard(options: BoardOptions): Board {
  const kind = { ...ESP32, ...options.kind }
  let state: 'off' | 'reset' | 'loader' | 'running' = 'off'
  let lines = { rts: false, dtr: false }
  let baud = 115200
  let packets = 0
  let fault: BoardFault = 'none'
  let chip: FlashChip | undefined
  let loader: Loader | undefined
  let dongle: VirtualDongle | undefined
  let send: (bytes: Uint8Array) => void = () => {}
  let lost: () => void = () => {}
  const printed: string[] = []
  const clock = openFairClock(options.speed ?? 5)
  let setupAt: number | undefined

  const say = (bytes: Uint8Array): void => {
    if (fault === 'none') send(bytes)
    else if (fault === 'garble') send(bytes.map(byte => byte ^ 0x5a))
  }
  const sayText = (text: string): undefined => void say(Buffer.from(text, 'latin1'))

  const readSlip = slipReader(packet => {
    packets++
    if (fault === 'none') fault = options.fault?.(packets) ?? 'none'
    if (fault === 'lose') {
      powerOff()
      lost()
    } else if (fault !== 'silence') loader?.take(packet)
  })

  function powerOff(): void {
    state = 'off'
    loader = undefined
    if (chip && !chip.isDead) chip.close()
    chip = undefined
    const old = dongle
    dongle = undefined
    void old?.stop()
  }

  function startLoader(): void {
    powerOff()
    baud = 115200
    state = 'loader'
    chip = openFlashChip({ path: options.flashPath })
    loader = openLoader(chip, kind, {
      send: packet => say(slipFrame(packet)),
      setBaud: to => {
        baud = to
      },
      restart: () => setImmediate(startFromFlash),
    })
    sayText(`${BOOT_ROM}boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\nwaiting for download\r\n`)
  }

  function startFromFlash(): undefined {
    powerOff()
    baud = 115200
    state = 'running'
    sayText(`${BOOT_ROM}boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n`)
    if (options.isDead || byteAt(options.flashPath, 0x1000) !== 0xe9) return sayText('flash read err, 1000\r\n')
    const stored = openFlashChip({ path: options.flashPath })
    const program = openStorage(stored).read('.bootcde')
    stored.close()
    if (program === undefined) return sayText('>')
    dongle = openVirtualDongle({
      clock,
      house: options.house,
      flashPath: options.flashPath,
      openLine: options.openLine,
      tell: event => {
        if (event.event === 'listening' && event.port === 80) setupAt = event.at
        if (event.event === 'ended') setupAt = undefined
        if (event.event !== 'print') return
        printed.push(event.line)
        sayText(`${event.line}\r\n`)
      },
    })
  }

  return {
    printed,
    get packets() {
      return packets
    },
    get isRunning() {
      return state === 'running'
    },
    receive(bytes, hostBaud = baud) {
      if (state !== 'loader') return
      // at another speed the chip hears other bytes, and so does the host
      if (hostBaud !== baud || hostBaud > (options.baudMax ?? hostBaud)) return send(bytes.map(byte => byte ^ 0x5a))
      readSlip(bytes)
    },
    // the usual two transistors: EN is low while RTS alone is set, GPIO 0 while DTR alone is
    setLines(to) {
      if (options.hasNoControlLines) return
      const wasReset = lines.rts && !lines.dtr
      lines = to
      const isReset = to.rts && !to.dtr
      if (isReset) {
        powerOff()
        state = 'reset'
      } else if (wasReset) {
        if (to.dtr && !to.rts) startLoader()
        else startFromFlash()
      }
    },
    onSend: listener => {
      send = listener
    },
    onLost: listener => {
      lost = listener
    },
    get setupAt() {
      return setupAt
    },
    nowMs: () => clock.nowMs(),
    replug() {
      startFromFlash()
    },
    holdBoot() {
      fault = 'none'
      startLoader()
    },
    async stop() {
      const old = dongle
      dongle = undefined
      await old?.stop()
      powerOff()
    },
  }
}

function byteAt(path: string, at: number): number | undefined {
  if (!existsSync(path)) return undefined
  const file = openSync(path, 'r')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, at)
  closeSync(file)
  return byte[0]
}
