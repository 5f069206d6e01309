// Wi-Fi as a network: the engine's module behind the words of network.ts. It knows access points and the engine's quirks (a
// few silent tries of its own, then nothing; a callback with one argument where its documentation says two); it decides nothing.

import type { EngineAccessPoint, EngineWifi } from './engine.ts'
import {
  ADDRESS,
  ASSOCIATED,
  type Ask,
  FOUND,
  type Heard,
  JOIN,
  JOINED,
  LEFT,
  LOOK_UP,
  OFF,
  SCAN,
  type Spot,
} from './network.ts'
import * as reason from './reasons.ts'

export interface WifiNetwork {
  ssid: string
  password: string
}

/** esp_wifi's wifi_err_reason_t → ours. A table of the module would live for ever. */
function reasonOf(espReason: number): number {
  const reasons: { [espReason: number]: number } = {
    2: reason.AUTH_EXPIRED,
    4: reason.ASSOCIATION_EXPIRED,
    8: reason.ACCESS_POINT_LEFT,
    15: reason.HANDSHAKE_FAILED,
    200: reason.SIGNAL_LOST,
    201: reason.NO_ACCESS_POINT,
    202: reason.AUTH_FAILED,
    203: reason.ASSOCIATION_FAILED,
    204: reason.HANDSHAKE_FAILED,
  }
  return reasons[espReason] ?? reason.ASSOCIATION_OTHER
}

function spotsOf(networks: WifiNetwork[], list: EngineAccessPoint[]): Spot[] {
  const spots: Spot[] = []
  for (let i = 0; i < list.length; i++) {
    const point = list[i] as EngineAccessPoint
    for (let n = 0; n < networks.length; n++) {
      const network = networks[n] as WifiNetwork
      // an open namesake of a network with a password is a trap
      if (network.ssid === point.ssid && (network.password === '' || point.authMode !== 'open')) {
        spots.push({ network: n, dbm: point.rssi, id: point.mac, channel: point.channel })
      }
    }
  }
  return spots
}

function join(wifi: EngineWifi, network: WifiNetwork, spot: Spot): void {
  // where the build looks at them: the access point that we mean, not the first one of this name
  const options: { password: string; bssid?: string; channel?: number } = { password: network.password }
  if (spot.id !== '') {
    options.bssid = spot.id
    options.channel = spot.channel
  }
  wifi.connect(network.ssid, options, () => undefined)
}

/** What the engine tells by itself goes to `hear`. Once. */
export function openWifi(wifi: EngineWifi, hear: (what: Heard) => void): void {
  wifi.on('associated', () => {
    // asleep between beacons, some access points forget us
    wifi.setConfig({ powersave: 'none' })
    hear({ kind: ASSOCIATED })
  })
  wifi.on('connected', details => hear({ kind: JOINED, ip: details.ip }))
  wifi.on('disconnected', details => hear({ kind: LEFT, code: reasonOf(parseInt(details.reason, 10)) }))
}

/** Does what is asked of a network, and nothing for what is asked of sockets. */
export function askWifi(wifi: EngineWifi, networks: WifiNetwork[], what: Ask, hear: (what: Heard) => void): void {
  if (what.kind === SCAN) {
    try {
      wifi.scan((first, second) => {
        const list = second || first
        hear({ kind: FOUND, spots: list ? spotsOf(networks, list) : undefined })
      })
    } catch (_error) {
      // one is running still: the ladder's time-out goes on without it
    }
  } else if (what.kind === JOIN) join(wifi, networks[what.spot.network] as WifiNetwork, what.spot)
  else if (what.kind === OFF) wifi.disconnect()
  else if (what.kind === LOOK_UP) wifi.getHostByName(what.host, host => hear({ kind: ADDRESS, host: host }))
}

/** Signal in dBm; undefined while there is none. */
export function wifiDbm(wifi: EngineWifi): number | undefined {
  const rssi = wifi.getStatus().rssi
  return rssi !== undefined && rssi < 0 ? rssi : undefined
}
