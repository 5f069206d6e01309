// The thread that writes: jobs in, answers out, one after the other. It holds the only connection that readings are written on.

import { parentPort, workerData } from 'node:worker_threads'
import { StoreFault } from '../fault.ts'
import { openWriter } from './open.ts'
import { createWriter, type Writer } from './writer.ts'
import type { Answer, Job, WriterSetup } from './writer-link.ts'

const { path, kek, bytesMax } = workerData as WriterSetup
const writer = createWriter(openWriter(path, bytesMax), path, kek)

parentPort?.on('message', ({ name, args }: Job) => {
  parentPort?.postMessage(answerTo(name, args))
  if (name === 'close') parentPort?.close()
})

function answerTo(name: keyof Writer, args: unknown[]): Answer {
  try {
    return { result: (writer[name] as (...args: unknown[]) => unknown)(...args) }
  } catch (error) {
    return { trouble: error instanceof StoreFault ? error.reason : undefined, error }
  }
}
