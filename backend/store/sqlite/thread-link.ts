// This side of one of the store's threads: a job is posted, its answer is a promise. Answers come in the order of the jobs. A thread that
// ends by itself ends the process, as any bug does: the supervisor starts it again, and what was not acknowledged comes again.

import { Worker } from 'node:worker_threads'
import { StoreFault, type StoreTrouble } from '../fault.ts'

export interface ThreadSetup {
  path: string
  kek: Uint8Array
  keyTreeFile: string
  bytesMax: number | undefined
}

export interface Job {
  name: string
  args: unknown[]
}

export type Answer = { result: unknown } | { trouble: StoreTrouble | undefined; error: unknown }

type Jobs<All> = { [Name in keyof All]: (...args: never[]) => unknown }

export interface ThreadLink<All extends Jobs<All>> {
  /** Rejects with StoreFault when the disk is in trouble, with what happened otherwise. A block of bytes is handed over. */
  ask<Name extends keyof All & string>(name: Name, ...args: Parameters<All[Name]>): Promise<ReturnType<All[Name]>>
}

/** `youngMb`: the thread's young generation, so large that what dies with its group is never copied. */
export function startThread<All extends Jobs<All>>(script: URL, setup: ThreadSetup, youngMb: number): ThreadLink<All> {
  const thread = new Worker(script, {
    workerData: setup,
    resourceLimits: { maxYoungGenerationSizeMb: youngMb },
  })
  const asked: PromiseWithResolvers<unknown>[] = []
  thread.unref()

  thread.on('message', (answer: Answer) => {
    const one = asked.shift()
    if (asked.length === 0) thread.unref()
    if ('result' in answer) one?.resolve(answer.result)
    else one?.reject(answer.trouble === undefined ? answer.error : new StoreFault(answer.trouble, answer.error))
  })

  return {
    ask(name, ...args) {
      const one = Promise.withResolvers<unknown>()
      asked.push(one)
      thread.ref()
      const job: Job = { name, args }
      const blocks = args.flatMap(arg => ((arg as unknown) instanceof Uint8Array ? [(arg as Uint8Array).buffer] : []))
      thread.postMessage(job, blocks as ArrayBuffer[])
      return one.promise as Promise<never>
    },
  }
}
