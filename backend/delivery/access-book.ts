// The data access log on its way to the register: what left under a permission on a channel, added up until it is written down, so that a stream of ten
// deliveries a minute is one line of the customer's page and not ten. Pure.

import type { DataAccess } from '../consent/access-log.ts'
import type { Range } from './ranges.ts'

export interface AccessBook {
  add(permissionId: string, channel: DataAccess['channel'], readings: number, range: Range, atMs: number): void
  /** All so far; the book is empty then. */
  take(): DataAccess[]
  /** They could not be written. */
  giveBack(accesses: readonly DataAccess[]): void
}

export function createAccessBook(): AccessBook {
  const lines = new Map<string, DataAccess>()

  function enter(access: DataAccess): void {
    const key = `${access.permissionId} ${access.channel}`
    const known = lines.get(key)
    if (known === undefined) lines.set(key, access)
    else {
      lines.set(key, {
        ...known,
        atMs: Math.max(known.atMs, access.atMs),
        readings: known.readings + access.readings,
        fromS: Math.min(known.fromS, access.fromS),
        toS: Math.max(known.toS, access.toS),
      })
    }
  }

  return {
    add: (permissionId, channel, readings, { fromS, toS }, atMs) =>
      enter({ permissionId, channel, readings, fromS, toS: toS - 1, atMs }),
    take() {
      const taken = [...lines.values()]
      lines.clear()
      return taken
    },
    giveBack: accesses => accesses.forEach(enter),
  }
}
