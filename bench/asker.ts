// Somebody who asks the gateway by UDP whether it is there, as a process of its own: `node bench/asker.ts PORT`. The answer is the least that the thread that
// serves everybody does, so how long it takes is what is left of what that thread is doing. Every message to the process is answered with the milliseconds
// noted since the one before.

import { createSocket } from 'node:dgram'
import { setTimeout as delay } from 'node:timers/promises'

/** Each may ask fifty times a second. */
const ADDRESSES = 20
const EVERY_MS = 2

const port = Number(process.argv[2])
let ms: number[] = []
let number = 0
const askedAtMs = new Map<number, number>()

const sockets = Array.from({ length: ADDRESSES }, (_, i) => {
  const socket = createSocket('udp4', answer => {
    const asked = answer.readUInt32BE(4)
    const askedMs = askedAtMs.get(asked)
    if (askedMs !== undefined) ms.push(performance.now() - askedMs)
    askedAtMs.delete(asked)
  })
  socket.on('error', () => {})
  socket.bind(0, `127.0.5.${1 + i}`)
  return socket
})

async function ask(): Promise<never> {
  for (;;) {
    const question = Buffer.alloc(16)
    question.write('nrt?')
    question.writeUInt32BE(++number, 4)
    askedAtMs.set(number, performance.now())
    sockets[number % ADDRESSES]?.send(question, port, '127.0.0.1', () => {})
    // not in step with anything else
    await delay(EVERY_MS * (0.5 + Math.random()))
  }
}

process.on('disconnect', () => process.exit(0))
process.on('message', () => {
  process.send?.({ ms })
  ms = []
})
await Promise.all(sockets.map(socket => new Promise<void>(resolve => socket.once('listening', resolve))))
process.send?.('ready')
void ask()
