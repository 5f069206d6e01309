// Stretches of time that are still to be delivered: ascending, apart, at most RANGES_MAX of them. Where there would be more, the two that lie nearest
// become one, and what lies between is delivered a second time: never too little. Pure.

/** fromS <= time < toS, epoch seconds. */
export interface Range {
  fromS: number
  toS: number
}

export const RANGES_MAX = 32

/** `ranges` with one more; what touches becomes one. */
export function withRange(ranges: readonly Range[], { fromS, toS }: Range): Range[] {
  if (fromS >= toS) return [...ranges]
  const apart = ranges.filter(one => one.toS < fromS || one.fromS > toS)
  const touched = ranges.filter(one => one.toS >= fromS && one.fromS <= toS)
  const merged = {
    fromS: Math.min(fromS, ...touched.map(one => one.fromS)),
    toS: Math.max(toS, ...touched.map(one => one.toS)),
  }
  return bounded([...apart, merged].sort((a, b) => a.fromS - b.fromS))
}

/** `ranges` without what lies in the one. */
export function withoutRange(ranges: readonly Range[], { fromS, toS }: Range): Range[] {
  if (fromS >= toS) return [...ranges]
  const left: Range[] = []
  for (const one of ranges) {
    if (one.fromS < Math.min(one.toS, fromS)) left.push({ fromS: one.fromS, toS: Math.min(one.toS, fromS) })
    if (Math.max(one.fromS, toS) < one.toS) left.push({ fromS: Math.max(one.fromS, toS), toS: one.toS })
  }
  return bounded(left)
}

function bounded(ranges: Range[]): Range[] {
  while (ranges.length > RANGES_MAX) {
    let nearest = 1
    for (let i = 2; i < ranges.length; i++) if (gapBefore(ranges, i) < gapBefore(ranges, nearest)) nearest = i
    const [before, after] = [ranges[nearest - 1] as Range, ranges[nearest] as Range]
    ranges.splice(nearest - 1, 2, { fromS: before.fromS, toS: after.toS })
  }
  return ranges
}

function gapBefore(ranges: Range[], i: number): number {
  return (ranges[i] as Range).fromS - (ranges[i - 1] as Range).toS
}
