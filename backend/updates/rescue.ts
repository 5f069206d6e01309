// When a dongle that has lost both programs is sent one again, and which. Pure. It never gives up, because nobody else can help such a dongle
// without a journey, and it never hurries, because each try empties the same sectors of flash.

/** A release that was sent to this dongle for help. */
export interface RescueTry {
  releaseNo: number
  atS: number
}

/** Tries from before this are forgotten. */
export const TRIES_KEPT_S = 7 * 86_400
/** The first at once, the next after these, and then every day. */
const WAITS_S = [0, 900, 3600, 4 * 3600, 12 * 3600, 86_400]
/** After so many tries of one, the one before it is tried as well. */
const TRIES_OF_ONE = 2

/** `proved`: releases that it may be given, newest first. `all`: tries of the last days, oldest first. undefined: not now. */
export function rescueNow(proved: readonly number[], all: readonly RescueTry[], nowS: number): number | undefined {
  // What a clock that was wrong has dated into the future would be waited for for years.
  const tries = all.filter(one => one.atS <= nowS)
  const last = tries.at(-1)
  const waitS = WAITS_S[Math.min(tries.length, WAITS_S.length - 1)] as number
  if (last !== undefined && nowS < last.atS + waitS) return undefined
  const triesOf = (releaseNo: number): number => tries.filter(one => one.releaseNo === releaseNo).length
  const fewest = Math.min(...proved.map(triesOf))
  return proved.find(releaseNo => triesOf(releaseNo) < TRIES_OF_ONE || triesOf(releaseNo) === fewest)
}
