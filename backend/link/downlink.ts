// Commands on their way down to gateways: each goes to all of them, as a line of JSON. A wish for live delivery is kept until it is over,
// for a gateway that is linked later; everything else a gateway finds by itself when it comes (orders, who was revoked).

import type { ServerHttp2Stream } from 'node:http2'
import type { Clock } from '../../shared/kernel/clock.ts'
import type { DownLine } from '../../shared/link/link.ts'
import type { CommandPort } from '../../shared/port/command-port.ts'

export interface Downlink {
  readonly commands: CommandPort
  /** The answer of `commands`: it stays open, and begins with the wishes that are not over. */
  join(stream: ServerHttp2Stream): void
  close(): void
}

const WISHES_MAX = 10_000
/** A gateway that reads no faster is let go; it links again and begins anew. */
const UNREAD_BYTES_MAX = 4_194_304

export function createDownlink(clock: Clock): Downlink {
  const streams = new Set<ServerHttp2Stream>()
  const wishes = new Map<string, number>()

  function send(line: DownLine): void {
    for (const stream of streams) write(stream, line)
  }

  function write(stream: ServerHttp2Stream, line: DownLine): void {
    if (stream.writableLength > UNREAD_BYTES_MAX) stream.close()
    else stream.write(`${JSON.stringify(line)}\n`)
  }

  /** Repeated wishes go to the end of the map, so that the one asked longest ago makes room. */
  function remember(dongleId: string, untilS: number): void {
    const known = wishes.get(dongleId) ?? 0
    wishes.delete(dongleId)
    wishes.set(dongleId, Math.max(known, untilS))
    for (const [id, until] of wishes) {
      if (wishes.size <= WISHES_MAX && until > clock.wallS()) break
      wishes.delete(id)
    }
  }

  return {
    commands: {
      requestLive(dongleId, untilS) {
        remember(dongleId, untilS)
        send({ do: 'live', dongleId, untilS })
      },
      wake: dongleId => send({ do: 'wake', dongleId }),
      requestStatus: dongleId => send({ do: 'status', dongleId }),
      disconnect(dongleId, reason) {
        wishes.delete(dongleId)
        send({ do: 'disconnect', dongleId, reason })
      },
    },
    join(stream) {
      stream.respond({ ':status': 200 })
      streams.add(stream)
      stream.on('close', () => streams.delete(stream))
      for (const [dongleId, untilS] of wishes) {
        if (untilS > clock.wallS()) write(stream, { do: 'live', dongleId, untilS })
      }
    },
    close() {
      for (const stream of streams) stream.end()
    },
  }
}
