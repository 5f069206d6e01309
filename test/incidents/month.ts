// A month of a bad household: how many telegrams the dongle misses while it connects, erases and is updated, and whether each is counted. The
// meter sends one a second, all of them through the real intake; what the port's buffers cannot hold while connect() stands still is
// lost, and so is what comes while an erase holds up the serial port or the chip starts.

import { randomBelow, seededRandom } from '../../shared/kernel/random.ts'
import { KINDS, type Kind } from './kinds.ts'
import { drawPlace, type Fault, liveSecond } from './script.ts'
import { restartForUpdate } from './station.ts'

/** How often a month has it, and how long it lasts at most. */
const HABITS: [name: string, times: number, mostS: number][] = [
  ['access points off', 4, 7200],
  ['kicked', 30, 0],
  ['forgotten by the access point', 2, 0],
  ['no address server', 2, 1800],
  ['another address', 4, 0],
  ['radio hangs', 2, 0],
  ['names unknown', 4, 3600],
  ['router without internet', 8, 7200],
  ['captive portal', 1, 7200],
  ['gateway killed', 8, 600],
  ['gateway host gone', 3, 7200],
  ['half-open connection', 15, 0],
  ['slow line', 10, 3600],
  ['TCP into the void', 1, 3600],
]
const DAY_S = 86_400
/** Releases a month, each with a restart into its trial; every other one comes back with a second. */
const UPDATES = 2

export interface Month {
  days: number
  telegrams: number
  /** Came while connect() stood still for longer than the buffers hold. */
  missed: number
  /** Of those, and of the unheard, in a loss record with the reason busy. */
  counted: number
  /** Cut by erases, and of those in a loss record with the reason overrun. */
  cut: number
  cutCounted: number
  /** Came while the chip started, for an update or for want of a network. */
  unheard: number
  updates: number
  dials: number
  restarts: number
}

/** `eraseMs`: of a chip whose erases take longer than any data sheet allows. */
export function runMonth(seed: number, days: number, eraseMs?: number): Month {
  const random = seededRandom(seed)
  const place = drawPlace(random, undefined)
  const { station, ether, store } = place
  station.hasIntake = true
  if (eraseMs !== undefined) station.eraseMs = eraseMs
  const updatesAtS = new Set<number>()
  while (updatesAtS.size < Math.ceil((UPDATES * 1.5 * days) / 30)) updatesAtS.add(randomBelow(random, days * DAY_S))
  const faults: Fault[] = HABITS.flatMap(([name, times, mostS]) => {
    const kind = KINDS.find(one => one.name === name) as Kind
    return Array.from({ length: Math.ceil((times * days) / 30) }, () => {
      const fromS = 300 + randomBelow(random, days * DAY_S - 7500)
      return { kind, fromS, toS: fromS + (mostS > 0 ? 10 + randomBelow(random, mostS) : 0) }
    })
  })
  let counted = 0
  let cutCounted = 0
  function tally(): void {
    for (const rows of store.rows.get(station.dongleId)?.values() ?? []) {
      for (const loss of rows.losses) {
        if (loss.reason === 'busy') counted += loss.count
        if (loss.reason === 'overrun') cutCounted += loss.count
      }
    }
    store.rows.clear()
  }
  for (let day = 0; day < days; day++) {
    const today = faults.filter(fault => fault.toS >= day * DAY_S && fault.fromS < (day + 1) * DAY_S)
    for (let hour = 0; hour < 24; hour++) {
      for (let i = 0; i < 3600; i++) {
        liveSecond(place, today)
        if (updatesAtS.has(place.second)) restartForUpdate(station)
      }
      tally()
    }
  }
  // the last ones are on their way
  for (let i = 0; i < 3600; i++) liveSecond(place, [])
  tally()
  return {
    days,
    telegrams: days * DAY_S,
    missed: station.missed,
    counted,
    cut: station.cut,
    cutCounted,
    unheard: station.unheard,
    updates: updatesAtS.size,
    dials: ether.dials,
    restarts: station.restartsMs.length,
  }
}
