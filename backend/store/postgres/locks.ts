// Who waits for whom, across all programs on one database: advisory locks, which end with their transaction where nothing else is said. A
// transaction takes them in the order in which they stand here, dongles by their numbers, so that none waits in a circle.

/** The first half of every lock of ours; the second is a small number for what there is one of, or a dongle's under DONGLE_LOCKS. */
export const LOCKS = 0x6e_72_74
const DONGLE_LOCKS = LOCKS + 1

/** Registers are written one transaction after the other, as SQLite does it: rules that read and then write hold without more ado. */
export const LOCK_REGISTERS = `SELECT pg_advisory_xact_lock(${LOCKS}, 2)`

/** A month's table is made by one. */
export const LOCK_MONTHS = `SELECT pg_advisory_xact_lock(${LOCKS}, 3)`

/** Batches of a dongle are judged one after the other: "stored once" is a rule about what is there. $1: dongles, ascending. */
export const LOCK_DONGLES = `SELECT pg_advisory_xact_lock(${DONGLE_LOCKS}, no::int) FROM unnest($1::bigint[]) AS no`

/** Of a session, not a transaction: whoever has it does what one program does at a time (siblings.ts). */
export const TRY_FIRST = `SELECT pg_try_advisory_lock(${LOCKS}, 4) AS "isFirst"`

/** Of a session: work that programs do one after the other and that asks other machines, so that it may last. */
export const LOCK_TURN = `SET lock_timeout = 0; SELECT pg_advisory_lock(${LOCKS}, 5)`
export const UNLOCK_TURN = `SELECT pg_advisory_unlock(${LOCKS}, 5); RESET lock_timeout`
