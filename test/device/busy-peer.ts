// A peer that answers nobody: its queue of connections is full, so that whoever connects waits in its own system, until it has waited for a
// while; then everybody is let in. In a thread of its own, because the virtual dongle waits in ours.

import { readFileSync } from 'node:fs'
import { createServer, connect as dial, type Socket } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** The system lets in one more than it is told. */
const BACKLOG = 1
const LOOK_MS = 10
const HELD_MS = 300
/** In /proc/net/tcp: a connection that was asked for and not answered. */
const SYN_SENT = '02'

export interface BusyPeer {
  port: number
  close(): void
}

export async function openBusyPeer(): Promise<BusyPeer> {
  const isFull = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL(import.meta.url), { workerData: isFull })
  const port = await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))
  const waiting = Array.from({ length: BACKLOG + 1 }, () => dial(port, '127.0.0.1'))
  await Promise.all(waiting.map(one => new Promise(resolve => one.once('connect', resolve))))
  Atomics.store(isFull, 0, 1)
  Atomics.notify(isFull, 0)
  return {
    port,
    close: () => {
      for (const one of waiting) one.destroy()
      void worker.terminate()
    },
  }
}

function isAsked(port: number): boolean {
  const peer = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/tcp', 'latin1').split('\n')
  return lines.some(line => {
    const [, , remote, state] = line.trim().split(/\s+/)
    return remote === peer && state === SYN_SENT
  })
}

function holdUp(isFull: Int32Array): void {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {})
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () => {
    const { port } = server.address() as { port: number }
    parentPort?.postMessage(port)
    // this thread lets nobody in until it goes on
    Atomics.wait(isFull, 0, 0)
    const never = new Int32Array(new SharedArrayBuffer(4))
    while (!isAsked(port)) Atomics.wait(never, 0, 0, LOOK_MS)
    Atomics.wait(never, 0, 0, HELD_MS)
  })
}

if (!isMainThread && workerData instanceof Int32Array) holdUp(workerData)
