// Who waits for whom, across all programs on one database: advisory locks, which end with their transaction. A transaction takes them in the order in
// which they stand here, dongles by their numbers, so that none waits in a circle.

/** The first half of every lock of ours; the second is a small number for what there is one of, or a dongle's under DONGLE_LOCKS. */
export const LOCKS = 0x6e_72_74
const DONGLE_LOCKS = LOCKS + 1

/** Registers are written one transaction after the other, as SQLite does it: rules that read and then write hold without more ado. */
export const LOCK_REGISTERS = `SELECT pg_advisory_xact_lock(${LOCKS}, 2)`

/** A month's table is made by one. */
export const LOCK_MONTHS = `SELECT pg_advisory_xact_lock(${LOCKS}, 3)`

/** Batches of a dongle are judged one after the other: "stored once" is a rule about what is there. $1: dongles, ascending. */
export const LOCK_DONGLES = `SELECT pg_advisory_xact_lock(${DONGLE_LOCKS}, no::int) FROM unnest($1::bigint[]) AS no`
