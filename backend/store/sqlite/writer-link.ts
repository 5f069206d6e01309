// This side of the writer's thread: a job is posted, its answer is a promise. Answers come in the order of the jobs. A thread that
// ends by itself ends the process, as any bug does: the supervisor starts it again, and what was not acknowledged comes again.

import { Worker } from 'node:worker_threads'
import { StoreFault, type StoreTrouble } from '../fault.ts'
import type { Writer } from './writer.ts'

export interface WriterSetup {
  path: string
  kek: Uint8Array
  bytesMax: number | undefined
}

export interface Job {
  name: keyof Writer
  args: unknown[]
}

export type Answer = { result: unknown } | { trouble: StoreTrouble | undefined; error: unknown }

export interface WriterLink {
  /** Rejects with StoreFault when the disk is in trouble, with what happened otherwise. A block of bytes is handed over. */
  ask<Name extends keyof Writer>(name: Name, ...args: Parameters<Writer[Name]>): Promise<ReturnType<Writer[Name]>>
  /** What was committed before can be read, and nothing is locked; never rejects: in trouble, what is there can be read. */
  settled(): Promise<void>
}

/** The thread's young generation: room for a few groups, so that what dies with its group is never copied. */
const YOUNG_GENERATION_MB = 144

export function startWriter(setup: WriterSetup): WriterLink {
  const thread = new Worker(new URL('./writer-thread.ts', import.meta.url), {
    workerData: setup,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  })
  const asked: PromiseWithResolvers<unknown>[] = []
  thread.unref()

  thread.on('message', (answer: Answer) => {
    const one = asked.shift()
    if (asked.length === 0) thread.unref()
    if ('result' in answer) one?.resolve(answer.result)
    else one?.reject(answer.trouble === undefined ? answer.error : new StoreFault(answer.trouble, answer.error))
  })

  let isSettled = true
  let settling: Promise<void> | undefined

  return {
    ask,
    async settled() {
      if (!isSettled) settling = ask('settle').catch(() => undefined)
      isSettled = true
      // also for who comes while another's wish is under way
      await settling
    },
  }

  function ask<Name extends keyof Writer>(
    name: Name,
    ...args: Parameters<Writer[Name]>
  ): Promise<ReturnType<Writer[Name]>> {
    if (name === 'commit') isSettled = false
    const one = Promise.withResolvers<unknown>()
    asked.push(one)
    thread.ref()
    const job: Job = { name, args }
    thread.postMessage(
      job,
      args.flatMap(arg => (arg instanceof Uint8Array ? [arg.buffer as ArrayBuffer] : [])),
    )
    return one.promise as Promise<never>
  }
}
