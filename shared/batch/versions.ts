// The versions of a batch on the wire and what each added. A version is frozen by test/wire/vN.test.ts as soon as it is
// used; a change of layout is a new version. New keys in the outer map are not: readers skip keys they do not know.

/**
 * 1  boot, firstSeq, time, field mask, columns in five codings, losses, meter.
 */
export const BATCH_VERSION = 1

/*  Keys of the outer map, ascending on the wire. What has its usual value is left out: no losses, meter 0, not thinned. */
export const KEY_VERSION = 0
export const KEY_BODY = 1
export const KEY_LOSSES = 2
export const KEY_METER = 3
/** Added later: [period in seconds, span] of a thinned batch. */
export const KEY_THINNED = 4
