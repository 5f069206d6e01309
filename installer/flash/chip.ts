// The ESP32 through its loader (esptool-js and Espressif's stub): which chip it is, what is in its flash, and making a stretch of
// flash read as planned. It knows no dongle; it turns every way in which the loader gives up into one of our troubles.

import { ESPLoader } from 'esptool-js'
import { type Phrase, phrase } from '../text/say.ts'
import { LineLost, type LineTransport, transportOver } from './loader-transport.ts'
import { md5Of, partOf, type Stretch } from './plan.ts'
import type { SerialLine } from './serial-line.ts'
import { Trouble } from './trouble.ts'
import type { TroubleCode } from './trouble-codes.ts'

const ROM_BAUD = 115200
const ERASE_REGION = 0xd1
const RESET_MS = 100
/** A block of 64 kB takes up to 2 s to erase on the slowest parts. */
const ERASE_MS_PER_MB = 40_000

export interface ChipFacts {
  /** As the loader names it, with its revision. */
  description: string
  /** Six hexadecimal pairs. */
  mac: string
  flashBytes: number
}

export interface Chip {
  facts: ChipFacts
  read(at: number, bytes: number): Promise<Uint8Array>
  /** Whether the stretch reads as planned already. */
  isRight(stretch: Stretch): Promise<boolean>
  /** Writes or erases; `progress` gets 0 … 1. Does not compare: isRight() does. */
  make(stretch: Stretch, progress: (part: number) => void): Promise<void>
  /** Leaves the loader and starts what is in flash; from then on the line's bytes go to `listen`. False: a person must press EN. */
  start(listen?: (bytes: Uint8Array) => void): Promise<boolean>
}

export interface ConnectWish {
  /** The chip's name as esptool-js gives it: ESP32. */
  wanted: string
  /** Speed after the first words, which are always said at 115200. */
  baud: number
  /** Resets to try before giving up. */
  attempts: number
  /** Part of the loader's time-outs to wait; 1 unless a test is in a hurry. */
  patience?: number
  /** Asked when the port has no control lines: a person presses the buttons meanwhile. */
  askForBoot?(): void
}

/** Throws Trouble chip.silent, chip.garbled, chip.wrong or port.lost. */
export async function connectChip(line: SerialLine, wish: ConnectWish): Promise<Chip> {
  const transport = transportOver(line, wish.patience ?? 1)
  const loader = new ESPLoader({
    transport,
    baudrate: wish.baud,
    romBaudrate: ROM_BAUD,
    terminal: { clean: () => {}, write: () => {}, writeLine: () => {} },
  })
  const tried = <T>(doing: Phrase, code: TroubleCode, work: () => Promise<T>) =>
    guarded(transport, line, doing, code, work)

  await line.setLines({ rts: false, dtr: false })
  if (!line.hasControlLines) wish.askForBoot?.()
  await tried(phrase('doing.connecting'), 'chip.silent', () => loader.connect('default_reset', wish.attempts))
  const chipName = loader.chip.CHIP_NAME
  if (chipName !== wish.wanted) throw new Trouble('chip.wrong', { chip: chipName, wanted: wish.wanted })
  const description = await tried(phrase('doing.naming'), 'chip.silent', () => loader.chip.getChipDescription(loader))
  const mac = await tried(phrase('doing.naming'), 'chip.silent', () => loader.chip.readMac(loader))
  await tried(phrase('doing.loader'), 'chip.silent', () => loader.runStub())
  if (wish.baud !== ROM_BAUD) await changeBaud(loader, transport, line, wish.baud)
  const sizeCode = await tried(phrase('doing.measuring'), 'chip.garbled', () => loader.readFlashId())
  const flashBytes = 2 ** ((sizeCode >> 16) & 0xff)

  return {
    facts: { description, mac, flashBytes },
    read: (at, bytes) => tried(phrase('doing.reading'), 'flash.refused', () => loader.readFlash(at, bytes)),
    isRight: stretch =>
      tried(phrase('doing.comparing', { part: partOf(stretch) }), 'flash.refused', async () => {
        return (await loader.flashMd5sum(stretch.at, stretch.bytes)) === md5Of(stretch)
      }),
    make: (stretch, progress) =>
      tried(phrase('doing.writing', { part: partOf(stretch) }), 'flash.refused', () =>
        stretch.data === undefined ? erase(loader, stretch) : write(loader, stretch.at, stretch.data, progress),
      ),
    start: async (listen = () => {}) => {
      await tried(phrase('doing.starting'), 'flash.refused', async () => {
        if (!line.hasControlLines) await restartByCommand(loader)
        const early = transport.peek()
        line.onData(listen)
        listen(early)
        await line.setBaud(ROM_BAUD)
        await pressReset(line)
      })
      return line.hasControlLines
    },
  }
}

/** The loader's ways to give up, in our words: the line gone, nothing heard, nonsense heard, or refused. */
async function guarded<T>(
  transport: LineTransport,
  line: SerialLine,
  doing: Phrase,
  code: TroubleCode,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof Trouble) throw thrown
    if (transport.isLost || thrown instanceof LineLost || !line.isOpen)
      throw new Trouble('port.lost', { doing }, thrown)
    const why = String((thrown as Error).message ?? thrown).split('\n')[0] as string
    if (/unexpected chip|magic/i.test(why)) {
      throw new Trouble('chip.wrong', { chip: phrase('connect.other-chip'), wanted: 'ESP32' }, thrown)
    }
    const facts = { doing, why, port: line.path, baud: transport.baudrate }
    if (transport.answers > 0 && /SLIP escape|Invalid head/.test(why)) throw new Trouble('chip.garbled', facts, thrown)
    // the loader's words for a time-out, whatever the reason
    if (transport.answers > 0 && /stream stopped|No serial data/.test(why)) {
      throw new Trouble('chip.stopped', facts, thrown)
    }
    throw new Trouble(code, facts, thrown)
  }
}

/** Not the loader's own, which starts again from the beginning when the new speed does not work: we say so instead. */
async function changeBaud(loader: ESPLoader, transport: LineTransport, line: SerialLine, baud: number): Promise<void> {
  const numbers = new Uint8Array(8)
  new DataView(numbers.buffer).setUint32(0, baud, true)
  new DataView(numbers.buffer).setUint32(4, ROM_BAUD, true)
  await guarded(transport, line, phrase('doing.speed'), 'chip.garbled', async () => {
    await loader.command(loader.ESP_CHANGE_BAUDRATE, numbers)
    await transport.changeBaudrate(baud)
    await transport.drainInput(50, 200)
  })
  for (let tries = 0; tries < 2; tries++) {
    const isHeard = await loader.readReg(loader.CHIP_DETECT_MAGIC_REG_ADDR, 500).catch(() => undefined)
    if (isHeard !== undefined) return
    transport.flushInput()
  }
  if (transport.isLost) throw new Trouble('port.lost', { doing: phrase('doing.speed') })
  throw new Trouble('chip.garbled', { baud })
}

/** By the lines: esptool-js only lets go of a reset that was never pressed. */
export async function pressReset(line: SerialLine): Promise<void> {
  await line.setLines({ rts: true, dtr: false })
  await new Promise(resolve => setTimeout(resolve, RESET_MS))
  await line.setLines({ rts: false, dtr: false })
}

/** Without control lines; most chips obey, and where one does not, EN does it. */
async function restartByCommand(loader: ESPLoader): Promise<void> {
  await loader.flashBegin(0, 0)
  await loader.flashFinish(true)
}

async function erase(loader: ESPLoader, stretch: Stretch): Promise<void> {
  const numbers = new Uint8Array(8)
  new DataView(numbers.buffer).setUint32(0, stretch.at, true)
  new DataView(numbers.buffer).setUint32(4, stretch.bytes, true)
  const timeoutMs = Math.max(3000, (ERASE_MS_PER_MB * stretch.bytes) / 1_000_000)
  await loader.checkCommand('erase', ERASE_REGION, numbers, 0, 0, timeoutMs)
}

async function write(loader: ESPLoader, at: number, data: Uint8Array, progress: (part: number) => void): Promise<void> {
  await loader.writeFlash({
    fileArray: [{ data, address: at }],
    flashMode: 'keep',
    flashFreq: 'keep',
    flashSize: 'keep',
    eraseAll: false,
    compress: true,
    reportProgress: (_file, done, total) => progress(done / total),
  })
}
