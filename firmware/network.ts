// What the dongle asks of a network and what a network tells: the seam between the ladder and the radio. Wi-Fi is the first
// kind (wifi.ts); a modem with several operators fits behind the same words (a spot is then an operator). Types only.

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

/** Asked by the ladder. Nothing here blocks or throws; answers come as events, or not at all. */
export interface Network {
  /** Looks around; `onFound`. */
  scan(): void
  join(spot: Spot): void
  /** Radio off; it goes on again by itself with the next scan or join. */
  off(): void
  /** Asks for the address of a host; `onAddress`. */
  lookUp(host: string): void
  /** Signal in dBm; undefined while there is none. */
  dbm(): number | undefined
}

/** Told to the ladder, and to the link what is about names. */
export interface NetworkEvents {
  /** undefined: it could not look. */
  found(spots: Spot[] | undefined): void
  /** The access point has taken us; an address may follow. */
  associated(): void
  joined(ip: string): void
  /** `reason` of reasons.ts. */
  left(reason: number): void
  /** null: there is no such name, or nobody to ask. */
  address(address: string | null): void
}
