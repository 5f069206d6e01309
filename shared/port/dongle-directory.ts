// What a gateway must know of a dongle to let it in. The backend's dongle register implements it. Types only.

export type DongleState = 'flashed' | 'registered' | 'claimed' | 'bound' | 'suspended' | 'transfer' | 'lost' | 'retired'

export interface DongleCredentials {
  dongleId: string
  /** 32 bytes, unwrapped; never logged. */
  deviceKey: Uint8Array
  epoch: number
  state: DongleState
}

/** Which life of the dongle speaks: the boot counter and the count of sessions within that boot. Both only ever rise. */
export interface SessionMark {
  boot: number
  session: number
}

export interface DongleDirectory {
  credentials(dongleId: string): Promise<DongleCredentials | undefined>
  /** Moves the high-water mark of (boot, session) up, durably. `old` when the mark was not above the last one: a replayed CONNECT or a clone. */
  advance(dongleId: string, mark: SessionMark): Promise<'advanced' | 'old'>
}
