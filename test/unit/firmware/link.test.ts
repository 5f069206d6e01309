// When the dongle dials and when it does not: the link on a hand-made network and socket, with time as an argument.

import { beforeEach, describe, expect, test } from 'vitest'
import {
  closeLink,
  createLink,
  type Link,
  linkPublish,
  linkQuietMoment,
  linkTick,
  openLink,
} from '../../../firmware/link.ts'
import { openWifi } from '../../../firmware/wifi.ts'

class FakeSocket {
  readonly written: string[] = []
  isEnded = false
  clsNow?: boolean
  private readonly listeners = new Map<string, (argument: never) => void>()
  on(event: string, listener: (argument: never) => void): void {
    this.listeners.set(event, listener)
  }
  emit(event: string, argument?: unknown): void {
    this.listeners.get(event)?.(argument as never)
  }
  /** Closed by the other side: the engine then throws. */
  isGone = false
  write(data: string): boolean {
    if (this.isGone) throw new Error('This socket is closed')
    this.written.push(data)
    return true
  }
  end(): void {
    if (this.isGone) throw new Error('This socket is closed')
    this.isEnded = true
  }
}

let nowMs = 0
const login = { clientId: 'D', username: 'D', password: '1.1.mac', subscribe: 'down', keepAliveS: 60 }
let dials: { host: string; port: number; socket: FakeSocket; connected: () => void }[] = []
let events: string[] = []
let isJoined = true
let forgotten = 0

function aLink(connectThrows = false): Link {
  return createLink(
    {
      host: 'gateway',
      port: 1883,
      topicUp: 'up',
      nowMs: () => nowMs,
      network: {
        isJoined: () => isJoined,
        addressOf: host => `ip of ${host}`,
        forgetAddress: () => {
          forgotten++
        },
        tick: () => {},
        rssiDbm: () => undefined,
      },
      net: {
        connect: (options, connected) => {
          if (connectThrows) throw new Error('Unable to create socket')
          const socket = new FakeSocket()
          dials.push({ ...options, socket, connected })
          return socket as never
        },
      },
    },
    {
      up: () => events.push('up'),
      message: payload => events.push(`message ${payload}`),
      down: reason => events.push(`down ${reason}`),
    },
  )
}

/** Dials, connects, and lets the broker accept. */
function goUp(link: Link): FakeSocket {
  openLink(link, login)
  linkQuietMoment(link)
  const dial = dials.at(-1)
  dial?.connected()
  dial?.socket.emit('data', '\x20\x02\x00\x00\x90\x03\x00\x01\x00')
  return dial?.socket as FakeSocket
}

beforeEach(() => {
  nowMs = 100_000
  dials = []
  events = []
  isJoined = true
  forgotten = 0
})

describe('dialling', () => {
  test('waits for the quiet moment after a telegram', () => {
    const link = aLink()
    linkQuietMoment(link)
    openLink(link, login)
    nowMs += 1000
    linkTick(link)
    expect(dials).toHaveLength(0)
    linkQuietMoment(link)
    expect(dials).toMatchObject([{ host: 'ip of gateway', port: 1883 }])
  })

  test('does not wait for telegrams when the port is silent, and not at all when nobody asked', () => {
    const link = aLink()
    linkTick(link)
    expect(dials).toHaveLength(0)
    openLink(link, login)
    linkTick(link)
    expect(dials).toHaveLength(1)
  })

  test('waits for a network, and drops the line when the network goes', () => {
    const link = aLink()
    isJoined = false
    openLink(link, login)
    linkQuietMoment(link)
    expect(dials).toHaveLength(0)
    expect(events).toEqual([])
    isJoined = true
    const socket = goUp(link)
    isJoined = false
    linkTick(link)
    expect(events).toEqual(['down opened again', 'up', 'down network lost'])
    expect(socket.isEnded).toBe(true)
  })

  test('goes up, carries messages both ways, and tells when it is gone, once', () => {
    const link = aLink()
    const socket = goUp(link)
    expect(linkPublish(link, 'payload')).toBe(true)
    expect(socket.written.at(-1)).toContain('payload')
    socket.emit('data', '\x30\x05\x00\x01tab')
    socket.emit('error', { code: -9, message: 'reset' })
    socket.emit('close', true)
    expect(events).toEqual(['up', 'message ab', 'down socket error -9'])
    expect(linkPublish(link, 'payload')).toBe(false)
  })

  test('a socket that the other side has closed throws when used: the link ends all the same', () => {
    const link = aLink()
    const socket = goUp(link)
    socket.isGone = true
    expect(() => linkPublish(link, 'payload')).not.toThrow()
    socket.emit('close', false)
    expect(events).toEqual(['up', 'down closed by the other side'])
    expect(link.state).toBe('off')
  })

  test('says why a broker refused', () => {
    const link = aLink()
    openLink(link, login)
    linkQuietMoment(link)
    dials[0]?.connected()
    dials[0]?.socket.emit('data', '\x20\x02\x00\x04')
    expect(events).toEqual(['down refused: credentials'])
  })

  test('gives up a dial that hangs, and a late connect of it does nothing', () => {
    const link = aLink()
    openLink(link, login)
    linkQuietMoment(link)
    nowMs += 20_001
    linkTick(link)
    expect(events).toEqual(['down timeout'])
    dials[0]?.connected()
    dials[0]?.socket.emit('data', '\x20\x02\x00\x00')
    expect(dials[0]?.socket.written).toEqual([])
    expect(link.state).toBe('off')
  })

  test('survives an engine that cannot make a socket, and asks the name again after three failures', () => {
    const link = aLink(true)
    for (let dial = 1; dial <= 3; dial++) {
      expect(forgotten).toBe(0)
      openLink(link, login)
      linkQuietMoment(link)
    }
    expect(events).toEqual(['down no socket', 'down no socket', 'down no socket'])
    expect(forgotten).toBe(1)
  })

  test('says goodbye when it is closed from here', () => {
    const link = aLink()
    const socket = goUp(link)
    closeLink(link, 'no acks')
    expect(socket.written.at(-1)).toBe('\xe0\x00')
    expect(events).toEqual(['up', 'down no acks'])
    closeLink(link, 'again')
    expect(events).toHaveLength(2)
    expect(forgotten).toBe(0)
  })
})

describe('wifi', () => {
  function aWifi() {
    const asked: string[] = []
    const joins: { ssid: string; done: (error: string | null) => void }[] = []
    const lookups: ((address: string | null) => void)[] = []
    const listeners: Record<string, () => void> = {}
    const native = {
      connect: (ssid: string, _options: unknown, done: (error: string | null) => void) => joins.push({ ssid, done }),
      disconnect: () => {},
      getHostByName: (host: string, found: (address: string | null) => void) => {
        asked.push(host)
        lookups.push(found)
      },
      getStatus: () => ({ station: 'connected', rssi: -61 }),
      on: (event: string, listener: () => void) => {
        listeners[event] = listener
      },
    }
    const lines: string[] = []
    const networks = [
      { ssid: 'one', password: 'a' },
      { ssid: 'two', password: 'b' },
    ]
    const wifi = openWifi(native as never, networks, line => lines.push(line))
    return { wifi, asked, joins, lookups, listeners, lines }
  }

  test('tries its networks in turn until one joins, and again after it was lost', () => {
    const { wifi, joins, listeners, lines } = aWifi()
    wifi.tick(0)
    wifi.tick(1000)
    joins[0]?.done('bad password')
    wifi.tick(2000)
    expect(joins.map(join => join.ssid)).toEqual(['one', 'two'])
    expect(wifi.rssiDbm()).toBeUndefined()
    joins[1]?.done(null)
    expect([wifi.isJoined(), wifi.rssiDbm()]).toEqual([true, -61])
    wifi.tick(3000)
    listeners.disconnected?.()
    expect(wifi.isJoined()).toBe(false)
    wifi.tick(4000)
    expect(joins).toHaveLength(3)
    expect(lines).toEqual(['wifi: not joined', 'wifi: joined', 'wifi: lost'])
  })

  test('a join that never answers is given up after half a minute', () => {
    const { wifi, joins } = aWifi()
    wifi.tick(0)
    wifi.tick(30_000)
    expect(joins).toHaveLength(1)
    wifi.tick(30_001)
    expect(joins).toHaveLength(2)
  })

  test('asks a name once an hour or after a failure; addresses are not asked', () => {
    const { wifi, asked, lookups } = aWifi()
    expect(wifi.addressOf('192.168.1.7', 0)).toBe('192.168.1.7')
    expect(wifi.addressOf('gw.example', 0)).toBeUndefined()
    expect(wifi.addressOf('gw.example', 1000)).toBeUndefined()
    lookups[0]?.('10.0.0.1')
    expect(wifi.addressOf('gw.example', 2000)).toBe('10.0.0.1')
    expect(asked).toHaveLength(1)
    expect(wifi.addressOf('gw.example', 3_600_001)).toBe('10.0.0.1')
    expect(asked).toHaveLength(2)
    lookups[1]?.(null)
    wifi.forgetAddress()
    expect(wifi.addressOf('gw.example', 3_700_000)).toBeUndefined()
    expect(asked).toHaveLength(3)
  })
})
