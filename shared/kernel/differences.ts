// Differences of whole numbers as bits, in texts of zeros and ones: the Rice code with k = 2 of a batch's columns (docs/protocol.md), which the
// dongle writes as its telegrams come. Small differences, nearly all, are looked up. Espruino dialect. See docs/adr/0073.

/** The code's parameter; its quotient of so many ones is followed by the plain number in 24 bits. */
export const DIFFERENCE_K = 2
export const ONES_MAX = 12
/** 13 ones before them. */
const ESCAPE = 137422176256
/** What stands still. */
export const NO_DIFFERENCE = '000'
/** Differences up to this are in the table, at difference + this. */
export const TABLED = 15
/** A code of the table has so many bits at most, any other so many. */
export const TABLED_BITS = 10
export const LONG_BITS = 36

/** The bits of a difference of -2^23 … 2^23-1. */
export function differenceBits(difference: number): string {
  // 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4
  const number = difference < 0 ? -2 * difference - 1 : 2 * difference
  const ones = number >> DIFFERENCE_K
  // the first bit is a one too many
  return (ones < ONES_MAX ? (((4 << ones) - 2) << DIFFERENCE_K) | (number & 3) : ESCAPE + number).toString(2).substr(1)
}

/** The bits of -TABLED … TABLED. */
export function differenceTable(): string[] {
  const table: string[] = []
  for (let i = -TABLED; i <= TABLED; i++) table.push(differenceBits(i))
  return table
}
