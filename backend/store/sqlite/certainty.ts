// What is certainly new: a batch that begins behind everything known of its dongle's boot, from the meter and within the tenure that the
// writer placed the one before in. Such a batch need not wait until it is in its place to be called stored; whatever else comes is for the
// writer to judge. It only ever errs towards "not certain". Pure.

import { type Batch, spanOf } from '../../../shared/batch/batch.ts'
import { implausibility, timeRangeOf } from '../../ingest/plausible.ts'

/** What the writer knows after placing a batch: where the dongle's next ones belong, and from which number on they are new. */
export interface Lesson {
  dongleId: string
  boot: number
  meter: number
  tenureNo: number
  /** The tenure's time, as far as it is known: fromS <= time < toS (null: open). */
  fromS: number
  toS: number | null
  nextSeq: number
}

export interface Certainty {
  /** The tenure that the batch certainly goes to; UNSURE or BEHIND if that is for the writer to say. Batches are asked about in the order they are kept. */
  judge(dongleId: string, batch: Batch, receivedAtMs: number): number
  learn(lessons: readonly Lesson[]): void
  /** A binding or a tenure has changed. */
  forget(): void
}

/** No tenure has this number. What the writer finds is a lesson. */
export const UNSURE = 0
/** Nor this. There is nothing to learn of it: a backlog brings many such, and each lesson costs the writer a question and both threads a message. */
export const BEHIND = -1

/** Whether what judge() said is a tenure. */
export function isCertain(tenureNo: number): boolean {
  return tenureNo > UNSURE
}

/** About 30 MB. The ones beyond it wait for the writer. */
const DONGLES_MAX = 100_000

/** `lesson` is missing while nothing is certain; what has been asked about counts in `nextSeq` all the same. */
interface Known {
  boot: number
  nextSeq: number
  lesson: Lesson | undefined
}

export function createCertainty(): Certainty {
  const dongles = new Map<string, Known>()

  return { judge, learn, forget: () => dongles.clear() }

  function judge(dongleId: string, batch: Batch, receivedAtMs: number): number {
    const known = knownOf(dongleId, batch.boot)
    if (known === undefined) return BEHIND
    const isNext = batch.firstSeq >= known.nextSeq
    known.nextSeq = Math.max(known.nextSeq, batch.firstSeq + spanOf(batch))
    const { lesson } = known
    if (lesson === undefined) return UNSURE
    if (!isNext) return BEHIND
    if (lesson.meter !== batch.meter || batch.thinned !== undefined) return UNSURE
    const range = timeRangeOf(batch)
    if (range === undefined || range.fromS < lesson.fromS) return UNSURE
    if (lesson.toS !== null && range.fromS >= lesson.toS) return UNSURE
    return implausibility(batch, range, receivedAtMs) === undefined ? lesson.tenureNo : UNSURE
  }

  /** Undefined for a boot before the newest one, and when there are too many dongles. */
  function knownOf(dongleId: string, boot: number): Known | undefined {
    const known = dongles.get(dongleId)
    if (known !== undefined && known.boot >= boot) return known.boot === boot ? known : undefined
    if (known === undefined && dongles.size >= DONGLES_MAX) return undefined
    const fresh: Known = { boot, nextSeq: 0, lesson: undefined }
    dongles.set(dongleId, fresh)
    return fresh
  }

  function learn(lessons: readonly Lesson[]): void {
    for (const lesson of lessons) {
      const known = knownOf(lesson.dongleId, lesson.boot)
      if (known === undefined) continue
      known.lesson = lesson
      known.nextSeq = Math.max(known.nextSeq, lesson.nextSeq)
    }
  }
}
