// One Server-Sent Events stream (HTML Living Standard, section 9.2): events out, bounded. A reader who cannot keep up is cut off: the browser
// comes back by itself with the last id it has seen, and gets from the store what it missed.

import type { ServerResponse } from 'node:http'

/** About a minute of a busy stream; more than this unsent means that nobody reads. */
export const UNSENT_BYTES_MAX = 262_144

export interface EventStream {
  /** `id` comes back as Last-Event-ID. */
  send(event: string, data: unknown, id?: number): void
  heartbeat(): void
  end(): void
}

/** `onCut` is called once, by whichever write finds that nobody reads. */
export function openEventStream(
  response: ServerResponse,
  headers: { [name: string]: string },
  onCut: () => void,
): EventStream {
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()

  return {
    send: (event, data, id) =>
      write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    heartbeat: () => write(': heartbeat\n\n'),
    end: () => void response.end(),
  }

  function write(text: string): void {
    if (response.destroyed) return
    if (response.writableLength > UNSENT_BYTES_MAX) {
      response.destroy()
      onCut()
      return
    }
    response.write(text)
    // Node holds a chunk back until the turn is over; in this turn the acks of a whole group may still be sealed.
    response.socket?.uncork()
  }
}
