// Moments at which all who wait go on together, where each by itself would cost as much as all of them. A moment is counted from the first who waits for
// it, so that nothing ticks while nobody does. It refuses to know what is waited for.

/** Everybody who asks within `everyMs` of the first goes on when they are over. */
export function createBeat(everyMs: number): () => Promise<void> {
  let coming: Promise<void> | undefined

  return () => {
    coming ??= new Promise(resolve => {
      setTimeout(() => {
        coming = undefined
        resolve()
      }, everyMs)
    })
    return coming
  }
}
