// The engine's sockets under the link: one TCP or TLS connection, one UDP question at a time. It knows the engine's quirks and
// whether there is memory for TLS; when to dial and what the bytes mean is not its business.

import type { DongleConfig } from '../shared/session/system-page.ts'
import type { EngineDgram, EngineNet, EngineSocket, EngineUdpSocket } from './engine.ts'
import { closeLink, type Link, linkAnswer, linkConnected, linkReceive, type Wire } from './link.ts'
import type { Network } from './network.ts'
import * as reason from './reasons.ts'

/** Time for the last bytes of a connection. */
const GOODBYE_MS = 2000
/** What a TLS session takes while it begins: 43 to 49 kB were measured, and something must be left. */
const TLS_BYTES = 54000

export interface WireEngine {
  net: EngineNet
  /** Absent where the configuration wants none. */
  tls: EngineNet | undefined
  dgram: EngineDgram
  /** Memory that a TLS session could have: the heap beside the variables, or the variables where it lives in them. */
  freeBytes(): number
}

/** `linkOf` gives the link that is told; it is asked when something happens, not before. */
export function openWire(
  engine: WireEngine,
  config: DongleConfig,
  network: Network,
  linkOf: () => Link,
  nowMs: () => number,
): Wire {
  let socket: EngineSocket | undefined
  let udp: EngineUdpSocket | undefined

  function end(from: EngineSocket | undefined, code: number): void {
    if (from === socket) closeLink(linkOf(), code, nowMs())
  }

  function connect(address: string, port: number, net: EngineNet): void {
    const mine = net.connect({ host: address, port: port }, () => {
      if (mine === socket) linkConnected(linkOf(), nowMs())
    })
    socket = mine
    mine.on('data', chunk => {
      if (mine === socket) linkReceive(linkOf(), chunk, nowMs())
    })
    mine.on('error', error => end(mine, error.code < -12 ? reason.TLS_FAILED : reason.SOCKET_ERROR))
    mine.on('close', () => end(mine, reason.CLOSED_BY_PEER))
  }

  return {
    lookUp: network.lookUp,
    probe: (address, port, question) => {
      try {
        if (udp) udp.close()
        // a new one each time: the engine never delivers two packets that wait in one socket
        const mine = engine.dgram.createSocket('udp4')
        udp = mine
        mine.on('message', answer => linkAnswer(linkOf(), answer, nowMs()))
        mine.send(question, port, address)
      } catch (_error) {
        // no answer will come, which is what the link waits for
      }
    },
    dial: address => {
      const tls = engine.tls
      const hasRoom = tls !== undefined && engine.freeBytes() >= TLS_BYTES
      const port = tls && !hasRoom ? config.plainPort : config.port
      if (port === undefined) {
        end(socket, reason.NO_TLS_MEMORY)
        return
      }
      try {
        connect(address, port, hasRoom ? tls : engine.net)
      } catch (_error) {
        end(socket, reason.NOT_CONNECTED)
      }
    },
    // The engine throws when the other side has closed already; the 'close' event says so too, and ends the link.
    send: data => {
      try {
        if (socket) socket.write(data)
      } catch (_error) {
        // see above
      }
    },
    // Its end() waits until everything is sent, on a dead line for ever; its idle loop also looks at clsNow (socketserver.c).
    close: () => {
      const old = socket
      socket = undefined
      if (!old) return
      try {
        old.end()
      } catch (_error) {
        return // closed already
      }
      setTimeout(() => {
        old.clsNow = true
      }, GOODBYE_MS)
    },
  }
}
