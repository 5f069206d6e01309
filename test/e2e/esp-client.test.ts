// The example client as an ESP starts it, a process of its own, against the sandbox's platform: token, pull, stream and webhooks for real, and their end when the
// household takes the permission back.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Platform } from '../../scripts/platform.ts'
import { openSandboxWorld, type SandboxWorld } from '../../scripts/sandbox-world.ts'
import { startTestPlatform } from '../support/platform.ts'

let folder: string
let platform: Platform
let world: SandboxWorld
let child: ChildProcess
const lines: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nrt-esp-'))
  platform = await startTestPlatform(folder, { NRT_WEBHOOK_PRIVATE: '1' })
  world = await openSandboxWorld(platform, 1)
})
afterAll(async () => {
  child?.kill('SIGKILL')
  world.stop()
  await platform.stop()
  rmSync(folder, { recursive: true, force: true })
})

const said = (start: string) => lines.filter(line => line.startsWith(start))

test('prints what it pulls, streams and is posted, and is told of the end', async () => {
  await world.send(5)
  const keyFile = join(folder, 'esp-key.json')
  writeFileSync(keyFile, JSON.stringify(world.key))
  const [server, broker] = [`http://127.0.0.1:${platform.httpPort}`, `mqtt://127.0.0.1:${platform.gateway.port}`]
  child = spawn(
    process.execPath,
    ['examples/esp-client/main.ts', '--server', server, '--broker', broker, '--key', keyFile, '--hook', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let text = ''
  child.stdout?.on('data', chunk => {
    text += chunk
    lines.splice(0, lines.length, ...text.split('\n'))
  })
  const [permissionId] = world.permissionIds
  await expect.poll(() => said('token:')).toEqual([`token: got one for ${world.espId}`])
  await expect.poll(() => said('latest:')[0]).toContain('informative, not validated')
  await expect.poll(() => said('range:')[0]).toContain(`${permissionId} 5 readings in five minutes`)
  await expect.poll(() => said('stream:').length).toBeGreaterThan(0)
  await expect.poll(() => said('webhook: nrt.readings.json').length).toBeGreaterThan(0)
  await expect.poll(() => said('webhook: nrt.permission.granted').length).toBe(1)
  const before = said('stream:').length
  await world.send(1)
  await expect.poll(() => said('stream:').length).toBe(before + 1)
  await world.revoke(permissionId as string)
  await expect.poll(() => said('webhook: nrt.permission.revoked').length).toBe(1)
  const [streamed, posted] = [said('stream:').length, said('webhook: nrt.readings').length]
  await world.send(3)
  expect([said('stream:').length, said('webhook: nrt.readings').length]).toEqual([streamed, posted])
})
