// The rule of "stored once": what a batch is, given what is already there. Sequence numbers are counted within a boot, and a stored
// batch owns its whole span, so at most a glance at one neighbour decides. Pure; the store asks it inside its transaction.

/** firstSeq … firstSeq + span - 1 of one boot of one dongle. */
export interface SeqRange {
  firstSeq: number
  span: number
}

export type Verdict = 'new' | 'duplicate' | 'quarantine'

export function overlaps(a: SeqRange, b: SeqRange): boolean {
  return a.firstSeq < b.firstSeq + b.span && b.firstSeq < a.firstSeq + a.span
}

export function isSameRange(a: SeqRange, b: SeqRange): boolean {
  return a.firstSeq === b.firstSeq && a.span === b.span
}

/**
 * `neighbour` is the stored batch with the greatest firstSeq that is not beyond the arrived one's end; since stored spans do not
 * overlap, it is the only one that can collide. The same span with the same bytes is a repeat (an ack got lost). Any other
 * overlap is a second story about the same sequence numbers: a clone, a restored backup or corruption. It is never merged.
 */
export function judge(arrived: SeqRange, neighbour: SeqRange | undefined, hasSameContent: () => boolean): Verdict {
  if (neighbour === undefined || !overlaps(arrived, neighbour)) return 'new'
  return isSameRange(arrived, neighbour) && hasSameContent() ? 'duplicate' : 'quarantine'
}
