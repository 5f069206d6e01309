// What the backend asks of dongles; the gateway that holds a dongle's session implements it. Types only.

export interface CommandPort {
  /** Somebody watches: deliver every second until `untilS` (epoch seconds). Repeats extend it; unknown or offline dongles get it when they come. */
  requestLive(dongleId: string, untilS: number): void
  /** Cuts a dongle's connections off (revoked, retired, lost). */
  disconnect(dongleId: string, reason: string): void
}
