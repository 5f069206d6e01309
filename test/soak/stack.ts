// How deep the engine's C stack gets with the whole bundle: start, session, batches, the gateway away and back. On the ESP32 it has
// 25,000 bytes (ESP_STACK_SIZE); the engine stops a program with "too much recursion" near their end. valgrind's massif counts the bytes on
// the Linux build, which is 32-bit as the chip is, so frames are of like size but not the same.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { liveDays } from './days.ts'

const SECONDS = 45
/** The collector marks by recursion as deep as the stack lets it, and gives up above: it is no part of how deep the program calls. */
const NO_COLLECTOR = 'process.memory=function(){return{free:9999,usage:0};};'

/** The most bytes on the stack at a time, with and without the collector's marking. */
export async function deepestStack(engine: string, bundle: string, isCollected: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-massif-'))
  const out = join(folder, 'out')
  try {
    await liveDays({
      engine,
      bundle,
      variables: isCollected ? 5000 : 16_383,
      script: isCollected ? undefined : NO_COLLECTOR,
      seconds: SECONDS,
      everyS: 1,
      speed: 0,
      incidents: [{ kind: 'gateway killed', fromS: 15, toS: 25 }],
      quits: true,
      under: [
        ...['valgrind', '--tool=massif', '--heap=no', '--stacks=yes', '--peak-inaccuracy=0.0'],
        `--massif-out-file=${out}`,
      ],
    })
    const bytes = [...readFileSync(out, 'utf8').matchAll(/^mem_stacks_B=(\d+)$/gm)].map(found => Number(found[1]))
    return Math.max(...bytes)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
