// The engine's sockets under the link: one TCP or TLS connection, one UDP question at a time. It knows the engine's quirks and
// whether there is memory for TLS; when to dial and what the bytes mean is not its business.

import type { DongleConfig } from '../shared/session/system-page.ts'
import type { EngineNet, EngineSocket, EngineUdpSocket } from './engine.ts'
import { closeLink, type Link, linkAnswer, linkConnected, linkReceive, type Wire } from './link.ts'
import type { Network } from './network.ts'
import * as reason from './reasons.ts'

/** Time for the last bytes of a connection. */
const GOODBYE_MS = 2000
/** What a TLS session takes while it begins: 43 to 49 kB were measured, and something must be left. */
const TLS_BYTES = 54000
const VARIABLE_BYTES = 14

/** On the chip TLS lives in the heap beside the variables; the engine's other builds have it in the variables. */
function hasTlsMemory(): boolean {
  const bytes = ESP32.getState ? ESP32.getState().freeHeap : process.memory(false).free * VARIABLE_BYTES
  return bytes >= TLS_BYTES
}

/** `linkOf` gives the link that is told; it is asked when something happens, not before. */
export function openWire(config: DongleConfig, network: Network, linkOf: () => Link, nowMs: () => number): Wire {
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
        udp = globalThis.require('dgram').createSocket('udp4')
        udp.on('message', answer => linkAnswer(linkOf(), answer, nowMs()))
        udp.send(question, port, address)
      } catch (_error) {
        // no answer will come, which is what the link waits for
      }
    },
    dial: address => {
      const isTls = config.isTls && hasTlsMemory()
      if (config.isTls && !isTls && config.plainPort === undefined) {
        end(socket, reason.NO_TLS_MEMORY)
        return
      }
      try {
        if (isTls) connect(address, config.port, globalThis.require('tls'))
        else connect(address, (config.isTls && config.plainPort) || config.port, globalThis.require('net'))
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
