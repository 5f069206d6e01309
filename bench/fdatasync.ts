// What this disk can do: append 4 KiB and fdatasync, one after the other. The latency goals are ratios to these figures,
// measured in the same run.

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
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

/** Appends of `bytes` with fdatasync a second, one after the other, on the disk of the temporary folder, for `forMs`. */
export function measureAppendsPerS(bytes: number, forMs: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-append-'))
  const file = openSync(join(folder, 'log'), 'w')
  const block = Buffer.alloc(bytes, 7)
  const startedMs = performance.now()
  let times = 0
  while (performance.now() - startedMs < forMs) {
    writeSync(file, block)
    fdatasyncSync(file)
    times++
  }
  const perS = (times * 1000) / (performance.now() - startedMs)
  closeSync(file)
  rmSync(folder, { recursive: true })
  return perS
}

export function percentile(ascending: number[], percent: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor((ascending.length * percent) / 100))] as number
}
