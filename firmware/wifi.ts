// Wi-Fi as a network: the engine's module behind the words of network.ts. It knows access points and the engine's quirks (a
// few silent tries of its own, then nothing; a callback with one argument where its documentation says two); it decides nothing.

import type { EngineAccessPoint, EngineWifi } from './engine.ts'
import type { Network, NetworkEvents, Spot } from './network.ts'
import * as reason from './reasons.ts'

export interface WifiNetwork {
  ssid: string
  password: string
}

/** esp_wifi's wifi_err_reason_t → ours. */
const REASONS: { [espReason: number]: number } = {
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

/** `events` may be filled in later: nothing is told before something was asked. */
export function openWifi(wifi: EngineWifi, networks: WifiNetwork[], events: NetworkEvents): Network {
  function spotsOf(list: EngineAccessPoint[]): Spot[] {
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

  wifi.on('associated', () => {
    // asleep between beacons, some access points forget us
    wifi.setConfig({ powersave: 'none' })
    events.associated()
  })
  wifi.on('connected', details => events.joined(details.ip))
  wifi.on('disconnected', details => {
    const code = REASONS[parseInt(details.reason, 10)]
    events.left(code === undefined ? reason.ASSOCIATION_OTHER : code)
  })

  return {
    scan: () => {
      try {
        wifi.scan((first, second) => {
          const list = second || first
          events.found(list ? spotsOf(list) : undefined)
        })
      } catch (_error) {
        // one is running still: the ladder's time-out goes on without it
      }
    },
    join: spot => {
      const network = networks[spot.network] as WifiNetwork
      // where the build looks at them: the access point that we mean, not the first one of this name
      const options: { password: string; bssid?: string; channel?: number } = { password: network.password }
      if (spot.id !== '') {
        options.bssid = spot.id
        options.channel = spot.channel
      }
      wifi.connect(network.ssid, options, () => undefined)
    },
    off: () => wifi.disconnect(),
    lookUp: host => wifi.getHostByName(host, events.address),
    dbm: () => {
      const rssi = wifi.getStatus().rssi
      return rssi !== undefined && rssi < 0 ? rssi : undefined
    },
  }
}
