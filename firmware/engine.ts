// The shapes of Espruino's API that we use, and nothing else: a name that is missing here is a name the bundle must not
// need. As in the engine's source (2v29.277). Strings are bytes: every character is 0 ... 255. Types only; the globals are
// in espruino.d.ts.

export interface EnginePin {
  readonly brand: 'pin'
}

export interface EngineSerial {
  /** 8 bits without parity unless said otherwise. A byte whose parity is wrong is given all the same. May be called again. */
  setup(baud: number, options: { rx: EnginePin; tx: EnginePin; bytesize: number; parity: 'e' | null }): void
  /** Chunks of at most 64 bytes, as a binary string. */
  on(event: 'data', listener: (chunk: string) => void): void
}

export interface EngineSocket {
  /** Queues; sent in chunks of 536 bytes from the idle loop. False when the engine wants a 'drain' first (it keeps the data all the same). */
  write(data: string): boolean
  end(): void
  /** Not documented: the flag by which the engine's idle loop closes a socket at once (libs/network/socketserver.c). */
  clsNow?: boolean
  on(event: 'data', listener: (chunk: string) => void): void
  on(event: 'close', listener: (hadError: boolean) => void): void
  on(event: 'error', listener: (error: { code: number; message: string }) => void): void
}

export interface EngineNet {
  connect(options: { host: string; port: number }, onConnect: () => void): EngineSocket
}

export interface EngineUdpSocket {
  /** Sent from the idle loop. `address` must be one: a name would block. */
  send(data: string, port: number, address: string): void
  on(event: 'message', listener: (data: string, from: { address: string; port: number }) => void): void
  close(): void
}

export interface EngineDgram {
  createSocket(type: 'udp4'): EngineUdpSocket
}

export interface EngineAccessPoint {
  ssid: string
  /** BSSID, 00:00:00:00:00:00. */
  mac: string
  rssi: number
  channel: number
  authMode: string
}

export interface EngineWifi {
  /** The ESP32 build ignores bssid and channel and joins the first access point of the name; others heed them. */
  connect(
    ssid: string,
    options: { password: string; bssid?: string; channel?: number },
    callback: (error: string | null) => void,
  ): void
  /** Radio off. */
  disconnect(): void
  /** Documented as (error, list); the ESP32 build gives the list alone. Throws while another scan runs. */
  scan(callback: (first?: EngineAccessPoint[] | null, second?: EngineAccessPoint[]) => void): void
  setConfig(settings: { powersave: 'none' }): void
  /** Asynchronous on ESP32, unlike net.connect with a name. null when the name is not known. One question at a time. */
  getHostByName(host: string, callback: (address: string | null) => void): void
  getStatus(): { rssi?: number }
  on(event: 'associated', listener: () => void): void
  /** Again with another address when the lease changes. */
  on(event: 'connected', listener: (details: { ip: string }) => void): void
  /** After three tries; `reason` is a number as text. */
  on(event: 'disconnected', listener: (details: { reason: string }) => void): void
}

export interface EngineFlash {
  read(length: number, address: number): Uint8Array
  /** NOR: only clears bits. */
  write(data: Uint8Array, address: number): void
  erasePage(address: number): void
}

/** So many times the same byte. */
export interface EngineRepeat {
  data: number
  count: number
}

/** What is joined: numbers, texts, arrays of bytes, so many times the same number, nested as they like. */
export type EnginePieces = number | string | ArrayBuffer | Uint8Array | EngineRepeat | Array<EnginePieces>

/** Of the object E. */
export interface EngineBytes {
  /** What the pieces hold, in one array. */
  toUint8Array(pieces: EnginePieces): Uint8Array
  CRC32(bytes: Uint8Array): number
  /** A binary string of these bytes. */
  toString(bytes: ArrayBuffer | EnginePieces): string
}

export interface EngineCrypto {
  SHA256(message: EnginePieces): ArrayBuffer
  AES: {
    encrypt(message: EnginePieces, key: Uint8Array, options: { iv: Uint8Array; mode: 'CBC' }): ArrayBuffer
    decrypt(message: Uint8Array, key: Uint8Array, options: { iv: Uint8Array; mode: 'CBC' }): ArrayBuffer
  }
}
