// How long CONNECTs wait for the directory. A dongle gives up after 15 s without an answer: when a herd comes, work for those who will have given up
// before their turn is work that nobody gets anything of, and in the end all of it is. So nobody is let in while answers come late.

/** A new one would wait about as long again, and a handshake before. */
export const LATE_MS = 2000

export interface Admissions {
  /** Waiting, the longest first: since when, monotonic ms. */
  waiting: Map<object, number>
}

export function createAdmissions(): Admissions {
  return { waiting: new Map() }
}

/** `who` asks the directory now. */
export function asksDirectory({ waiting }: Admissions, who: object, nowMs: number): void {
  waiting.set(who, nowMs)
}

/** It has its answer, or no longer wants one. */
export function isAnswered({ waiting }: Admissions, who: object): void {
  waiting.delete(who)
}

/** The one that has waited longest has waited too long. */
export function isLate({ waiting }: Admissions, nowMs: number): boolean {
  const longest = waiting.values().next()
  return !longest.done && nowMs - longest.value > LATE_MS
}
