// Between accepting a connection and its TLS handshake: waits for the whole ClientHello, then for its turn. A handshake costs the thread that serves
// everybody about a millisecond, and a client chooses the moment; without this, all that were sent at once would be answered in one go.

import type { Socket } from 'node:net'
import type { Refusal } from '../refusal.ts'
import type { Turnstile } from '../turnstile.ts'
import { helloState } from './client-hello.ts'
import { isCrumbTooMany } from './crumbs.ts'

/** Calls `shake` in the turn in which the handshake may begin, with the hello put back into the socket; `refuse` when none comes. Neither when the socket closes. */
export function awaitHello(
  socket: Socket,
  turnstile: Turnstile,
  shake: () => void,
  refuse: (reason: Refusal) => void,
): void {
  let bytes: Uint8Array | undefined
  const pieces = { crumbs: 0 }

  function take(chunk: Uint8Array): void {
    bytes = bytes === undefined ? chunk : Buffer.concat([bytes, chunk])
    const state = helloState(bytes)
    if (state === 'partial' && !isCrumbTooMany(pieces, chunk)) return
    socket.off('data', take)
    socket.pause()
    if (state === 'foreign') refuse('tls-handshake')
    else if (state === 'partial') refuse('connect-in-crumbs')
    else queue(bytes)
  }

  function queue(hello: Uint8Array): void {
    socket.unshift(hello)
    turnstile.enter(() => {
      if (socket.destroyed) return false
      shake()
      return true
    })
  }

  socket.on('data', take)
  socket.resume()
}
