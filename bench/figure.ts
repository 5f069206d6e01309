// One measured figure of a benchmark, and how it is judged. Every benchmark prints these, one JSON object a line.

/** How thorough a run is; a benchmark of one repetition in itself takes no notice. */
export interface BenchOptions {
  repetitions: number
  /** Shorter, smaller, less: to see whether all of it works, and about how much it is. */
  isQuick: boolean
  /** Of a benchmark with several kinds of something: these; absent: all. */
  kinds?: string[] | undefined
}

/** `goal` is text as a person writes it ("<= 12", ">= 10"); `ok` says whether `value` meets it. */
export interface Figure {
  name: string
  value: number
  unit: string
  goal: string
  ok: boolean
}

/** Judges `value` against a goal of the form `<= 12` or `>= 10`; 'none' reports without judging. */
export function figure(name: string, value: number, unit: string, goal: string): Figure {
  const rounded = Number(value.toPrecision(4))
  const bound = Number(goal.slice(2))
  const ok = goal === 'none' || (goal.startsWith('<=') ? value <= bound : value >= bound)
  return { name, value: rounded, unit, goal, ok }
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
