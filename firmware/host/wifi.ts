// require("Wifi") of a house with access points that are there or not. Joining takes its time; like the engine's, it reports a
// loss once, does not come back by itself, ignores which access point was meant and takes the first of the name. A house can
// be unkind: no address, no names, wrong password, radio that hangs until it is switched off. An access point of the dongle's own stands
// beside it; as on the ESP32 a station that is idle beside one is never started.

import type { HostClock } from './clock.ts'
import { type Call, openEmitter } from './emitter.ts'
import type { Network } from './net.ts'

const JOIN_MS = 1500
const NOT_FOUND_MS = 3000
const ADDRESS_MS = 400
const SCAN_MS = 2000
const LOOKUP_MS = 50
const RSSI_DBM = -61
/** The signal wanders by this much around its middle, slowly. */
const RSSI_SWING_DB = 4
const RSSI_PERIOD_MS = 600_000
/** wifi_err_reason_t */
const NO_AP_FOUND = 201
const BEACON_TIMEOUT = 200
const ASSOC_LEAVE = 8
const HANDSHAKE_TIMEOUT = 204

export interface AccessPoint {
  /** Absent: answers to any name, and no scan shows it. */
  ssid?: string
  mac: string
  channel: number
  rssi: number
  authMode: string
  isHidden?: boolean
  /** What it wants; absent: it takes anybody. */
  password?: string
}

export interface WifiHouse {
  /** The first of a name is the one that is joined, as the ESP32 build does. */
  points: AccessPoint[]
  /** What the address server gives; null: it does not answer. */
  ip: string | null
  isDnsDead?: boolean
  /** Joining fails with this reason. */
  refusal?: number
  /** Nothing ever comes of joining or looking, until the radio was off. */
  isHung?: boolean
  /** The dongle's own network while it is on: a phone that knows the password may come. */
  own?: { ssid: string; password: string }
}

export interface Wifi {
  api: Record<string, unknown>
  /** The access point has gone. */
  lost(): void
}

/** One access point for whoever comes. */
function plainHouse(): WifiHouse {
  const mac = '02:00:00:00:00:01'
  return { points: [{ mac, channel: 6, rssi: RSSI_DBM, authMode: 'wpa2' }], ip: '192.0.2.10' }
}

export function openWifi(
  clock: HostClock,
  network: Network,
  call: Call,
  lookup: (host: string) => string | null,
  house: WifiHouse = plainHouse(),
): Wifi {
  const { emitter, fire } = openEmitter(call)
  house.own = undefined
  let point: AccessPoint | undefined
  let isJoined = false
  let isScanning = false
  /** What was begun before the last connect or disconnect comes to nothing. */
  let attempt = 0

  const rssiDbm = (at: AccessPoint): number =>
    Math.round(at.rssi + RSSI_SWING_DB * Math.sin((clock.nowMs() / RSSI_PERIOD_MS) * 2 * Math.PI))

  function leave(reason: number): void {
    attempt++
    const was = point
    point = undefined
    isJoined = false
    if (was) fire('disconnected', { reason: String(reason), mac: was.mac, ssid: was.ssid ?? '' })
  }

  function associate(at: AccessPoint, done: unknown): void {
    point = at
    fire('associated', { mac: at.mac, channel: String(at.channel), ssid: at.ssid ?? '' })
    const mine = attempt
    clock.after(ADDRESS_MS, () => {
      if (mine !== attempt || house.ip === null) return
      isJoined = true
      fire('connected', { ip: house.ip })
      call(done, [null])
    })
  }

  function connect(ssid: string, options: unknown, callback?: unknown): void {
    const done = callback ?? options
    // it begins with the event of the station's start, and there is none when the radio is on already (jswrap_esp32_network.c)
    if (house.own && !point) return
    leave(ASSOC_LEAVE)
    const mine = attempt
    const found = house.points.find(one => one.ssid === undefined || one.ssid === ssid)
    const given = (Object(options) as { password?: string }).password
    const isWrong = found?.password !== undefined && found.password !== given
    const reason = network.isCut() || !found ? NO_AP_FOUND : isWrong ? HANDSHAKE_TIMEOUT : house.refusal
    if (house.isHung) return
    clock.after(reason === undefined ? JOIN_MS : NOT_FOUND_MS, () => {
      if (mine !== attempt) return
      if (reason === undefined && found && !network.isCut()) return associate(found, done)
      fire('disconnected', { reason: String(reason ?? NO_AP_FOUND), mac: '', ssid })
      call(done, ['not joined'])
    })
  }

  function scan(callback: unknown): void {
    if (isScanning || house.isHung) return
    isScanning = true
    clock.after(SCAN_MS, () => {
      isScanning = false
      const seen = network.isCut() ? [] : house.points.filter(one => one.ssid !== undefined)
      // the list alone, where the documentation has an error before it
      call(callback, [seen.map(one => ({ ...one, ssid: one.isHidden ? '' : one.ssid, rssi: rssiDbm(one) }))])
    })
  }

  return {
    lost: () => leave(BEACON_TIMEOUT),
    api: {
      ...emitter,
      connect,
      scan,
      disconnect: (callback?: unknown) => {
        leave(ASSOC_LEAVE)
        house.isHung = false
        if (callback) call(callback, [])
      },
      getStatus: () =>
        point
          ? { station: 'connected', mode: 'STA', rssi: rssiDbm(point), bssid: point.mac, powersave: 'none' }
          : { station: network.isCut() ? 'no_ap_found' : 'off', mode: 'NULL' },
      getIP: () => ({ ip: isJoined ? house.ip : '0.0.0.0' }),
      getHostByName: (host: string, callback: unknown) => {
        clock.after(LOOKUP_MS, () => call(callback, [isJoined && !house.isDnsDead ? lookup(host) : null]))
      },
      setConfig: () => undefined,
      startAP: (ssid: string, { password }: { password: string }) => {
        if (password.length < 8) throw new Error('Password must be string of at least 8 characters')
        house.own = { ssid, password }
        network.setServing(true)
      },
      stopAP: () => {
        house.own = undefined
        network.setServing(false)
      },
    },
  }
}
