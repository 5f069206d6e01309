// What the backend asks of dongles; the gateway that holds a dongle's session implements it. Types only.

export interface CommandPort {
  /** Somebody watches: deliver every second until `untilS` (epoch seconds). Repeats extend it; unknown or offline dongles get it when they come. */
  requestLive(dongleId: string, untilS: number): void
  /** The book has something for it: if it is here, it is told now, otherwise when it comes. */
  wake(dongleId: string): void
  /** Asks a dongle that is here for its status now; one that is away says it when it comes. */
  requestStatus?(dongleId: string): void
  /** Cuts a dongle's connections off (revoked, retired, lost). */
  disconnect(dongleId: string, reason: string): void
}
