// What this disk can do: append 4 KiB and fdatasync, one after the other. The latency goals are ratios to these figures,
// measured in the same run.

import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Milliseconds for `times` appends with fdatasync in `folder`, ascending. */
export function measureFdatasyncMs(folder: string, times: number): number[] {
  const path = join(folder, 'fdatasync.probe')
  const file = openSync(path, 'w')
  const block = Buffer.alloc(4096, 7)
  const took: number[] = []
  for (let i = 0; i < times; i++) {
    const startedMs = performance.now()
    writeSync(file, block)
    fdatasyncSync(file)
    took.push(performance.now() - startedMs)
  }
  closeSync(file)
  rmSync(path)
  return took.sort((a, b) => a - b)
}

export function percentile(ascending: number[], percent: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor((ascending.length * percent) / 100))] as number
}
