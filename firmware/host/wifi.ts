// require("Wifi") of a house with one access point that is there or not. Joining takes its time and fails while the network
// is cut; like the engine's, it reports a loss once and does not come back by itself.

import type { HostClock } from './clock.ts'
import { type Call, openEmitter } from './emitter.ts'
import type { Network } from './net.ts'

const JOIN_MS = 1500
const NOT_FOUND_MS = 3000
const LOOKUP_MS = 50
const RSSI_DBM = -61
/** The signal wanders by this much around its middle, slowly. */
const RSSI_SWING_DB = 4
const RSSI_PERIOD_MS = 600_000

export interface Wifi {
  api: Record<string, unknown>
  /** The access point has gone, or is there again. */
  lost(): void
}

export function openWifi(
  clock: HostClock,
  network: Network,
  call: Call,
  lookup: (host: string) => string | null,
): Wifi {
  const { emitter, fire } = openEmitter(call)
  let isJoined = false

  const rssiDbm = (): number =>
    Math.round(RSSI_DBM + RSSI_SWING_DB * Math.sin((clock.nowMs() / RSSI_PERIOD_MS) * 2 * Math.PI))

  function leave(): void {
    if (!isJoined) return
    isJoined = false
    fire('disconnected', { reason: 200 })
  }

  return {
    lost: leave,
    api: {
      ...emitter,
      connect: (_ssid: string, options: unknown, callback?: unknown) => {
        const done = callback ?? options
        const isThere = !network.isCut()
        clock.after(isThere ? JOIN_MS : NOT_FOUND_MS, () => {
          if (isThere && network.isCut()) return call(done, ['no AP found'])
          if (!isThere) return call(done, ['no AP found'])
          isJoined = true
          fire('associated')
          fire('connected', { ip: '192.0.2.10' })
          call(done, [null])
        })
      },
      disconnect: (callback?: unknown) => {
        leave()
        if (callback) call(callback, [])
      },
      getStatus: () =>
        isJoined
          ? { station: 'connected', mode: 'sta', rssi: rssiDbm() }
          : { station: network.isCut() ? 'no_ap_found' : 'off', mode: 'sta' },
      getIP: () => ({ ip: isJoined ? '192.0.2.10' : '0.0.0.0' }),
      getHostByName: (host: string, callback: unknown) => {
        clock.after(LOOKUP_MS, () => call(callback, [isJoined ? lookup(host) : null]))
      },
      setConfig: () => undefined,
      stopAP: () => undefined,
    },
  }
}
