// What one synced append costs while something else loads the machine: `node bench/peers/sync-probe.ts FOLDER` appends 4 KiB and syncs, now and
// then, and answers any message with the milliseconds that each took.

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const file = openSync(join(process.argv[2] as string, 'sync.probe'), 'w')
const block = Buffer.alloc(4096, 7)
const tookMs: number[] = []
process.on('message', () => process.send?.(tookMs))
process.on('disconnect', () => {
  closeSync(file)
  process.exit(0)
})
process.send?.('ready')
for (;;) {
  await delay(10 + Math.random() * 20)
  const startedMs = performance.now()
  writeSync(file, block)
  fdatasyncSync(file)
  tookMs.push(performance.now() - startedMs)
}
