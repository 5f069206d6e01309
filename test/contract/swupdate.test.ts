// hawkBit's interface with a client that we did not write: SWUpdate, where it is installed. It polls, loads an image that its makers have signed and
// whose release our publishers have signed, installs a file, tells how it went, and takes a cancellation.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RolloutView } from '../../shared/schema/update.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { aReleaseFile, trustFile } from '../support/releases.ts'
import { newSwuKey, type SwuKey, swuOf } from '../support/swu.ts'

const isHere = hasCommand('swupdate') && hasCommand('openssl')
if (!isHere) console.warn('skipped: hawkBit’s interface with SWUpdate (swupdate or openssl is not installed)')

const PATIENCE = { timeout: 120_000, interval: 100 }
/** What SWUpdate is told of the program that it has been started with, after an update that is to be confirmed. */
const SUCCESS = ['-c', '2']

describe.skipIf(!isHere)('SWUpdate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-swupdate-'))
  const installed = join(folder, 'installed')
  let t: TestBackend
  let url: string
  let key: SwuKey
  let anne: string
  let bert: string
  let token: string
  let client: ChildProcess | undefined
  let said = ''
  let rolloutId = ''

  beforeAll(async () => {
    key = newSwuKey(folder)
    t = await openTestBackend({ config: { releaseKeysFile: trustFile(), ddiPollS: 1 } })
    url = await t.listen()
    anne = (await t.backend.openOperator('anne')).accessKey
    bert = (await t.backend.openOperator('bert')).accessKey
    token = (await rest('POST', `/dongles/${t.dongleId}/target-token`)).token
  })
  afterEach(async () => {
    await stop()
    await rest('POST', `/rollouts/${rolloutId}/cancel`)
    rmSync(installed, { force: true })
  })
  afterAll(async () => {
    await t.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function rest(method: 'GET' | 'POST', path: string, body: object = {}, by = anne) {
    const headers = { authorization: `Bearer ${by}` }
    const payload = method === 'POST' ? { payload: body } : {}
    return (await t.backend.app.inject({ method, url: `/api/v1${path}`, headers, ...payload })).json()
  }

  /** A release whose program is an image for SWUpdate, signed by `signer`; proposed by one and approved by the other. */
  async function roll(version: number, signer = key): Promise<void> {
    const program = swuOf(`0.${version}.0`, Buffer.from(`program ${version}\n`), installed, signer)
    await rest('POST', '/releases', aReleaseFile({ version, program }))
    rolloutId = (await rest('POST', '/rollouts', { version, plan: { waves: [{ permille: 1000 }] } })).rolloutId
    await rest('POST', `/rollouts/${rolloutId}/approve`, {}, bert)
  }

  async function member(): Promise<{ state: string; code: string | null }> {
    return (await rest('GET', `/rollouts/${rolloutId}/dongles`)).items[0]
  }

  async function rollout(): Promise<RolloutView> {
    return rest('GET', `/rollouts/${rolloutId}`)
  }

  /** `running`: what it says that it runs. */
  function start(running: number, args: string[] = []): void {
    const config = join(folder, 'swupdate.cfg')
    const suricatta = [
      `tenant = "default"; id = "${t.dongleId}"; url = "${url}";`,
      `targettoken = "${token}"; polldelay = 1;`,
    ]
    const lines = [
      `globals : { verbose = true; loglevel = 5; public-key-file = "${key.certificate}"; };`,
      `identify : ( { name = "nrt.version"; value = "${running}"; } );`,
      `suricatta : { ${suricatta.join(' ')} retry = 1; retrywait = 1; };`,
    ]
    writeFileSync(config, lines.join('\n'))
    said = ''
    const command = ['-f', config, '-H', 'nrt:1', '-u', args.join(' ')]
    // its sockets lie in TMPDIR; one that was killed leaves them there
    const sockets = mkdtempSync(join(folder, 'run-'))
    client = spawn('swupdate', command, { env: { ...process.env, TMPDIR: sockets }, detached: true })
    for (const stream of [client.stdout, client.stderr]) {
      stream?.on('data', data => {
        said += data
      })
    }
  }

  /** It has children of its own, in its group. */
  async function stop(): Promise<void> {
    if (client?.pid === undefined) return
    const ended = new Promise(resolve => client?.once('close', resolve))
    process.kill(-client.pid, 'SIGKILL')
    await ended
    client = undefined
  }

  test('loads, checks and installs an image; done it is when it says after a restart that the new version runs', async () => {
    await roll(21)
    start(20)
    await expect.poll(() => existsSync(installed) && readFileSync(installed, 'utf8'), PATIENCE).toBe('program 21\n')
    await expect.poll(() => said, PATIENCE).toContain('already installed update is pending testing')
    expect(said).not.toContain('HTTP error')
    // half-way is not success: the rollout waits for the start
    expect((await member()).state).toBe('given')
    const history = await t.backend.app.inject({
      url: `/default/controller/v1/${t.dongleId}/deploymentBase/1?actionHistory=-1`,
      headers: { authorization: `TargetToken ${token}` },
    })
    expect(history.json().actionHistory.messages.join('\n')).toMatch(/All Chunks Installed/)
    await stop()

    start(21, SUCCESS)
    await expect.poll(async () => (await member()).state, PATIENCE).toBe('healthy')
    expect((await rollout()).counts).toEqual({ healthy: 1 })
  })

  test('refuses an image that strangers have signed: the rollout stops, and what ran goes on', async () => {
    const strangers = mkdtempSync(join(folder, 'strangers-'))
    await roll(22, newSwuKey(strangers))
    start(21)
    await expect.poll(async () => (await member()).state, PATIENCE).toBe('failed')
    expect(await rollout()).toMatchObject({ state: 'stopped', reason: 'too-many-failed' })
    expect(existsSync(installed)).toBe(false)
  })

  test('takes a cancellation of what it had not begun, and has nothing to do then', async () => {
    await roll(23)
    const headers = { authorization: `TargetToken ${token}` }
    const poll = async () =>
      (await t.backend.app.inject({ url: `/default/controller/v1/${t.dongleId}`, headers })).json()
    expect((await poll())._links.deploymentBase).toBeDefined()
    await rest('POST', `/rollouts/${rolloutId}/cancel`)
    expect((await poll())._links.cancelAction).toBeDefined()
    start(21)
    await expect.poll(member, PATIENCE).toMatchObject({ state: 'withdrawn', code: 'cancelled' })
    expect((await poll())._links.cancelAction).toBeUndefined()
    expect(existsSync(installed)).toBe(false)
  })
})

function hasCommand(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
