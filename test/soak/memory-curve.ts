// What the variables in use, told now and then, say over hours and days. How full the open batch happens to be makes them go up and
// down by some hundred; only what the least of them does over the hours is growth.

import type { Memory } from '../support/paced-engine.ts'

export interface Hour {
  hour: number
  usedLeast: number
  usedMost: number
  leastFree: number
}

const HOUR_S = 3600
/** Fewer samples say nothing about growth. */
const SAMPLES_MIN = 12

export function hoursOf(memory: Memory[]): Hour[] {
  const hours: Hour[] = []
  for (const { second, used, leastFree } of memory) {
    const hour = Math.floor((second - 1) / HOUR_S)
    const last = hours.at(-1)
    if (last?.hour !== hour) hours.push({ hour, usedLeast: used, usedMost: used, leastFree })
    else {
      last.usedLeast = Math.min(last.usedLeast, used)
      last.usedMost = Math.max(last.usedMost, used)
      last.leastFree = Math.min(last.leastFree, leastFree)
    }
  }
  return hours
}

/**
 * By how many variables the last quarter of the run stands above its second quarter (the first is the start and the first batches): the
 * least in use of each. undefined: too short a run.
 */
export function grownBy(memory: Pick<Memory, 'used'>[]): number | undefined {
  if (memory.length < SAMPLES_MIN) return undefined
  const quarter = Math.floor(memory.length / 4)
  const least = (from: number, to: number): number => Math.min(...memory.slice(from, to).map(one => one.used))
  return least(memory.length - quarter, memory.length) - least(quarter, 2 * quarter)
}
