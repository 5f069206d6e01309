// What the dongle does in the turns after a telegram, at once: for worlds whose time does not go on within a second.

import { type Keeper, stepKeeper } from '../../firmware/keeper.ts'

/** Closed batches go into the ring. True when there were any. */
export function keepClosed(keeper: Keeper): boolean {
  let isKept = false
  while (keeper.closed.length > 0) if (stepKeeper(keeper)) isKept = true
  return isKept
}
