// The way onto a network: joins the first configured Wi-Fi that answers, keeps it joined (the engine gives up after a
// few tries and does not come back by itself), and turns the gateway's name into an address without blocking. It refuses
// to know the gateway's protocol.

import type { EngineWifi } from './engine.ts'

/** What joining may take before we try the next network. */
const JOIN_TIMEOUT_MS = 30000
/** A name is asked again after this, or when the address failed. */
const ADDRESS_VALID_MS = 3600000

export interface WifiNetwork {
  ssid: string
  password: string
}

export interface Network {
  isJoined(): boolean
  /** The cached address of `host`, or undefined while it is being asked. Never blocks. */
  addressOf(host: string, nowMs: number): string | undefined
  /** The cached address did not answer: ask the name again before the next use. */
  forgetAddress(): void
  /** Once a second. */
  tick(nowMs: number): void
  /** Signal in dBm; undefined while not joined. */
  rssiDbm(): number | undefined
}

function isAddress(host: string): boolean {
  for (let i = 0; i < host.length; i++) if ('0123456789.'.indexOf(host.charAt(i)) < 0) return false
  return true
}

export function openWifi(wifi: EngineWifi, networks: WifiNetwork[], say: (line: string) => void): Network {
  let isJoined = false
  let isJoining = false
  let joinMs = 0
  let next = 0
  let address: string | undefined
  let askedMs = 0
  let isAsking = false

  function join(nowMs: number): void {
    const network = networks[next % networks.length] as WifiNetwork
    next++
    isJoining = true
    joinMs = nowMs
    wifi.connect(network.ssid, { password: network.password }, error => {
      isJoining = false
      isJoined = !error
      say(error ? 'wifi: not joined' : 'wifi: joined')
    })
  }

  wifi.on('disconnected', () => {
    if (isJoined) say('wifi: lost')
    isJoined = false
    isJoining = false
  })

  return {
    isJoined: () => isJoined,
    addressOf: (host, nowMs) => {
      if (isAddress(host)) return host
      const isOld = nowMs - askedMs > ADDRESS_VALID_MS
      // a question that never was answered is asked again after half a minute
      if ((address === undefined || isOld) && (!isAsking || nowMs - askedMs > JOIN_TIMEOUT_MS)) {
        isAsking = true
        askedMs = nowMs
        wifi.getHostByName(host, found => {
          isAsking = false
          if (found) address = found
        })
      }
      return address
    },
    forgetAddress: () => {
      address = undefined
    },
    tick: nowMs => {
      if (isJoined || networks.length === 0) return
      if (!isJoining || nowMs - joinMs > JOIN_TIMEOUT_MS) join(nowMs)
    },
    rssiDbm: () => {
      const rssi = wifi.getStatus().rssi
      return isJoined && rssi !== undefined && rssi < 0 ? rssi : undefined
    },
  }
}
