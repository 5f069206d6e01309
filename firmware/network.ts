// The words between the pure machines (ladder, link) and what carries them: what is asked, what is heard, what is told. Wi-Fi is the
// first kind of network behind them (wifi.ts); a modem with several operators fits behind the same words (a spot is then an
// operator's cell). Nothing above knows which. One function a direction instead of one a word: functions are what costs memory.

import type { Pieces } from '../shared/kernel/pieces.ts'

/** A place where a configured network can be joined: a Wi-Fi access point, an operator's cell. */
export interface Spot {
  /** Which of the configured networks. */
  network: number
  /** Signal; -999 where it was not seen and may be hidden. */
  dbm: number
  /** The kind's own name for it (a BSSID); '' = any. */
  id: string
  channel: number
}

export const SCAN = 1
export const JOIN = 2
export const OFF = 3
export const LOOK_UP = 4
export const PROBE = 5
export const DIAL = 6
export const CLOSE = 7

/** Asked of a network and its sockets. None of it throws; only a dial blocks. Answers are heard later, or never. */
export type Ask =
  /** Look around: FOUND. */
  | { kind: typeof SCAN }
  | { kind: typeof JOIN; spot: Spot }
  /** Radio off; it goes on again by itself with the next scan or join. */
  | { kind: typeof OFF }
  /** The address of a host: ADDRESS. */
  | { kind: typeof LOOK_UP; host: string }
  /** By UDP: ANSWER. */
  | { kind: typeof PROBE; host: string; port: number; text: string }
  /** CONNECTED or ENDED follows, perhaps before it returns. `host` is an address. */
  | { kind: typeof DIAL; host: string }
  /** End the socket, if there is one, after its last bytes. */
  | { kind: typeof CLOSE }

export const FOUND = 11
export const ASSOCIATED = 12
export const JOINED = 13
export const LEFT = 14
export const ADDRESS = 15
export const ANSWER = 16
export const CONNECTED = 17
export const RECEIVED = 18
export const ENDED = 19

/** Heard from a network and its sockets. `code` is of reasons.ts. */
export type Heard =
  /** undefined: it could not look. */
  | { kind: typeof FOUND; spots: Spot[] | undefined }
  /** The access point has taken us; an address may follow. */
  | { kind: typeof ASSOCIATED }
  | { kind: typeof JOINED; ip: string }
  | { kind: typeof LEFT; code: number }
  /** null: there is no such name, or nobody to ask. */
  | { kind: typeof ADDRESS; host: string | null }
  | { kind: typeof ANSWER; text: string }
  | { kind: typeof CONNECTED }
  | { kind: typeof RECEIVED; text: string }
  /** The connection is gone, was refused or could not be made. */
  | { kind: typeof ENDED; code: number }

export const NETWORK_UP = 21
export const NETWORK_DOWN = 22
export const FAULT = 23
export const RESTART = 24
export const LINK_UP = 25
export const MESSAGE = 26
export const LINK_DOWN = 27
export const REACHABLE = 28
export const STALE = 29

/** Told by ladder and link. */
export type Told =
  | { kind: typeof NETWORK_UP }
  /** The network that was up is gone, is another one, or is about to be left; a fault says why. */
  | { kind: typeof NETWORK_DOWN }
  /** Something went wrong that ends no connection, by reasons.ts. */
  | { kind: typeof FAULT; code: number }
  /** Restart the chip: the ladder's last rung. */
  | { kind: typeof RESTART }
  /** Connected and subscribed. */
  | { kind: typeof LINK_UP }
  | { kind: typeof MESSAGE; text: string }
  /** The connection is gone, was refused or could not be made. Once per wish for one. */
  | { kind: typeof LINK_DOWN; code: number }
  /** Somebody is there again after a silence: the sender need not wait out its time. */
  | { kind: typeof REACHABLE }
  /** Nothing at all answers on this network. */
  | { kind: typeof STALE }

/** What carries the uplink: the engine's network and sockets, or a simulator's. */
export interface Carrier {
  ask(what: Ask): void
  /** Bytes for the socket, in order; lost when there is none. Not an `ask`: it is what is wanted most, and a turn of the engine steps over all that it passes by. */
  send(bytes: string | Pieces): void
  /** Signal in dBm; undefined while there is none. */
  dbm(): number | undefined
  /** Bytes as a binary string, and back. */
  toText(bytes: Uint8Array | Pieces): string
  toBytes(text: string): Uint8Array
  /** In a turn of the engine of its own, soon. */
  soon(run: () => void): void
}
