// What a run has begun on this machine (processes, folders, mounts) and must not leave behind: undone when its part of the run is over, or when the
// run is told to end by a signal, which would otherwise leave all of it.

type Undo = () => unknown

const open = new Set<() => Promise<void>>()

/** Gives `undo` as a function that does it once, however often and by whomever it is called: a signal does what is open, newest first. */
export function atEnd(undo: Undo): () => Promise<void> {
  let done: Promise<void> | undefined
  const once = (): Promise<void> => {
    done ??= Promise.resolve()
      .then(undo)
      .then(() => {})
      .finally(() => open.delete(once))
    return done
  }
  open.add(once)
  return once
}

const newest = (): (() => Promise<void>) | undefined => [...open].at(-1)

/** From now on SIGINT and SIGTERM undo what is open and end the process; a second one ends it at once. */
export function endOnSignal(): void {
  let isEnding = false
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isEnding) process.exit(1)
    isEnding = true
    // what is begun meanwhile too
    for (let undo = newest(); undo !== undefined; undo = newest())
      await undo().catch((error: Error) => console.error(`${signal}: ${error.message}`))
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}
