// Wi-Fi behind the words of a network: the engine's events, reasons and oddities.

import { describe, expect, test } from 'vitest'
import {
  ADDRESS,
  ASSOCIATED,
  type Ask,
  CLOSE,
  FOUND,
  type Heard,
  JOIN,
  JOINED,
  LEFT,
  LOOK_UP,
  OFF,
  SCAN,
  type Spot,
} from '../../../firmware/network.ts'
import * as reason from '../../../firmware/reasons.ts'
import { askWifi, openWifi, wifiDbm } from '../../../firmware/wifi.ts'

const NETWORKS = [
  { ssid: 'home', password: 'secret12' },
  { ssid: 'guests', password: '' },
]

const point = (ssid: string, rssi: number, authMode = 'wpa2') => ({ ssid, rssi, authMode, mac: `m${rssi}`, channel: 6 })

function aWifi(status: { rssi?: number } = {}) {
  const calls: unknown[] = []
  const told: unknown[] = []
  const listeners: Record<string, (details: object) => void> = {}
  let scanned: (first?: unknown, second?: unknown) => void = () => {}
  const native = {
    connect: (ssid: string, options: object) => calls.push(['connect', ssid, options]),
    disconnect: () => calls.push(['disconnect']),
    scan: (callback: () => void) => {
      if (calls.at(-1) === 'busy') throw new Error('A scan is already in progress')
      scanned = callback
    },
    setConfig: (config: object) => calls.push(['setConfig', config]),
    getHostByName: (host: string, found: (address: string | null) => void) => found(host === 'gw' ? '10.0.0.9' : null),
    getStatus: () => status,
    on: (event: string, listener: (details: object) => void) => {
      listeners[event] = listener
    },
  }
  const hear = (what: Heard): void => {
    if (what.kind === FOUND) told.push(what.spots)
    else if (what.kind === ASSOCIATED) told.push('associated')
    else if (what.kind === JOINED) told.push(`joined ${what.ip}`)
    else if (what.kind === LEFT) told.push(`left ${what.code}`)
    else if (what.kind === ADDRESS) told.push(`address ${what.host}`)
  }
  openWifi(native as never, hear)
  const ask = (what: Ask): void => askWifi(native as never, NETWORKS, what, hear)
  const network = {
    scan: () => ask({ kind: SCAN }),
    join: (spot: Spot) => ask({ kind: JOIN, spot }),
    off: () => ask({ kind: OFF }),
    lookUp: (host: string) => ask({ kind: LOOK_UP, host }),
    close: () => ask({ kind: CLOSE }),
    dbm: () => wifiDbm(native as never),
  }
  const answer = (first?: unknown, second?: unknown): void => scanned(first, second)
  return { network, calls, told, fire: (event: string, details = {}) => listeners[event]?.(details), answer }
}

describe('looking around', () => {
  test('finds the configured networks only, and no open namesake of one with a password', () => {
    const { network, told, answer } = aWifi()
    network.scan()
    answer([
      point('home', -70),
      point('home', -40, 'open'),
      point('neighbour', -30),
      point('guests', -60, 'open'),
      point('', -50),
    ])
    expect(told).toEqual([
      [
        { network: 0, dbm: -70, id: 'm-70', channel: 6 },
        { network: 1, dbm: -60, id: 'm-60', channel: 6 },
      ],
    ])
  })

  test('takes the list as the documentation gives it, too; an error is a failed look', () => {
    const { network, told, answer } = aWifi()
    network.scan()
    answer(null, [point('home', -50)])
    answer(null, undefined)
    expect(told).toEqual([[{ network: 0, dbm: -50, id: 'm-50', channel: 6 }], undefined])
  })

  test('a scan that is running already throws in the engine and not here', () => {
    const { network, calls } = aWifi()
    calls.push('busy')
    expect(() => network.scan()).not.toThrow()
  })
})

describe('joining', () => {
  test('names the access point that is meant, where one was seen', () => {
    const { network, calls } = aWifi()
    const spot: Spot = { network: 0, dbm: -50, id: '02:00', channel: 11 }
    network.join(spot)
    network.join({ ...spot, id: '', network: 1 })
    expect(calls).toEqual([
      ['connect', 'home', { password: 'secret12', bssid: '02:00', channel: 11 }],
      ['connect', 'guests', { password: '' }],
    ])
  })

  test('radio off is a disconnect; what is asked of sockets is not for it', () => {
    const { network, calls } = aWifi()
    network.off()
    network.close()
    expect(calls).toEqual([['disconnect']])
  })

  test('power-save goes off with every association', () => {
    const { calls, told, fire } = aWifi()
    fire('associated')
    fire('connected', { ip: '10.0.0.2' })
    expect(calls).toEqual([['setConfig', { powersave: 'none' }]])
    expect(told).toEqual(['associated', 'joined 10.0.0.2'])
  })

  test.each([
    ['2', reason.AUTH_EXPIRED],
    ['4', reason.ASSOCIATION_EXPIRED],
    ['8', reason.ACCESS_POINT_LEFT],
    ['15', reason.HANDSHAKE_FAILED],
    ['200', reason.SIGNAL_LOST],
    ['201', reason.NO_ACCESS_POINT],
    ['202', reason.AUTH_FAILED],
    ['203', reason.ASSOCIATION_FAILED],
    ['204', reason.HANDSHAKE_FAILED],
    ['39', reason.ASSOCIATION_OTHER],
    ['', reason.ASSOCIATION_OTHER],
  ])('the engine’s reason %s is ours', (native, ours) => {
    const { told, fire } = aWifi()
    fire('disconnected', { reason: native })
    expect(told).toEqual([`left ${ours}`])
  })
})

test('signal: what the engine says, and nothing where it says nonsense', () => {
  expect(aWifi({ rssi: -61 }).network.dbm()).toBe(-61)
  expect(aWifi({ rssi: 0 }).network.dbm()).toBeUndefined()
  expect(aWifi().network.dbm()).toBeUndefined()
})

test('names are asked of the engine, which answers later or never', () => {
  const { network, told } = aWifi()
  network.lookUp('gw')
  network.lookUp('nobody')
  expect(told).toEqual(['address 10.0.0.9', 'address null'])
})
