// What is known of a dongle's flash before a port is opened: our regions, the engine's files with their hashes found right, and that none
// of them lies over another. Pure.

import type { FlashConfig } from '../../shared/schema/flash-config.ts'
import { Trouble } from './trouble.ts'

export interface Region {
  name: string
  at: number
  bytes: number
}

/** One file of the engine's build, its hash found right. */
export interface EnginePart {
  what: string
  at: number
  data: Uint8Array
}

export interface WifiNetwork {
  ssid: string
  password: string
}

/** Our regions by address. */
export function regionsOf(config: FlashConfig): Region[] {
  return Object.entries(config.flash.regions)
    .map(([name, region]) => ({ name, at: Number(region.at), bytes: region.kB * 1024 }))
    .sort((a, b) => a.at - b.at)
}

/** Throws Trouble regions.overlap for the first two that share a byte; of files and regions in any order. */
export function refuseOverlap(parts: Region[]): void {
  const sorted = parts.toSorted((a, b) => a.at - b.at)
  for (const [i, part] of sorted.entries()) {
    const next = sorted[i + 1]
    if (next !== undefined && part.at + part.bytes > next.at) {
      throw new Trouble('regions.overlap', { first: part.name, second: next.name })
    }
  }
}
