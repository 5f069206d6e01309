// What the dongle does in the turns after a telegram, at once: for worlds whose time does not go on within a second.

import { isKeeperBusy, type Keeper, stepKeeper } from '../../firmware/keeper.ts'

/** Closed batches go into the ring, and the rings have their turns. True when there were any batches. */
export function keepClosed(keeper: Keeper): boolean {
  let isKept = false
  while (isKeeperBusy(keeper)) if (stepKeeper(keeper)) isKept = true
  return isKept
}
