// What may stand in a log line. A dongle id is a pseudonym of a household, so lines carry a short hash of it: enough to see
// that two lines speak of the same dongle, and whoever holds the register can compute it. Never serials, EANs, keys, readings.

import { hash } from 'node:crypto'

/** What the gateway needs of a pino logger. */
export interface Log {
  debug(facts: object, sentence: string): void
  info(facts: object, sentence: string): void
  warn(facts: object, sentence: string): void
  error(facts: object, sentence: string): void
}

/** Eight hexadecimal digits that stand for a dongle in logs. */
export function pseudonymOf(dongleId: string): string {
  return hash('sha256', `nrt/log|${dongleId}`).slice(0, 8)
}

/** An error's own words for a log line; anything else thrown is named by its type only. */
export function causeOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : typeof cause
}
