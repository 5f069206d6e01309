// `npm run chaos` leaves nothing behind, however it ends.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const RUN = fileURLToPath(new URL('run.ts', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nrt-ends-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Everything that it makes in a temporary folder is in `folder`. */
function chaos(args: string[], settings: { [name: string]: string } = {}): ChildProcess {
  const env = { ...process.env, ...settings, TMPDIR: folder }
  return spawn(process.execPath, [RUN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('told to end in an outage, it takes the platform and its folder with it', { timeout: 120_000 }, async () => {
  const run = chaos(['--only', 'outage', '--dongles', '2', '--hours', '0.01'])
  const ended = once(run, 'exit')
  let platform = 0
  for await (const line of createInterface({ input: run.stdout as NodeJS.ReadableStream })) {
    platform = Number(/platform runs, process (\d+)/.exec(line)?.[1] ?? 0)
    if (platform > 0) break
  }
  expect(isAlive(platform)).toBe(true)
  run.kill('SIGINT')
  expect(await ended).toEqual([130, null])
  expect(isAlive(platform)).toBe(false)
  expect(readdirSync(folder)).toEqual([])
})

test('a backend that cannot start is a row that failed, and nothing stays', { timeout: 120_000 }, async () => {
  // not an address of this machine (RFC 5737)
  const run = chaos(['--only', '^reset: page-backend', '--json'], { NRT_HTTP_HOST: '192.0.2.1' })
  const [out, err]: [string[], string[]] = [[], []]
  run.stdout?.on('data', bytes => out.push(`${bytes}`))
  run.stderr?.on('data', bytes => err.push(`${bytes}`))
  expect(await once(run, 'close')).toEqual([1, null])
  const rows = out
    .join('')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(rows).toMatchObject([{ ok: false, note: 'the backend ended with code 1' }])
  expect(err.join('')).not.toContain('Node.js v')
  expect(readdirSync(folder)).toEqual([])
})
