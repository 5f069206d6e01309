// Says once when this machine's clock is not the database's, and once when it is again. Backends on one database check each other's tokens, and whoever
// of them tends and delivers goes by its own clock: one that is off is to be mended by NTP, not here.

/** Seconds; tokens allow as much. */
const SAME_CLOCK_S = 2

interface ClockLog {
  info(facts: object, sentence: string): void
  warn(facts: object, sentence: string): void
}

/** What is returned is told, now and then, by how many seconds this clock is ahead of the database's (negative: behind). */
export function createClockWatch(log: ClockLog): (offS: number) => void {
  let saidS = 0
  return offS => {
    const nextS = Math.abs(offS) <= SAME_CLOCK_S ? 0 : Math.round(offS)
    if (Math.abs(nextS - saidS) <= SAME_CLOCK_S && (nextS === 0) === (saidS === 0)) return
    saidS = nextS
    if (nextS === 0) log.info({}, "this clock is the database's again")
    else
      log.warn(
        { seconds: nextS },
        "this clock is off from the database's by so many seconds: mend NTP, tokens and times go by it",
      )
  }
}
