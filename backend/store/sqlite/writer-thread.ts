// The thread that writes: jobs in, answers out, one after the other. It holds the only connection that readings are written on.

import { parentPort, workerData } from 'node:worker_threads'
import { StoreFault } from '../fault.ts'
import { openWriter } from './open.ts'
import { createWriter, type Writer } from './writer.ts'
import type { Answer, Job, WriterSetup } from './writer-link.ts'

const { path, kek, bytesMax } = workerData as WriterSetup
const writer = createWriter(openWriter(path, bytesMax), path, kek)

/** Nothing came for this long: readers and registers need not wait for the rest of the five seconds. */
const IDLE_MS = 50

const idle = setTimeout(settle, IDLE_MS).unref()

parentPort?.on('message', ({ name, args }: Job) => {
  parentPort?.postMessage(answerTo(name, args))
  if (name === 'close') {
    clearTimeout(idle)
    parentPort?.close()
  } else if (name === 'commit') {
    // After the answer: a group that ends the five seconds does not wait for it.
    if (writer.isDue()) settle()
    else idle.refresh()
  }
})

function settle(): void {
  try {
    writer.settle()
  } catch {
    // The groups wait in the inbox; the next commit tries first to put them in their places, and says what is wrong.
  }
}

function answerTo(name: keyof Writer, args: unknown[]): Answer {
  try {
    return { result: (writer[name] as (...args: unknown[]) => unknown)(...args) }
  } catch (error) {
    return { trouble: error instanceof StoreFault ? error.reason : undefined, error }
  }
}
