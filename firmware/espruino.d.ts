// The engine's globals that we use. They are declared for the firmware only: node has a `process` of its own.

import type {
  EngineBytes,
  EngineCrypto,
  EngineDgram,
  EngineFlash,
  EngineNet,
  EnginePin,
  EngineSerial,
  EngineWifi,
} from './engine.ts'

declare global {
  const D0: EnginePin
  const D2: EnginePin
  const D4: EnginePin
  const D5: EnginePin
  const D18: EnginePin
  const Serial2: EngineSerial
  // Called as globalThis.require: the bundler must not take it for its own.
  function require(name: 'net' | 'tls'): EngineNet
  function require(name: 'dgram'): EngineDgram
  function require(name: 'Wifi'): EngineWifi
  /** What it gives is where the file lies, not a copy. */
  function require(name: 'Storage'): { read(name: string): string | undefined }
  function require(name: 'Flash'): EngineFlash
  function require(name: 'crypto'): EngineCrypto
  /** Of files that the installer's tool wrote: they stay in flash. */
  function require(name: 'Storage'): { read(name: string): string | undefined }
  /** What the loader chose (loader.ts); not there where a program was started without it. */
  var SLOT: number
  var PROGRAM: string | undefined
  var TRIAL: boolean
  /** Where a file that is evaluated for what it gives puts that (updater.ts). */
  const OUT: unknown[]
  /** A word of the chip's memory, registers included. */
  function peek32(address: number): number
  /** Pictures in memory; of them only what flash.ts makes bytes of bits with, and puts bytes over others with. */
  const Graphics: {
    createArrayBuffer(
      width: number,
      height: number,
      bpp: 1,
      options: { msb: true },
    ): {
      buffer: ArrayBuffer
      /** At 0, 0. Of `palette` (two, flat) what the pixel's lowest bit says. */
      drawImage(image: { width: number; height: number; bpp: 8; palette: Uint16Array; buffer: string }): void
    }
    createArrayBuffer(
      width: number,
      height: number,
      bpp: 8,
      options: { buffer: ArrayBuffer },
    ): {
      /** At 0, 0. What is `transparent` leaves what is there. */
      drawImage(image: { width: number; height: number; bpp: 8; transparent: number; buffer: ArrayBuffer }): void
    }
  }
  const E: EngineBytes & {
    /** Of a flat string without a copy; of any other a flat copy. */
    toArrayBuffer(binary: string): ArrayBuffer
    /** In one piece of memory: finding a place in it costs nothing. undefined when there is no such piece. */
    toFlatString(binary: string): string | undefined
    CRC32(bytes: Uint8Array): number
    /** to[i] = map[from[i]], as far as both reach. */
    mapInPlace(from: Uint16Array, to: Uint8Array, map: Uint8Array): void
    /** A text that lies in flash and is read there. On the chip only in the partition of Storage, 0x320000 … 0x3fffff: nothing else is mapped. */
    memoryArea(address: number, length: number): string
    /** Of all characters or elements. */
    sum(values: string | Uint8Array): number
    enableWatchdog(timeoutS: number, isAuto: boolean): void
    kickWatchdog(): void
    /** Names of what went wrong since the last call, e.g. FIFO_FULL. */
    getErrorFlags(): string[]
    /** Names of new errors, e.g. MEMORY; told from the idle loop, after the callback in which they happened was given up. */
    on(event: 'errorFlag', listener: (flags: string[]) => void): void
    reboot(): void
    /** The console asks for it once it is locked; at most 20 characters. */
    setPassword(password: string): void
    lockConsole(): void
  }
  /** On the chip only; getState is absent where there is no heap beside the variables. */
  const ESP32: { getState?(): { freeHeap: number } }
  const process: {
    memory(withGc: boolean): { free: number }
    /** The engine's: 2v29.277. */
    version: string
    on(event: 'uncaughtException', listener: (error: unknown) => void): void
  }
  function print(text: string): void
  /** Seconds, as a fraction. Nobody sets the clock, so on the chip this is time since start and never runs backwards. */
  function getTime(): number
  function setInterval(callback: () => void, ms: number): number
  function setTimeout(callback: () => void, ms: number): number
  /** Makes the pin an output. */
  function digitalWrite(pin: EnginePin, level: 0 | 1): void
  function digitalRead(pin: EnginePin): 0 | 1
  /** input: high impedance. */
  function pinMode(pin: EnginePin, mode: 'input'): void
}
