// The engine's globals that we use. They are declared for the firmware only: node has a `process` of its own.

import type {
  EngineCrypto,
  EngineDgram,
  EngineFlash,
  EngineNet,
  EnginePin,
  EngineSerial,
  EngineWifi,
} from './engine.ts'

declare global {
  const D2: EnginePin
  const D4: EnginePin
  const D5: EnginePin
  const D18: EnginePin
  const Serial2: EngineSerial
  // Called as globalThis.require: the bundler must not take it for its own.
  function require(name: 'net' | 'tls'): EngineNet
  function require(name: 'dgram'): EngineDgram
  function require(name: 'Wifi'): EngineWifi
  function require(name: 'Flash'): EngineFlash
  function require(name: 'crypto'): EngineCrypto
  const E: {
    /** A binary string of these bytes. */
    toString(bytes: Uint8Array | string[]): string
    toUint8Array(binary: string): Uint8Array
    /** Of a flat string without a copy; of any other a flat copy. */
    toArrayBuffer(binary: string): ArrayBuffer
    /** In one piece of memory: finding a place in it costs nothing. undefined when there is no such piece. */
    toFlatString(binary: string): string | undefined
    CRC32(bytes: Uint8Array): number
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
    on(event: 'uncaughtException', listener: (error: unknown) => void): void
  }
  function print(text: string): void
  /** Seconds, as a fraction. Nobody sets the clock, so on the chip this is time since start and never runs backwards. */
  function getTime(): number
  function setInterval(callback: () => void, ms: number): number
  function setTimeout(callback: () => void, ms: number): number
  /** Makes the pin an output. */
  function digitalWrite(pin: EnginePin, level: 0 | 1): void
  /** input: high impedance. */
  function pinMode(pin: EnginePin, mode: 'input'): void
}
