// The sockets of the virtual dongle, in a thread of their own, so that the interpreter can stand still in connect() as it does
// on the ESP32. It speaks in messages; when the network is cut, bytes wait here as they would wait for a retransmission.

import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { parentPort } from 'node:worker_threads'

export type ToWorker =
  | { kind: 'connect'; id: number; host: string; port: number; isTls: boolean; verdict: SharedArrayBuffer }
  | { kind: 'write'; id: number; bytes: Uint8Array }
  | { kind: 'end'; id: number }
  | { kind: 'destroy'; id: number }
  | { kind: 'datagram'; id: number; host: string; port: number; bytes: Uint8Array }
  | { kind: 'listen'; id: number; port: number }
  | { kind: 'unlisten'; id: number }
  | { kind: 'bind'; id: number; port: number }
  /** Whether there is an access point whose guests can reach what listens. */
  | { kind: 'serve'; isOn: boolean }
  | { kind: 'cut' }
  | { kind: 'heal' }

export type FromWorker =
  | { kind: 'connected'; id: number }
  | { kind: 'data'; id: number; bytes: Uint8Array }
  | { kind: 'drain'; id: number }
  | { kind: 'answer'; id: number; bytes: Uint8Array; address: string; port: number }
  | { kind: 'failed'; id: number; code: number; message: string }
  | { kind: 'closed'; id: number; hadUnsent: boolean }
  | { kind: 'listening'; id: number; at: number }
  | { kind: 'guest'; id: number; guest: number }

/** What the connecting thread waits for: 0 pending, 1 connected, 2 refused. */
export const VERDICT = { connected: 1, refused: 2 } as const

const CHUNK_BYTES = 536

interface Line {
  socket: Socket
  /** Not yet given to the socket: the network is cut. */
  held: Uint8Array[]
  isEnding: boolean
  /** Came from outside to what listens; a cut of the house's network is nothing to it. */
  isGuest?: boolean
}

const lines = new Map<number, Line>()
let isCut = false

const tell = (message: FromWorker): void => parentPort?.postMessage(message)

function connect(message: Extract<ToWorker, { kind: 'connect' }>): void {
  const verdict = new Int32Array(message.verdict)
  const decide = (value: number): void => {
    if (Atomics.compareExchange(verdict, 0, 0, value) === 0) Atomics.notify(verdict, 0)
  }
  const { id, host, port } = message
  const tcp = connectTcp({ host, port, noDelay: true })
  tcp.once('error', () => decide(VERDICT.refused))
  tcp.once('connect', () => {
    tcp.removeAllListeners('error')
    // The engine checks no certificate; neither may we, or tests would prove a safety that is not there.
    const socket = message.isTls ? connectTls({ socket: tcp, rejectUnauthorized: false, maxVersion: 'TLSv1.2' }) : tcp
    attend(id, socket)
    decide(VERDICT.connected)
    tell({ kind: 'connected', id })
  })
}

function attend(id: number, socket: Socket, isGuest = false): void {
  const line: Line = { socket, held: [], isEnding: false, isGuest }
  lines.set(id, line)
  socket.on('data', data => {
    for (let at = 0; at < data.length; at += CHUNK_BYTES) {
      tell({ kind: 'data', id, bytes: new Uint8Array(data.subarray(at, at + CHUNK_BYTES)) })
    }
  })
  socket.on('error', error => {
    const isTls = 'code' in error && /SSL|TLS/.test(String(error.code))
    if (isTls) tell({ kind: 'failed', id, code: -13, message: 'SSL handshake failed' })
  })
  socket.on('drain', () => tell({ kind: 'drain', id }))
  socket.on('close', () => {
    if (!lines.delete(id)) return
    tell({ kind: 'closed', id, hadUnsent: !line.isEnding && (line.held.length > 0 || socket.writableLength > 0) })
  })
}

function setCut(value: boolean): void {
  isCut = value
  for (const line of lines.values()) {
    if (line.isGuest) continue
    if (isCut) {
      line.socket.pause()
      continue
    }
    line.socket.resume()
    for (const bytes of line.held.splice(0)) line.socket.write(bytes)
    if (line.isEnding) line.socket.destroySoon()
  }
}

/** Ends or forgets a line: on a cut network the other side cannot learn of it, so its socket stays until the network heals. */
function close(id: number, line: Line, isOrderly: boolean): void {
  line.isEnding = true
  if ((!isCut || line.isGuest) && isOrderly) {
    line.socket.destroySoon()
    return
  }
  lines.delete(id)
  tell({ kind: 'closed', id, hadUnsent: false })
  if (isCut && !line.isGuest) lines.set(-id, line)
  else line.socket.destroy()
}

const servers = new Map<number, Server>()
/** Above the numbers that the other thread gives. */
let lastGuest = 1_000_000_000
let isServing = false

/** `port` 0: any. Only from this machine: the guests of a virtual access point. */
function listen(id: number, port: number): void {
  const server = createServer({ noDelay: true }, socket => {
    if (!isServing) {
      socket.destroy()
      return
    }
    const guest = ++lastGuest
    socket.on('error', () => {})
    attend(guest, socket, true)
    tell({ kind: 'guest', id, guest })
  })
  servers.set(id, server)
  server.listen(port, '127.0.0.1', () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') tell({ kind: 'listening', id, at: address.port })
  })
}

function serve(isOn: boolean): void {
  isServing = isOn
  if (!isOn) for (const line of lines.values()) if (line.isGuest) line.socket.destroy()
}

const askers = new Map<number, UdpSocket>()

/** Sockets that guests of the own network ask. */
const answerers = new Set<number>()

function bind(id: number, port: number): void {
  const socket = openAsker(id)
  answerers.add(id)
  socket.bind(port, '127.0.0.1', () => tell({ kind: 'listening', id, at: socket.address().port }))
}

function openAsker(id: number): UdpSocket {
  const socket = createSocket('udp4')
  askers.set(id, socket)
  socket.unref()
  // a closed port says so by ICMP; the engine hears nothing of it
  socket.on('error', () => {})
  socket.on('message', (data, from) => {
    const isHeard = answerers.has(id) ? isServing : !isCut
    if (isHeard) tell({ kind: 'answer', id, bytes: new Uint8Array(data), address: from.address, port: from.port })
  })
  return socket
}

/** What is sent into a cut network is gone, and so is an answer that comes meanwhile. */
function sendDatagram({ id, host, port, bytes }: Extract<ToWorker, { kind: 'datagram' }>): void {
  const socket = askers.get(id) ?? openAsker(id)
  if (answerers.has(id) || !isCut) socket.send(bytes, port, host)
}

function forgetAsker(id: number): void {
  askers.get(id)?.close()
  askers.delete(id)
  answerers.delete(id)
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'connect') return connect(message)
  if (message.kind === 'cut' || message.kind === 'heal') return setCut(message.kind === 'cut')
  if (message.kind === 'datagram') return sendDatagram(message)
  if (message.kind === 'bind') return bind(message.id, message.port)
  if (message.kind === 'listen') return listen(message.id, message.port)
  if (message.kind === 'serve') return serve(message.isOn)
  if (message.kind === 'unlisten') {
    servers.get(message.id)?.close()
    servers.delete(message.id)
    return
  }
  if (askers.has(message.id)) return forgetAsker(message.id)
  const line = lines.get(message.id)
  if (!line) return
  if (message.kind === 'write') {
    if (line.isGuest) {
      // the engine says 'drain' when all is sent
      line.socket.write(message.bytes, () => {
        if (!line.isEnding && line.socket.writableLength === 0) tell({ kind: 'drain', id: message.id })
      })
    } else if (isCut) line.held.push(message.bytes)
    else line.socket.write(message.bytes)
    return
  }
  close(message.id, line, message.kind === 'end')
})
