// Lets through so many in each turn of the event loop, in the order in which they came. However many ask at once, everybody else is served between
// them; who comes alone does not wait. Pure: what a turn is, it is told. It refuses to know what is waited for.

export interface Turnstile {
  /** `go` is called now or in a later turn; it says false when there was nothing to be done any more, and its place is the next one's. */
  enter(go: () => boolean): void
  /** Who waits now is let through at once. */
  open(): void
  readonly waiting: number
}

/**
 * `nextTurn` calls back once, when what is ready now has been served: setImmediate, or a timer where a turn is to be longer. Where so many wait that
 * it would take more than `turnsMost` turns, more go through in each.
 */
export function createTurnstile(
  perTurn: number,
  nextTurn: (step: () => void) => void,
  turnsMost = Number.POSITIVE_INFINITY,
): Turnstile {
  const waiting: (() => boolean)[] = []
  /** Who has been let through in this turn. */
  let through = 0
  let isTurnComing = false

  function pass(go: () => boolean): void {
    if (!go()) return
    through++
    if (isTurnComing) return
    isTurnComing = true
    nextTurn(step)
  }

  function step(): void {
    isTurnComing = false
    through = 0
    const most = Math.max(perTurn, Math.ceil(waiting.length / turnsMost))
    while (through < most && waiting.length > 0) pass(waiting.shift() as () => boolean)
  }

  return {
    enter(go) {
      if (through < perTurn && waiting.length === 0) pass(go)
      else waiting.push(go)
    },
    open() {
      for (const go of waiting.splice(0)) go()
    },
    get waiting() {
      return waiting.length
    },
  }
}
