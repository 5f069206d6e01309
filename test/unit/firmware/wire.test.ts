// The engine's sockets under the link, on modules made by hand: who is told what, and whether there is memory for TLS.

import { beforeEach, describe, expect, test } from 'vitest'
import type { EngineNet } from '../../../firmware/engine.ts'
import {
  closeLink,
  createLink,
  type Link,
  linkAnswer,
  linkConnected,
  linkNetwork,
  linkReceive,
  linkTick,
  openLink,
} from '../../../firmware/link.ts'
import { ANSWER, CONNECTED, ENDED, REACHABLE, RECEIVED } from '../../../firmware/network.ts'
import * as reason from '../../../firmware/reasons.ts'
import { askWire, type Wire, writeWire } from '../../../firmware/wire.ts'
import { inText, inWords } from '../../support/told.ts'

const login = { clientId: 'D', username: 'D', password: '1.1.mac', subscribe: 'down', keepAliveS: 60 }

class FakeSocket {
  readonly written: string[] = []
  readonly listeners = new Map<string, (argument: never) => void>()
  isEnded = false
  /** Closed by the other side: the engine then throws. */
  isGone = false
  on(event: string, listener: (argument: never) => void): void {
    this.listeners.set(event, listener)
  }
  emit(event: string, argument?: unknown): void {
    this.listeners.get(event)?.(argument as never)
  }
  write(data: string): boolean {
    if (this.isGone) throw new Error('This socket is closed')
    this.written.push(data)
    return true
  }
  end(): void {
    if (this.isGone) throw new Error('This socket is closed')
    this.isEnded = true
  }
  send(data: string, port: number, address: string): void {
    this.written.push(`${address}:${port} ${data}`)
  }
  close(): void {
    this.isEnded = true
  }
}

interface Dial {
  module: string
  host: string
  port: number
  socket: FakeSocket
  connected(): void
}

let dials: Dial[] = []
let udp: FakeSocket[] = []
let log: string[] = []
let isFailing = false
let freeBytes = 0
let nowMs = 0

beforeEach(() => {
  dials = []
  udp = []
  log = []
  isFailing = false
  freeBytes = 0
  nowMs = 1000
})

const netModule = (module: string): EngineNet => ({
  connect: (options, connected) => {
    if (isFailing) throw new Error('Unable to create socket')
    const socket = new FakeSocket()
    dials.push({ module, ...options, socket, connected })
    return socket
  },
})

function aLink(changes: { isTls?: boolean; plainPort?: number } = {}): Link {
  const config = { host: '10.0.0.9', port: 8883, isTls: false, networks: [], intervalS: 10, ...changes }
  const wire: Wire = {
    config,
    hear: what => {
      if (what.kind === RECEIVED) linkReceive(link, what.text, nowMs)
      else if (what.kind === ANSWER) linkAnswer(link, what.text, nowMs)
      else if (what.kind === CONNECTED) linkConnected(link, nowMs)
      else if (what.kind === ENDED) closeLink(link, what.code, nowMs)
    },
    socket: undefined,
    udp: undefined,
    net: netModule('net'),
    tls: config.isTls ? netModule('tls') : undefined,
    dgram: {
      createSocket: () => {
        if (isFailing) throw new Error('no memory')
        const socket = new FakeSocket()
        udp.push(socket)
        return socket as never
      },
    },
    freeBytes: () => freeBytes,
  }
  const link: Link = createLink({
    host: config.host,
    port: config.port,
    ask: what => askWire(wire, what),
    send: bytes => writeWire(wire, inText(bytes)),
    tell: what => what.kind !== REACHABLE && log.push(inWords(what)),
    nonce: () => '............',
  })
  linkNetwork(link, true, nowMs)
  openLink(link, login)
  linkTick(link, nowMs)
  return link
}

function seconds(link: Link, count: number): void {
  for (let i = 0; i < count; i++) {
    nowMs += 1000
    linkTick(link, nowMs)
  }
}

/** Answers the probe, so that the next tick dials (the P1 port is silent). */
function answered(link: Link): void {
  udp.at(-1)?.emit('message', 'nrt!............')
  nowMs += 10_000
  linkTick(link, nowMs)
}

describe('sockets', () => {
  test('a probe is a UDP packet to the address; a new socket each time, the old one closed', () => {
    const link = aLink()
    expect(udp[0]?.written).toEqual(['10.0.0.9:8883 nrt?............'])
    seconds(link, 8)
    expect(udp).toHaveLength(2)
    expect(udp[0]?.isEnded).toBe(true)
  })

  test('carries both ways; error and close end it once, and an old socket is not heard any more', () => {
    const link = aLink()
    answered(link)
    const [dial] = dials as [Dial]
    expect(dial).toMatchObject({ module: 'net', host: '10.0.0.9', port: 8883 })
    dial.connected()
    dial.socket.emit('data', '\x20\x02\x00\x00\x90\x03\x00\x01\x00')
    dial.socket.emit('data', '\x30\x08\x00\x04downab')
    dial.socket.emit('error', { code: -9 })
    dial.socket.emit('close', true)
    dial.socket.emit('data', '\x30\x08\x00\x04downab')
    dial.connected()
    expect(log).toEqual(['up', 'message ab', `down ${reason.SOCKET_ERROR}`])
  })

  test('a socket that the other side has closed throws when used: the link ends all the same', () => {
    const link = aLink()
    answered(link)
    const [dial] = dials as [Dial]
    dial.socket.isGone = true
    dial.connected()
    dial.socket.emit('close', false)
    expect(log).toEqual([`down ${reason.CLOSED_BY_PEER}`])
    expect(() => closeLink(link, reason.NO_ACKS, nowMs)).not.toThrow()
  })

  test('an engine without sockets to give: named, survived', () => {
    isFailing = true
    const link = aLink()
    isFailing = false
    seconds(link, 7)
    isFailing = true
    answered(link)
    expect(log).toContain(`down ${reason.NOT_CONNECTED}`)
  })
})

describe('TLS', () => {
  test('is used where the heap has room for it', () => {
    freeBytes = 60_000
    const link = aLink({ isTls: true, plainPort: 1883 })
    answered(link)
    expect(dials).toMatchObject([{ module: 'tls', port: 8883 }])
    dials[0]?.socket.emit('error', { code: -13 })
    expect(log).toEqual([`down ${reason.TLS_FAILED}`])
  })

  test('without room the plain port is dialled, if the configuration names one', () => {
    freeBytes = 40_000
    answered(aLink({ isTls: true, plainPort: 1883 }))
    expect(dials).toMatchObject([{ module: 'net', port: 1883 }])
  })

  test('without room and without a plain port there is no connection, and the reason is named', () => {
    freeBytes = 40_000
    answered(aLink({ isTls: true }))
    expect([dials.length, log]).toEqual([0, [`down ${reason.NO_TLS_MEMORY}`]])
  })

  test('a plain configuration never asks for memory, and never becomes TLS', () => {
    freeBytes = 0
    answered(aLink({ plainPort: 1884 }))
    expect(dials).toMatchObject([{ module: 'net', port: 8883 }])
  })
})
