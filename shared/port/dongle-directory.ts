// What a gateway must know of a dongle to let it in. The backend's dongle register implements it. Types only.

export type DongleState = 'flashed' | 'registered' | 'claimed' | 'bound' | 'suspended' | 'transfer' | 'lost' | 'retired'

export interface DongleCredentials {
  dongleId: string
  /** 32 bytes, unwrapped; never logged. */
  deviceKey: Uint8Array
  epoch: number
  state: DongleState
  /** Other keys under which the dongle may speak: one that a rotation may have given it, or the one before, for a while. */
  others?: readonly { deviceKey: Uint8Array; epoch: number }[]
  /** How far its sessions have come (see advance); absent: none yet. */
  mark?: SessionMark
  /** Seconds between batches that somebody asked of this dongle; absent: the gateway's own. */
  intervalS?: number
}

/**
 * Signs of a clone, or of somebody who plays one: an authentic CONNECT of an old session; one while the session before still talks; another nonce in
 * the same session; the same sequence numbers with other content.
 */
export const CLONE_SIGNS = ['old-session', 'two-sessions', 'other-nonce', 'other-content'] as const
export type CloneSign = (typeof CLONE_SIGNS)[number]

/** Which life of the dongle speaks: the boot counter and the count of sessions within that boot. Both only ever rise. */
export interface SessionMark {
  boot: number
  session: number
}

export interface DongleDirectory {
  credentials(dongleId: string): Promise<DongleCredentials | undefined>
  /** Moves the high-water mark of (boot, session) up, durably. `old` when the mark was not above the last one: a replayed CONNECT or a clone. */
  advance(dongleId: string, mark: SessionMark): Promise<'advanced' | 'old'>
  /** A message within a session came under this epoch: the dongle has that key for good. */
  heard?(dongleId: string, epoch: number): Promise<void>
  /** Dongles that were lost or retired at that second (epoch) or later: none of them may be connected. */
  revokedSince?(sinceS: number): Promise<string[]>
  /** To be looked at by people; counted per dongle and sign. */
  suspect?(dongleId: string, sign: CloneSign): Promise<void>
}
