// The first thing that somebody says, a CONNECT or a ClientHello, comes in one piece, or in a few where the way has small packets. Who crumbles it wants
// reads of us, which cost more than its bytes do.

/** Of the first thing, before it is whole. */
export const CRUMB_BYTES = 32
export const CRUMBS_MAX = 4

/** Counts this piece, if it is a crumb; true: it is one too many. */
export function isCrumbTooMany(who: { crumbs: number }, piece: Uint8Array): boolean {
  return piece.length < CRUMB_BYTES && ++who.crumbs > CRUMBS_MAX
}
