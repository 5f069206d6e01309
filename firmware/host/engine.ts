// One boot of the virtual dongle: Espruino's API on node around one bundle. It wires the peripherals to a fresh world, runs
// the script as the engine runs .bootcde, and ends with a reason (reboot, watchdog, power cut). It knows nothing of meters,
// gateways or command lines; main.ts and the tests bring those.

import { SourceMap } from 'node:module'
import { PIN_COUNT } from './builtins.ts'
import { toBinary, toBytes } from './bytes.ts'
import type { HostClock } from './clock.ts'
import { openCryptoModule } from './crypto.ts'
import { type Call, openEmitter } from './emitter.ts'
import { asScript } from './engine-parts.ts'
import { openE } from './espruino-e.ts'
import type { FlashChip } from './flash.ts'
import { openFlashModule, openStorageModule } from './flash-modules.ts'
import { openGraphics } from './graphics.ts'
import { openLoopback } from './loopback.ts'
import type { Network } from './net.ts'
import { openRandom } from './random.ts'
import { engineScript, openRealm } from './realm.ts'
import { openSerial, type SerialPort } from './serial.ts'
import { openStorage } from './storage.ts'
import { openTimers } from './timers.ts'
import { openWifi, type WifiHouse } from './wifi.ts'

/** halt: the script called reset(), or the host stopped it. */
export type EndReason = 'reboot' | 'load' | 'watchdog' | 'power-cut' | 'halt'

export interface EngineOptions {
  chip: FlashChip
  clock: HostClock
  network: Network
  /** The script and, if there is one, its source map as JSON: stacks then name the sources. Absent: what lies in Storage as .bootcde. */
  bundle?: { code: string; filename: string; map?: string }
  /** What ended the start before: 'start' and a power cut are the power to the chip, everything else is not. */
  after?: EndReason | 'start'
  /** What the script prints, line by line. */
  print(line: string): void
  /** After this nothing of the script runs any more. */
  ended(reason: EndReason): void
  /** Name to address for Wifi.getHostByName. */
  lookup?(host: string): string | null
  /** The access points within reach; one that answers to any name if absent. */
  house?: WifiHouse
  /** Levels that the script reads; high if absent. */
  level?(pin: number): 0 | 1
  /** Pin levels the script sets; undefined when it lets the pin go to high impedance. */
  pin?(pin: number, level: number | undefined): void
}

export interface Engine {
  readonly isRunning: boolean
  serial(number: 1 | 2 | 3): SerialPort
  /** The access point has gone: tell the script. */
  wifiLost(): void
  /** Ends it from outside. */
  stop(reason: EndReason): void
}

/** As flash.config.json pins it: the engine that this one imitates. */
const PINNED_ENGINE = '2v29.277'
/** What RTC_CNTL_RESET_STATE_REG says after power came, and after a restart by the program or its watchdog. */
const RESET_POWER = 1
const RESET_SOFTWARE = 12
const BOOT_CODE = '.bootcde'

/** Thrown through the script when it must not go on; never reaches anybody. */
class Halt extends Error {}

/** A module that the engine's ESP32 build has and this one has not says so in the engine's words. */
const notFound = (name: string): string => `Module "${name}" not found`

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'function') return value.toString()
  if (ArrayBuffer.isView(value)) return `new Uint8Array([${Array.from(toBytes(value)).join(', ')}])`
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

/** Offset of a place (both from 1) in a text. */
function offsetOf(text: string, line: number, column: number): number {
  let start = 0
  for (let i = 1; i < line; i++) start = text.indexOf('\n', start) + 1
  return start + column - 1
}

/** Rewrites `bundle:line:column` in a stack to the source's place; the bundle ran as engine-dialect.ts wrote it. */
function mapped(stack: string, { code, filename, map }: NonNullable<EngineOptions['bundle']>): string {
  if (!map) return stack
  const script = engineScript(code)
  const sourceMap = new SourceMap(JSON.parse(map))
  const escaped = filename.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return stack.replaceAll(new RegExp(`${escaped}:(\\d+):(\\d+)`, 'g'), (place, line: string, column: string) => {
    const before = code.slice(0, script.originOf(offsetOf(script.code, Number(line), Number(column)))).split('\n')
    const entry = sourceMap.findEntry(before.length - 1, before.at(-1)!.length)
    return 'originalSource' in entry ? `${entry.originalSource}:${entry.originalLine + 1}` : place
  })
}

function bootCode(file: Uint8Array | undefined): string {
  return file === undefined ? '' : toBinary(file)
}

/** Boots. The script's own errors are printed, never thrown, as on the engine. */
export function bootEngine(options: EngineOptions): Engine {
  const { chip, clock, network } = options
  const realm = openRealm()
  const isByPower = options.after === undefined || options.after === 'start' || options.after === 'power-cut'
  const random = openRandom()
  const storage = openStorage(chip)
  const given = options.bundle ?? { code: bootCode(storage.read(BOOT_CODE)), filename: BOOT_CODE }
  const bundle = { ...given, code: asScript(given.code) }
  const bootedMs = clock.nowMs()
  let isRunning = true
  let timeOffsetS = 0

  function end(reason: EndReason): void {
    if (!isRunning) return
    isRunning = false
    timers.stop()
    e.stop()
    for (const one of serials) one.stop()
    loopback.stop()
    network.reset()
    options.ended(reason)
  }

  function halt(reason: EndReason): never {
    end(reason)
    throw new Halt(reason)
  }

  function uncaught(thrown: unknown): void {
    if (processEnds.listenerCount('uncaughtException') > 0) {
      processEnds.fire('uncaughtException', thrown)
      return
    }
    // errors of the script's world are no Error here
    const stack = String((Object(thrown) as { stack?: string }).stack ?? thrown)
    for (const line of `Uncaught ${mapped(stack, bundle)}`.split('\n')) options.print(line)
  }

  /** The only way into the script. */
  const call: Call = (callback, args) => {
    if (!isRunning || typeof callback !== 'function') return
    guarded(() => callback(...args))
  }

  function guarded(run: () => void): void {
    try {
      run()
    } catch (thrown) {
      if (chip.isDead) end('power-cut')
      else if (isRunning) uncaught(thrown)
    }
    // a script may have swallowed what was thrown at it
    if (chip.isDead) end('power-cut')
  }

  const printError = (text: string): undefined => {
    options.print(`ERROR: ${text}`)
    return undefined
  }
  const timers = openTimers(clock, call, message => realm.error(message))
  const eEnds = openEmitter(call)
  const processEnds = openEmitter(call)
  const e = openE(
    realm,
    clock,
    random,
    eEnds,
    chip,
    () => halt('reboot'),
    () => end('watchdog'),
  )
  const wifi = openWifi(
    clock,
    network,
    call,
    options.lookup ?? (host => (host === 'localhost' ? '127.0.0.1' : null)),
    options.house,
  )
  const serials = [1, 2, 3].map(() =>
    openSerial(
      clock,
      call,
      message => realm.error(message),
      () => {},
    ),
  )
  const loopback = openLoopback(call, () => e.flag('FIFO_FULL'))
  const modules: Record<string, unknown> = {
    Flash: openFlashModule(chip, realm),
    Storage: openStorageModule(chip, realm),
    crypto: openCryptoModule(realm, printError),
    net: network.module(false, realm, call),
    tls: network.module(true, realm, call),
    dgram: network.dgram(realm, call),
    Wifi: wifi.api,
  }

  const print = (...values: unknown[]): void => options.print(values.map(shown).join(' '))
  const nowS = (): number => (clock.nowMs() - bootedMs) / 1000 + timeOffsetS
  const globals: Record<string, unknown> = {
    E: e.api,
    Graphics: openGraphics(realm),
    ESP32: { reboot: () => halt('reboot') },
    Serial1: serials[0]?.api,
    Serial2: serials[1]?.api,
    Serial3: serials[2]?.api,
    LoopbackA: loopback.ends[0],
    LoopbackB: loopback.ends[1],
    process: {
      ...processEnds.emitter,
      version: PINNED_ENGINE,
      env: { VERSION: PINNED_ENGINE, BOARD: 'VIRTUAL', FLASH: 0x400000, STORAGE: 896 * 1024 },
      // There are no JsVars here; it says that all of a PSRAM module's are free and nothing is in use.
      memory: () => ({ free: 16383, usage: 0, total: 16383, history: 0, blocksize: 14 }),
    },
    require: (name: string) => {
      const found = modules[name]
      if (!found) throw realm.error(notFound(name))
      return found
    },
    print,
    trace: () => undefined,
    load: () => halt('load'),
    reset: () => halt('halt'),
    setTimeout: timers.setTimeout,
    setInterval: timers.setInterval,
    clearTimeout: (...args: unknown[]) => timers.clear('clearTimeout', args),
    clearInterval: (...args: unknown[]) => timers.clear('clearInterval', args),
    changeInterval: timers.changeInterval,
    getTime: nowS,
    setTime: (seconds: number) => {
      timeOffsetS += seconds - nowS()
    },
    atob: (text: string) => Buffer.from(text, 'base64').toString('latin1'),
    btoa: (text: string) => Buffer.from(text, 'latin1').toString('base64'),
    digitalWrite: (pin: number, level: unknown) => options.pin?.(pin, level ? 1 : 0),
    digitalRead: (pin: number) => options.level?.(pin) ?? 1,
    peek32: () => (isByPower ? RESET_POWER : RESET_SOFTWARE),
    pinMode: (pin: number, mode: unknown) => {
      if (mode === 'input') options.pin?.(pin, undefined)
    },
    console: { log: print, warn: print, error: print, info: print, debug: print, trace: () => undefined },
  }
  for (const [name, value] of Object.entries(globals)) realm.define(name, value)
  for (let pin = 0; pin < PIN_COUNT; pin++) realm.define(`D${pin}`, pin)
  realm.define('global', realm.run('globalThis', 'global'))
  const math = realm.global('Math') as { random: () => number } | undefined
  if (math) math.random = () => random.next() / 0x80000000

  if (!storage.isValid()) {
    options.print('Storage is corrupt.')
    guarded(() => storage.eraseAll())
  }
  guarded(() => realm.run(bundle.code, bundle.filename))
  eEnds.fire('init')
  call(realm.global('onInit'), [])

  return {
    get isRunning() {
      return isRunning
    },
    serial: number => serials[number - 1]!,
    wifiLost: wifi.lost,
    stop: end,
  }
}
