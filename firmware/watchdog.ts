// Staying alive: the chip restarts when the program no longer comes round, and an error that nobody caught is counted, said
// and survived (the engine calls an interval or 'data' listener again after it threw). It refuses to restart because
// something else is away: a missing meter, network or gateway is no reason.

/**
 * Longer than the longest time the engine can block: a connect() into the void takes 189 s on the chip. A shorter time
 * would restart the dongle again and again while the gateway is away.
 */
const TIMEOUT_S = 300

/**
 * `onError` is told each error that nobody caught, with how many there were since start; its text is an engine's or an
 * assertion's, never data. `onMemory`: the engine ran out of variables and has thrown away the listener that was running.
 */
export function startWatchdog(onError: (text: string, count: number) => void, onMemory: () => void): void {
  let errors = 0
  process.on('uncaughtException', error => {
    errors++
    onError(('' + error).substr(0, 80), errors)
  })
  E.on('errorFlag', flags => {
    if (flags.indexOf('MEMORY') >= 0) onMemory()
  })
  E.enableWatchdog(TIMEOUT_S, false)
}

/** From the program's own once-a-second round: shows that timers run. */
export function kickWatchdog(): void {
  E.kickWatchdog()
}
