// `nrt flash --app-only` on the real engine: its Linux build behind a device file. Skipped with a word where there is no `espruino`
// binary, or no socat. The program gets a prelude with what the Linux build lacks (Wi-Fi), as in the other device tests.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFlashChip } from '../../firmware/host/flash.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import { END_REASONS, MAGIC, NOT_SAID, REASON_AT, SLOT_BYTES } from '../../firmware/journal.ts'
import { SETUP_FILE, SETUP_PAGE } from '../../firmware/setup-port.ts'
import { identityIn } from '../../installer/flash/plan.ts'
import { type Region, regionsOf } from '../../installer/flash/regions.ts'
import { openTestBackend, type TestBackend } from '../support/backend.ts'
import { hasSocat } from '../support/esp32/board-pty.ts'
import { type BenchFiles, benchFiles } from '../support/flash-bench.ts'
import { readLabel } from '../support/read-label.ts'
import { findEngine, fitEngineVersion, prelude } from '../support/real-engine.ts'

const TRIES_MAX = 8
/** As if the order "console" had just been given: the lock is the engine's, the word to it is "open". */
const OPENED = '(function(s){E.setPassword=function(){s.call(E,"open");};})(E.setPassword);'

/** Not another process that got the number of one that has ended by itself. */
function isEngine(pid: number): boolean {
  const path = `/proc/${pid}/exe`
  return existsSync(path) && realpathSync(path) === realpathSync(engine as string)
}

const engine = findEngine()
const version = engine === undefined || !hasSocat ? undefined : fitEngineVersion(engine)
if (version === undefined) console.log('app-only: no fitting espruino binary (ESPRUINO=…) or no socat: skipped')

describe.skipIf(version === undefined)('nrt flash --app-only on the real engine', () => {
  let backend: TestBackend
  let url: string
  let files: BenchFiles
  let cable: ChildProcess
  let tty: string
  const env = { NRT_INSTALLER_KEY: '', PATH: process.env.PATH }

  beforeAll(async () => {
    files = await benchFiles()
    backend = await openTestBackend()
    url = await backend.listen()
    env.NRT_INSTALLER_KEY = (await backend.backend.openInstaller('bench')).accessKey
    const bootPath = `${files.bundlePath}.boot.json`
    const boot = JSON.parse(readFileSync(bootPath, 'utf8')) as { loader: string }
    writeFileSync(bootPath, JSON.stringify({ ...boot, loader: prelude(undefined) + OPENED + boot.loader }))
    mkdirSync(files.path('engine-home'))
    writeFileSync(files.path('engine-home/cause'), '1')
    const chip = openFlashChip({ path: files.path('engine-home/espruino.flash') })
    openStorage(chip).write('old-file', Buffer.from('of a former use'))
    chip.close()
    tty = files.path('tty')
    cable = await plugEngine()
    // the programs are built first
  }, 240_000)

  async function plugEngine(): Promise<ChildProcess> {
    const plugged = spawn('socat', [`pty,rawer,link=${tty}`, `SYSTEM:echo $$ >pid; exec ${engine},pty,rawer`], {
      cwd: files.path('engine-home'),
      stdio: 'ignore',
    })
    for (let tries = 0; tries < 500 && !existsSync(tty); tries++) await new Promise(resolve => setTimeout(resolve, 10))
    return plugged
  }

  async function unplug(): Promise<void> {
    // the engine ignores the polite signals, the end of its terminal among them
    const pid = Number(readFileSync(files.path('engine-home/pid'), 'utf8'))
    if (isEngine(pid)) process.kill(pid, 'SIGKILL')
    if (cable.exitCode !== null || cable.signalCode !== null) return
    const gone = new Promise(resolve => cable.once('exit', resolve))
    cable.kill()
    await gone
  }

  /**
   * The Linux build asserts and ends now and then when input arrives while it takes some out of its queue (jsdevices.c, two threads
   * without a lock). To the tool that is a pulled cable, and the same command again is the cure.
   */
  async function flashToTheEnd() {
    for (let tries = 1; ; tries++) {
      const run = await flash(url)
      if (run.last.code !== 'port.lost' || tries === TRIES_MAX) return run
      await unplug()
      cable = await plugEngine()
    }
  }

  afterAll(async () => {
    if (cable) await unplug()
    await backend?.stop()
    files?.remove()
  })

  async function flash(to: string, port = tty, seen: (out: string) => void = () => {}) {
    const nrt = new URL('../../installer/main.ts', import.meta.url).pathname
    const paths = ['--config', files.configPath, '--bundle', files.bundlePath, '--labels', files.path('labels')]
    const child = spawn(
      process.execPath,
      [nrt, 'flash', '--app-only', '--json', '--port', port, '--backend', to, ...paths],
      { env },
    )
    let out = ''
    child.stdout.on('data', part => {
      out += part
      seen(out)
    })
    const code = await new Promise(resolve => child.on('close', resolve))
    const steps = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    return { code, out, steps, last: steps.at(-1) }
  }

  const flashed = () => readFileSync(files.path('engine-home/espruino.flash'))
  const identityThere = () => identityIn(flashed().subarray(0x310000, 0x316000))

  /** Why boots ended, as the journal's slots have it; NOT_SAID where nobody said. */
  function endsThere(): number[] {
    const { at, bytes } = regionsOf(files.config).find(region => region.name === 'journal') as Region
    const slots = Array.from({ length: bytes / SLOT_BYTES }, (_, i) => at + i * SLOT_BYTES)
    const image = flashed()
    return slots.filter(slot => image[slot] === MAGIC).map(slot => (image[slot + REASON_AT] as number) & NOT_SAID)
  }

  /** In each slot, behind its head. */
  function programsThere(): boolean[] {
    const program = readFileSync(files.bundlePath)
    return files.config.flash.slots.map(Number).map(slot => {
      const at = slot + 4096
      return flashed()
        .subarray(at, at + program.length)
        .equals(program)
    })
  }

  test('brings program and identity, reads them back, starts, registers, labels; again it keeps both', async () => {
    const first = await flashToTheEnd()
    expect(first.last).toEqual(expect.objectContaining({ step: 'label', state: 'done' }))
    expect(first.code).toBe(0)
    const identity = identityThere()
    expect(identity?.dongleId).toBe(first.last.dongleId)
    const storage = openStorage(openFlashChip({ image: flashed() }))
    expect(storage.list()).toEqual(['.bootcde', 'update', 'rescue', SETUP_FILE, SETUP_PAGE, 'gap', 'slots'])
    for (const name of [SETUP_FILE, SETUP_PAGE]) {
      expect(Buffer.from(storage.read(name)!).equals(readFileSync(files.path(name)))).toBe(true)
    }
    expect(programsThere()).toEqual([true, true])

    const label = readLabel(first.last.files[1])
    expect(label.setup).toContain(identity?.setupPassword)
    for (const secret of [
      label.claim.code,
      identity?.setupPassword as string,
      Buffer.from(identity!.deviceKey).toString('hex'),
    ]) {
      expect(first.out).not.toContain(secret)
    }

    const second = await flashToTheEnd()
    expect(second.steps).toContainEqual(expect.objectContaining({ step: 'write', state: 'done', changedBytes: 0 }))
    expect(second.steps).toContainEqual(expect.objectContaining({ step: 'register', outcome: 'known' }))
    expect(identityThere()).toEqual(identity)
    // the program that it stopped has not lost its power: else each run would delay the radio more, and outlast the self-test at last
    expect(endsThere()).toContain(END_REASONS.indexOf('setup'))
  }, 240_000)

  test('a cable pulled while the program goes over is said at once, and once more finishes it', async () => {
    const before = identityThere()
    // another program, in every sector: what is there would be left alone
    writeFileSync(files.bundlePath, `\n${readFileSync(files.bundlePath, 'latin1')}`, 'latin1')
    let isPulled = false
    const cut = await flash(url, tty, out => {
      if (isPulled || !/"percent":5[1-9],/.test(out)) return
      isPulled = true
      void unplug()
    })
    expect([isPulled, cut.code, cut.last.code]).toEqual([true, 3, 'port.lost'])
    await unplug()
    cable = await plugEngine()
    const again = await flashToTheEnd()
    expect(again.last).toEqual(expect.objectContaining({ step: 'label', state: 'done' }))
    expect(identityThere()).toEqual(before)
    expect(programsThere()).toEqual([true, true])
  }, 240_000)

  test('says so where no engine answers', async () => {
    const silent = files.path('silent')
    const other = spawn('socat', [`pty,rawer,link=${silent}`, 'EXEC:sleep 60,pty,rawer'], { stdio: 'ignore' })
    for (let tries = 0; tries < 500 && !existsSync(silent); tries++)
      await new Promise(resolve => setTimeout(resolve, 10))
    const { code, last } = await flash('http://127.0.0.1:9', silent)
    other.kill()
    expect([code, last.code]).toEqual([4, 'engine.absent'])
  })

  test('is not for trays', () => {
    const nrt = new URL('../../installer/main.ts', import.meta.url).pathname
    expect(spawnSync(process.execPath, [nrt, 'flash', '--app-only', '--batch'], { env }).status).toBe(2)
  })
})
