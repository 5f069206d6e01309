// Stopping is a row of steps, each of which waits for something: a round under way, a connection, a commit. One that does not end says its name, so that
// whoever stops a platform, or a test that waits for it, knows what it waits for.

export interface StopLog {
  warn(fields: { step: string; waitedS: number }, text: string): void
}

const TOLD_AFTER_MS = 10_000

/** Does the steps in their order, each when the one before has ended; every 10 s that one takes is told to `log`. Throws what a step throws. */
export async function stopInOrder(steps: { [name: string]: () => unknown }, log: StopLog): Promise<void> {
  for (const [step, end] of Object.entries(steps)) {
    let waitedS = 0
    const telling = setInterval(() => {
      waitedS += TOLD_AFTER_MS / 1000
      log.warn({ step, waitedS }, 'stopping waits for this step')
    }, TOLD_AFTER_MS)
    try {
      await end()
    } finally {
      clearInterval(telling)
    }
  }
}
