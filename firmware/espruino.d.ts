// What we use of Espruino's API, and nothing else: a name that is missing here is a name the bundle must not need.
// Shapes as in the engine's source (2v29.277). Strings are bytes: every character is 0 ... 255.

interface EspruinoPin {
  readonly brand: 'pin'
}
declare const D2: EspruinoPin
declare const D4: EspruinoPin
declare const D5: EspruinoPin
declare const D18: EspruinoPin

interface EspruinoSerial {
  /** `path` exists on Linux only; the ESP32 build throws on a key it does not know. */
  setup(baud: number, options: { rx?: EspruinoPin; tx?: EspruinoPin; path?: string }): void
  /** Chunks of at most 64 bytes, as a binary string. */
  on(event: 'data', listener: (chunk: string) => void): void
}
declare const Serial2: EspruinoSerial

interface EspruinoSocket {
  /** Queues; sent in chunks of 536 bytes from the idle loop. False when the engine wants a 'drain' first (it keeps the data all the same). */
  write(data: string): boolean
  end(): void
  /** Not documented: the flag by which the engine's idle loop closes a socket at once (libs/network/socketserver.c). */
  clsNow?: boolean
  on(event: 'data', listener: (chunk: string) => void): void
  on(event: 'close', listener: (hadError: boolean) => void): void
  on(event: 'error', listener: (error: { code: number; message: string }) => void): void
}
interface EspruinoNet {
  connect(options: { host: string; port: number }, onConnect: () => void): EspruinoSocket
}

interface EspruinoWifi {
  connect(ssid: string, options: { password?: string }, callback: (error: string | null) => void): void
  disconnect(): void
  /** Asynchronous on ESP32, unlike net.connect with a name. null when the name is not known. */
  getHostByName(host: string, callback: (address: string | null) => void): void
  getStatus(): { station: string; rssi?: number }
  on(event: 'connected' | 'disconnected', listener: () => void): void
}

interface EspruinoFlash {
  read(length: number, address: number): Uint8Array
  /** NOR: only clears bits. */
  write(data: Uint8Array, address: number): void
  erasePage(address: number): void
}

interface EspruinoCrypto {
  SHA256(message: Uint8Array | Array<Uint8Array>): ArrayBuffer
  AES: {
    encrypt(message: Uint8Array, key: Uint8Array, options: { iv: Uint8Array; mode: 'CBC' }): ArrayBuffer
    decrypt(message: Uint8Array, key: Uint8Array, options: { iv: Uint8Array; mode: 'CBC' }): ArrayBuffer
  }
}

declare function require(name: 'net' | 'tls'): EspruinoNet
declare function require(name: 'Wifi'): EspruinoWifi
declare function require(name: 'Flash'): EspruinoFlash
declare function require(name: 'crypto'): EspruinoCrypto

declare const E: {
  /** A binary string of these bytes. */
  toString(bytes: Uint8Array): string
  toUint8Array(binary: string): Uint8Array
  CRC32(bytes: Uint8Array): number
  enableWatchdog(timeoutS: number, isAuto: boolean): void
  kickWatchdog(): void
  /** Names of what went wrong since the last call, e.g. FIFO_FULL. */
  getErrorFlags(): string[]
  reboot(): void
}

declare const process: {
  env: { BOARD: string; VERSION: string }
  memory(withGc?: boolean): { free: number; usage: number; total: number }
  on(event: 'uncaughtException', listener: (error: unknown) => void): void
}

declare function print(text: string): void
/** Seconds, as a fraction. Nobody sets the clock, so on the chip this is time since start and never runs backwards. */
declare function getTime(): number
declare function setInterval(callback: () => void, ms: number): number
declare function setTimeout(callback: () => void, ms: number): number
declare function clearTimeout(timer: number): void
declare function clearInterval(timer: number): void
declare function digitalWrite(pin: EspruinoPin, level: 0 | 1): void
