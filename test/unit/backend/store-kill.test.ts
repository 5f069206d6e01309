// Durable before it is said: a process that commits under load is killed with SIGKILL again and again; whatever it had reported is there
// when the file is opened next, once, with rollups that agree.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { batchesOf, openTestStore } from '../../support/store.ts'

const ROUNDS = 12
const dir = mkdtempSync(join(tmpdir(), 'nrt-kill-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Runs the load until it has reported `groups` groups, kills it in the middle of whatever it does, and returns the last report. */
async function killAfter(boot: number, groups: number): Promise<number> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../support/children/commit-load.ts'), dir, String(boot)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let said = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', text => {
    said += text
    if (said.split('\n').length > groups) child.kill('SIGKILL')
  })
  const signal = await new Promise(resolve => child.on('close', (_code, by) => resolve(by)))
  expect(signal).toBe('SIGKILL')
  // A torn last line would be a report that nobody got whole.
  const whole = said.slice(0, said.lastIndexOf('\n')).split('\n')
  return Number(whole.at(-1))
}

test('after a kill everything reported as stored is there, exactly once', async () => {
  const before = await openTestStore({ dir })
  const dongles = [
    await before.addDongle(1),
    await before.addDongle(2),
    await before.addDongle(3),
    await before.addDongle(4),
  ]
  await before.close()

  const reported: number[] = []
  for (let boot = 1; boot <= ROUNDS; boot++) reported[boot] = await killAfter(boot, 2 + ((boot * 7) % 20))

  const { store, close } = await openTestStore({ dir })
  for (const { tenureNo } of dongles) {
    const batches = (await batchesOf(store, tenureNo, 0, 4e9)).map(({ row }) => row)
    for (let boot = 1; boot <= ROUNDS; boot++) {
      const seqs = batches.filter(row => row.boot === boot).map(row => row.firstSeq)
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i * 60))
      expect(seqs.at(-1)).toBeGreaterThanOrEqual(reported[boot] as number)
    }
    const counted = (await store.buckets(tenureNo, '1m', 0, 4e9)).reduce((sum, { rollup }) => sum + rollup.count, 0)
    expect(counted).toBe(batches.length * 60)
  }
  await close()
})
