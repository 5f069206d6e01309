// The other side of thread-link.ts: jobs in, answers out, one after the other.

import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { StoreFault, troubleOf } from '../fault.ts'
import type { Answer, Job } from './thread-link.ts'

const DISK_FULL_BELOW_BYTES = 1_048_576

/** Answers each job with what the function of its name gives or throws, and calls `after` when the answer is on its way. The job `close` is the last. */
export function answerJobs<All extends object>(jobs: All, after: (name: keyof All) => void): void {
  parentPort?.on('message', ({ name, args }: Job) => {
    parentPort?.postMessage(answerTo(name as keyof All, args))
    if (name === 'close') parentPort?.close()
    after(name as keyof All)
  })

  function answerTo(name: keyof All, args: unknown[]): Answer {
    try {
      return { result: (jobs[name] as (...args: unknown[]) => unknown)(...args) }
    } catch (error) {
      return { trouble: error instanceof StoreFault ? error.reason : undefined, error }
    }
  }
}

/** `work`, with the engine's errors turned into words; `undo` is told before they are thrown. */
export function guarded<T>(path: string, work: () => T, undo: (cause: unknown) => void): T {
  try {
    return work()
  } catch (error) {
    const trouble = troubleOf(error, () => isDiskFull(path))
    const cause = trouble === undefined ? error : new StoreFault(trouble, error)
    undo(cause)
    throw cause
  }
}

export function isDiskFull(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path))
  return bavail * bsize < DISK_FULL_BELOW_BYTES
}
