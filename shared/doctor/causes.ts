// Forty reasons of the link (docs/reasons.md) as the few causes that a person can do something about. One table.

/** restless: something ended a connection that nobody can do anything about once. */
export const CAUSES = [
  'wifi-password',
  'wifi-missing',
  'wifi-weak',
  'wifi-refused',
  'no-internet',
  'portal',
  'gateway-away',
  'not-accepted',
  'tls',
  'not-stored',
  'restless',
] as const
export type Cause = (typeof CAUSES)[number]

const CODES: { [cause in Cause]: readonly number[] } = {
  'wifi-password': [4, 6],
  'wifi-missing': [1, 10, 12],
  'wifi-weak': [5, 13],
  'wifi-refused': [2, 7, 9, 11],
  'no-internet': [15, 16, 17],
  portal: [19, 26],
  'gateway-away': [18, 21, 22, 27],
  'not-accepted': [28, 29, 30, 35],
  tls: [20, 25],
  'not-stored': [36],
  restless: [3, 8, 14, 23, 24, 31, 32, 33, 34, 37, 38],
}

/** A code that a newer dongle knows and this program does not is restless. */
export function causeOf(code: number): Cause {
  return CAUSES.find(cause => CODES[cause].includes(code)) ?? 'restless'
}

/**
 * Why there is no connection: the newest reason that says something. Where the newest only says that there was none (37, 38), the
 * one that counts most. undefined: nothing went wrong yet.
 */
export function causeNow(reasons: { last: number; counts: { [code: number]: number } } | undefined): Cause | undefined {
  if (reasons === undefined || reasons.last === 0) return undefined
  const cause = causeOf(reasons.last)
  if (cause !== 'restless') return cause
  const codes = Object.keys(reasons.counts).map(Number)
  const telling = codes.filter(code => causeOf(code) !== 'restless')
  telling.sort((a, b) => (reasons.counts[b] ?? 0) - (reasons.counts[a] ?? 0))
  return telling[0] === undefined ? cause : causeOf(telling[0])
}
