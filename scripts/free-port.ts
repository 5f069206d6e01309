// A port of the loopback address that nobody listens on now, and that no outgoing connection is given before it is used, or while who had it
// starts again: below the range that systems give those from (32768 on Linux, 49152 elsewhere, RFC 6335 section 6).

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

const FIRST = 20_000
const END = 32_768

/** Tries until one is free. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
