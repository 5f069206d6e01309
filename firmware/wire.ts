// The engine's sockets under the link: one TCP or TLS connection, one UDP question at a time. It knows the engine's quirks and
// whether there is memory for TLS; when to dial and what the bytes mean is not its business.

import type { DongleConfig } from '../shared/session/system-page.ts'
import type { EngineDgram, EngineNet, EngineSocket, EngineUdpSocket } from './engine.ts'
import { ANSWER, type Ask, CLOSE, CONNECTED, DIAL, ENDED, type Heard, PROBE, RECEIVED } from './network.ts'
import * as reason from './reasons.ts'

/** Time for the last bytes of a connection. */
const GOODBYE_MS = 2000
/** What a TLS session takes while it begins: 43 to 49 kB were measured, and something must be left. */
const TLS_BYTES = 54000

export interface Wire {
  config: DongleConfig
  net: EngineNet
  /** undefined where the configuration wants none. */
  tls: EngineNet | undefined
  dgram: EngineDgram
  hear(what: Heard): void
  /** Memory that a TLS session could have: the heap beside the variables, or the variables where it lives in them. */
  freeBytes(): number
  socket?: EngineSocket | undefined
  udp?: EngineUdpSocket | undefined
}

/** Not within `dial`: its listeners live as long as the connection, and each would take along every scope around it. */
function openSocket(wire: Wire, host: string, port: number, net: EngineNet): void {
  const mine = net.connect({ host: host, port: port }, () => {
    if (mine === wire.socket) wire.hear({ kind: CONNECTED })
  })
  wire.socket = mine
  mine.on('data', chunk => {
    if (mine === wire.socket) wire.hear({ kind: RECEIVED, text: chunk })
  })
  mine.on('error', error => {
    if (mine === wire.socket)
      wire.hear({ kind: ENDED, code: error.code < -12 ? reason.TLS_FAILED : reason.SOCKET_ERROR })
  })
  mine.on('close', () => {
    if (mine === wire.socket) wire.hear({ kind: ENDED, code: reason.CLOSED_BY_PEER })
  })
}

function dial(wire: Wire, host: string): void {
  // the question is answered, or never will be: nothing else is to come in by that socket
  if (wire.udp) wire.udp.close()
  wire.udp = undefined
  const tls = wire.tls
  const hasRoom = tls !== undefined && wire.freeBytes() >= TLS_BYTES
  const port = tls && !hasRoom ? wire.config.plainPort : wire.config.port
  try {
    if (port !== undefined) openSocket(wire, host, port, hasRoom ? tls : wire.net)
    else wire.hear({ kind: ENDED, code: reason.NO_TLS_MEMORY })
  } catch (_error) {
    wire.hear({ kind: ENDED, code: reason.NOT_CONNECTED })
  }
}

function probe(wire: Wire, host: string, port: number, text: string): void {
  try {
    if (wire.udp) wire.udp.close()
    // a new one each time: the engine never delivers two packets that wait in one socket
    const mine = wire.dgram.createSocket('udp4')
    wire.udp = mine
    mine.on('message', answer => wire.hear({ kind: ANSWER, text: answer }))
    mine.send(text, port, host)
  } catch (_error) {
    // no answer will come, which is what the link waits for
  }
}

/** The engine's end() waits until everything is sent, on a dead line for ever; its idle loop also looks at clsNow (socketserver.c). */
function close(wire: Wire): void {
  const old = wire.socket
  wire.socket = undefined
  if (!old) return
  try {
    old.end()
  } catch (_error) {
    return // closed already
  }
  setTimeout(() => {
    old.clsNow = true
  }, GOODBYE_MS)
}

/** Does what is asked of sockets, and nothing for what is asked of a network. */
export function askWire(wire: Wire, what: Ask): void {
  if (what.kind === DIAL) dial(wire, what.host)
  else if (what.kind === PROBE) probe(wire, what.host, what.port, what.text)
  else if (what.kind === CLOSE) close(wire)
}

/** Bytes for the socket; what comes when it is gone is lost, as what it had not sent yet. */
export function writeWire(wire: Wire, text: string): void {
  try {
    if (wire.socket) wire.socket.write(text)
  } catch (_error) {
    // the other side has closed already; the 'close' event says so too, and ends the link
  }
}
