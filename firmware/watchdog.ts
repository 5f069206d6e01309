// Staying alive: the chip restarts when the program no longer comes round, and an error that nobody caught is counted, said
// and survived (the engine calls an interval or 'data' listener again after it threw). It refuses to restart because
// something else is away: a missing meter, network or gateway is no reason.

/**
 * Longer than the longest time the engine can block: a connect() into the void takes 189 s on the chip. A shorter time
 * would restart the dongle again and again while the gateway is away.
 */
const TIMEOUT_S = 300

export interface Watchdog {
  /** Errors that nobody caught, since start. */
  errors: number
}

/** `onError` is told each one; its text is an engine's or an assertion's, never data. */
export function startWatchdog(onError: (text: string) => void): Watchdog {
  const watchdog = { errors: 0 }
  process.on('uncaughtException', error => {
    watchdog.errors++
    onError(('' + error).substr(0, 80))
  })
  E.enableWatchdog(TIMEOUT_S, false)
  return watchdog
}

/** From the program's own once-a-second round: shows that timers run. */
export function kickWatchdog(): void {
  E.kickWatchdog()
}
