// The shapes of Espruino's API that only the setup needs: its own access point and a server. As in the engine's source (2v29.277).
// Types only.

import type { EngineAccessPoint } from '../engine.ts'

export interface GuestSocket {
  /** Queues; what is sent is copied once more with each 536 bytes, so a large text goes in pieces. */
  write(data: string): boolean
  /** When all is sent. */
  end(): void
  /** Not documented: the idle loop closes at once where it sees this (libs/network/socketserver.c). */
  clsNow?: boolean
  on(event: 'data', listener: (chunk: string) => void): void
  /** Everything written is on its way, and nobody has said end(). */
  on(event: 'drain', listener: () => void): void
  on(event: 'close', listener: () => void): void
}

export interface SetupServer {
  listen(port: number): void
  /** The server alone; its sockets stay. */
  close(): void
}

export interface SetupNet {
  createServer(guest: (socket: GuestSocket) => void): SetupServer
}

export interface NamesSocket {
  bind(port: number): void
  send(data: string, port: number, address: string): void
  close(): void
  on(event: 'message', listener: (query: string, from: { address: string; port: number }) => void): void
  /** Also when an empty datagram came: the engine takes it for the end. */
  on(event: 'close', listener: () => void): void
}

export interface SetupDgram {
  createSocket(type: 'udp4'): NamesSocket
}

export interface SetupWifi {
  /** Of 8 … 63 characters; an ESP32's address in it is 192.168.4.1. */
  startAP(ssid: string, options: { password: string; authMode: 'wpa2' }): void
  stopAP(): void
  disconnect(): void
  /** The list alone in the ESP32 build. Throws while another one runs. */
  scan(callback: (first?: EngineAccessPoint[] | null, second?: EngineAccessPoint[]) => void): void
}
