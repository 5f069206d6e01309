// The bounds of a batch, the same for who writes and who reads. A reader refuses what passes them before it allocates
// anything; a writer closes a batch in time. docs/protocol.md states them for others.

export const LIMITS = {
  /** Readings in one batch: ten minutes at one a second. */
  readingsMax: 600,
  /** Bytes of one batch. 60 readings of any values fit; more readings that jump wildly may not, then the writer splits. */
  bytesMax: 16384,
  /** The largest value of a field: 2^40-1, in Wh a billion kWh. The smallest is 0. */
  valueMax: 1099511627775,
  /** Epoch seconds in 32 bits, until 2106. */
  timeSMax: 4294967295,
  bootMax: 4294967295,
  /** Sequence numbers, and therefore firstSeq + span, in 32 bits: 136 years at one a second. */
  seqMax: 4294967295,
  meterMax: 255,
  /** The longest period of a thinned batch: a day. */
  periodSMax: 86400,
  /** One before each reading and one after the last. */
  lossesMax: 601,
  /** Keys of the outer map, later versions' included. */
  keysMax: 16,
}
