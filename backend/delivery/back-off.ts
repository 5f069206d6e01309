// When an endpoint that failed is tried again, and when it is given up. Pure.

/** Seconds after the first, second … failure in a row; the last one stays. */
const WAITS_S = [5, 30, 120, 600, 1800, 3600] as const
/** An endpoint that has failed for so long: what waits for it becomes dead letters; what comes is tried on. */
export const GIVEN_UP_AFTER_S = 72 * 3600
/** Longer is nobody's to ask for. */
const ASKED_MAX_S = 3600

/** Seconds to wait after `failures` in a row; a fifth more or less by `chance` (0 … 1), so that many do not come back at once. */
export function waitS(failures: number, askedS: number | undefined, chance: number): number {
  const planned = WAITS_S[Math.min(failures, WAITS_S.length) - 1] as number
  return Math.max(Math.round(planned * (0.8 + 0.4 * chance)), Math.min(askedS ?? 0, ASKED_MAX_S))
}

/** The endpoint has read this message and says that it is wrong; a wrong key or address is ours and theirs to mend, and is tried again. */
const NEVER: readonly number[] = [400, 413, 415, 422]

/** What an answer means: taken, try again, or never. A redirect is not followed: the address has to be changed. */
export function verdictOf(status: number): 'taken' | 'again' | 'never' {
  if (status >= 200 && status < 300) return 'taken'
  return NEVER.includes(status) ? 'never' : 'again'
}
