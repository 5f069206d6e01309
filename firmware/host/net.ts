// require("net"), require("tls") and require("dgram"): the client half of libs/network/socketserver.c. connect() blocks until it
// is decided and throws when it failed; data come as binary strings of at most 536 bytes; a peer that hangs up is 'close'
// without 'error'; TLS authenticates nobody. What listens is reached through a port of this machine, as long as the dongle has an access point
// of its own. The network can misbehave in named ways.

import { Worker } from 'node:worker_threads'
import { toBinary, toBytes } from './bytes.ts'
import { type Call, openEmitter } from './emitter.ts'
import { type FromWorker, type ToWorker, VERDICT } from './net-worker.ts'
import type { Realm } from './realm.ts'

/** On the chip lwIP gives up after minutes; nobody wants to wait for that in a test. */
const CONNECT_TIMEOUT_MS = 20_000
const UNSENT = { code: -8, message: 'unsent data' }

/** What a network can do to a dongle besides being cut. */
export interface NetworkFaults {
  /** A captive portal: every connection ends there. */
  portal?: { host: string; port: number }
  /** UDP goes nowhere. */
  isUdpLost?: boolean
  /** What comes after this many seconds of standing still in connect() is a failure: a host that says nothing. */
  standstillMs?: number
}

export interface Network {
  /** Whether the dongle's own access point is on. */
  setServing(isOn: boolean): void
  /** The module under its name: net or tls. */
  module(isTls: boolean, realm: Realm, call: Call): Record<string, unknown>
  dgram(realm: Realm, call: Call): Record<string, unknown>
  setFaults(faults: NetworkFaults): void
  isCut(): boolean
  setCut(isCut: boolean): void
  /** Forgets all sockets, as a reboot does. */
  reset(): void
  stop(): Promise<void>
}

interface Line {
  receive(message: FromWorker): void
}

/** `listens` is told at which port of this machine something of the dongle's listens; `hostPort` 0: any. */
export function openNetwork(listens: (port: number, at: number) => void = () => {}, hostPort = 0): Network {
  const servers = new Set<number>()
  /** Sockets that listen for datagrams, and at which port of the dongle. */
  const bound = new Map<number, number>()
  const worker = new Worker(new URL('./net-worker.ts', import.meta.url))
  const lines = new Map<number, Line>()
  let lastId = 0
  let isCut = false
  let faults: NetworkFaults = {}
  worker.on('message', (message: FromWorker) => lines.get(message.id)?.receive(message))
  worker.unref()

  const tell = (message: ToWorker): void => worker.postMessage(message)

  function isConnected(id: number, host: string, port: number, isTls: boolean): boolean {
    if (isCut) return false
    const verdict = new SharedArrayBuffer(4)
    const flag = new Int32Array(verdict)
    if (faults.standstillMs !== undefined) {
      Atomics.wait(flag, 0, 0, faults.standstillMs)
      return false
    }
    tell({ kind: 'connect', id, ...(faults.portal ?? { host, port }), isTls, verdict })
    Atomics.wait(flag, 0, 0, CONNECT_TIMEOUT_MS)
    // too late is refused: the worker may not connect it any more
    return Atomics.compareExchange(flag, 0, 0, VERDICT.refused) === VERDICT.connected
  }

  function openSocket(id: number, realm: Realm, call: Call): Record<string, unknown> {
    const { emitter, fire } = openEmitter(call)
    let isOpen = true
    let hadError = false

    function fail(error: { code: number; message: string }): void {
      hadError = true
      fire('error', error)
    }
    lines.set(id, {
      receive: message => {
        if (message.kind === 'connected') {
          fire('connect', socket)
          fire('drain', socket)
        } else if (message.kind === 'data') fire('data', toBinary(message.bytes))
        else if (message.kind === 'drain') fire('drain', socket)
        else if (message.kind === 'answer' || message.kind === 'listening' || message.kind === 'guest') return
        else if (message.kind === 'failed') fail({ code: message.code, message: message.message })
        else {
          isOpen = false
          lines.delete(id)
          if (message.hadUnsent && !hadError) fail(UNSENT)
          fire('end')
          fire('close', hadError)
        }
      },
    })

    const write = (data: unknown): boolean => {
      if (!isOpen) throw realm.error('This socket is closed')
      tell({ kind: 'write', id, bytes: toBytes(data) })
      return false
    }
    const socket: Record<string, unknown> = {
      ...emitter,
      write,
      end: (data?: unknown) => {
        if (data !== undefined) write(data)
        isOpen = false
        tell({ kind: 'end', id })
      },
    }
    // the engine's idle loop closes a socket at once when it sees this flag
    Object.defineProperty(socket, 'clsNow', {
      set: (value: unknown) => {
        if (value) tell({ kind: 'destroy', id })
      },
    })
    return socket
  }

  function openServer(realm: Realm, call: Call, callback: unknown): Record<string, unknown> {
    const id = ++lastId
    let asked = 0
    lines.set(id, {
      receive: message => {
        if (message.kind === 'listening') listens(asked, message.at)
        if (message.kind === 'guest') call(callback, [openSocket(message.guest, realm, call)])
      },
    })
    const server = {
      listen: (port: number) => {
        asked = port
        servers.add(id)
        tell({ kind: 'listen', id, port: hostPort })
        return server
      },
      close: () => {
        servers.delete(id)
        lines.delete(id)
        tell({ kind: 'unlisten', id })
      },
    }
    return server
  }

  /** One socket as createSocket gives it; without 'message' listener its answers are lost. */
  function openAsker(realm: Realm, call: Call): Record<string, unknown> {
    const id = ++lastId
    const { emitter, fire } = openEmitter(call)
    let isOpen = true
    lines.set(id, {
      receive: message => {
        if (message.kind === 'listening') listens(bound.get(id) ?? 0, message.at)
        if (message.kind !== 'answer' || !isOpen) return
        // the engine takes an empty datagram for the end
        if (message.bytes.length === 0) {
          isOpen = false
          lines.delete(id)
          tell({ kind: 'destroy', id })
          fire('close', false)
          return
        }
        fire('message', toBinary(message.bytes), {
          address: message.address,
          port: message.port,
          size: message.bytes.length,
        })
      },
    })
    return {
      ...emitter,
      send: (data: unknown, port: number, host: string) => {
        if (!isOpen) throw realm.error('This socket is closed')
        const isOwn = bound.has(id)
        if (isOwn || (!faults.isUdpLost && !faults.portal))
          tell({ kind: 'datagram', id, host, port, bytes: toBytes(data) })
      },
      bind: (port: number) => {
        bound.set(id, port)
        tell({ kind: 'bind', id, port: 0 })
      },
      close: () => {
        isOpen = false
        lines.delete(id)
        tell({ kind: 'destroy', id })
        fire('close', false)
      },
    }
  }

  return {
    dgram: (realm, call) => ({ createSocket: () => openAsker(realm, call) }),
    setFaults: value => {
      faults = value
    },
    setServing: isOn => tell({ kind: 'serve', isOn }),
    module: (isTls, realm, call) => ({
      createServer: (callback: unknown) => openServer(realm, call, callback),
      connect: (options: { host?: string; port: number }, onConnect?: unknown) => {
        const id = ++lastId
        const host = options.host ?? '127.0.0.1'
        const socket = openSocket(id, realm, call)
        if (onConnect !== undefined) (socket.on as (e: string, l: unknown) => void)('connect', onConnect)
        if (isConnected(id, host, options.port, isTls)) return socket
        lines.delete(id)
        throw realm.error('Unable to create socket')
      },
    }),
    isCut: () => isCut,
    setCut: value => {
      isCut = value
      tell({ kind: isCut ? 'cut' : 'heal' })
    },
    reset: () => {
      for (const id of servers) tell({ kind: 'unlisten', id })
      servers.clear()
      tell({ kind: 'serve', isOn: false })
      for (const id of lines.keys()) tell({ kind: 'destroy', id })
      lines.clear()
    },
    stop: async () => {
      await worker.terminate()
    },
  }
}
