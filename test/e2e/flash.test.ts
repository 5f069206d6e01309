// From a bare chip to a reading on the page, by the commands of docs/installing.md, and what can go wrong on the way: `nrt flash` and
// `nrt label` as processes on device files. Skipped with a word where socat is not installed.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SerialPort } from 'serialport'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Platform } from '../../scripts/platform.ts'
import { drillInstall } from '../drill/install.ts'
import { CHROMIUM } from '../support/browser.ts'
import { type Board, type BoardOptions, openBoard } from '../support/esp32/board.ts'
import { hasSocat, plugIn } from '../support/esp32/board-pty.ts'
import { type BenchFiles, benchFiles } from '../support/flash-bench.ts'
import { nrt, startNrt } from '../support/nrt-command.ts'
import { startTestPlatform } from '../support/platform.ts'
import { readLabel } from '../support/read-label.ts'

if (!hasSocat) console.log('e2e/flash: no socat, so no device file: the command line was not run on one')

const dir = mkdtempSync(join(tmpdir(), 'nrt-e2e-flash-'))
let platform: Platform
let files: BenchFiles
let url: string
let boards = 0

beforeAll(async () => {
  platform = await startTestPlatform(dir)
  url = `http://127.0.0.1:${platform.httpPort}`
  files = await benchFiles({ host: '127.0.0.1', port: platform.gateway.port as number, isTls: false })
  const { accessKey } = await platform.backend.openInstaller('bench')
  writeFileSync(files.path('installer.key'), `${accessKey}\n`)
})
afterAll(async () => {
  await platform?.stop()
  files?.remove()
  rmSync(dir, { recursive: true, force: true })
})

function aBoard(options: Partial<BoardOptions> = {}): Board {
  return openBoard({ flashPath: files.path(`chip-${boards}.flash`), hasNoControlLines: true, ...options })
}

/** A plugged board and how to take it away again. */
async function onACable(board: Board) {
  const plugged = await plugIn(board, files.path(`tty-${boards++}`))
  return {
    path: plugged.path,
    end: async () => {
      await board.stop()
      await plugged.unplug()
    },
  }
}

const common = () => ['--backend', url, '--key-file', files.path('installer.key'), '--labels', files.path('labels')]
const flash = (path: string, ...more: string[]) => [
  'flash',
  ...['--port', path, '--config', files.configPath, '--bundle', files.bundlePath, ...common(), ...more],
]
const stepsOf = (out: string) =>
  out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

describe.skipIf(!hasSocat)('nrt flash on a device file', () => {
  test.skipIf(CHROMIUM === undefined)('from a bare chip to a reading on the page: the drill comes off', async () => {
    const report = await drillInstall(() => {})
    expect(report).toMatchObject({ isDone: true })
    const bench = ['pin', 'key', 'files', 'connect', 'identity', 'write', 'selftest', 'register', 'label']
    const customer = ['plug', 'join', 'open', 'choose', 'read']
    expect(report.steps.map(({ step }) => step)).toEqual([...bench, ...customer, 'claim', 'bind', 'live'])
    expect(report.customer.steps).toEqual(customer)
  })

  test('a label printed again voids the old one, with the Wi-Fi part when the dongle is on the cable', async () => {
    const board = aBoard()
    const cable = await onACable(board)
    const made = await nrt(flash(cable.path, '--json'))
    const { dongleId, files: paths } = stepsOf(made.out).at(-1)
    const first = readLabel(paths[1])
    const without = await nrt(['label', dongleId, ...common()], { env: { NO_COLOR: '1' } })
    expect(without.code).toBe(0)
    const second = readLabel(paths[1])
    expect(second).toMatchObject({ setup: undefined, claim: { dongleId } })
    board.holdBoot()
    const onCable = ['--port', cable.path, '--config', files.configPath]
    const withPort = await nrt(['label', dongleId, ...common(), ...onCable])
    expect([withPort.code, withPort.err]).toEqual([0, ''])
    const third = readLabel(paths[1])
    expect(third.setup).toBe(first.setup)
    expect(new Set([first.claim.code, second.claim.code, third.claim.code]).size).toBe(3)
    for (const shown of [made.out, without.out, withPort.out]) {
      for (const label of [first, second, third]) expect(shown).not.toContain(label.claim.code)
    }
    await cable.end()
  })

  test('a cable pulled in the middle ends with its code and what to do; the same command then finishes', async () => {
    const board = aBoard({ fault: packet => (packet === 40 ? 'lose' : 'none') })
    const cable = await onACable(board)
    const { code, out } = await nrt(flash(cable.path))
    expect(code).toBe(3)
    expect(out).toContain('(port.lost)')
    expect(out).toContain('run the same command')
    await cable.end()
    const again = aBoard({ flashPath: files.path(`chip-${boards - 1}.flash`) })
    const second = await onACable(again)
    expect((await nrt(flash(second.path))).code).toBe(0)
    await second.end()
  })

  test('a port in use, a port that is not there, a wrong key and an unpinned engine each have their exit code', async () => {
    const board = aBoard()
    const cable = await onACable(board)
    const other = new SerialPort({ path: cable.path, baudRate: 115200, autoOpen: false })
    await new Promise<void>((resolve, reject) => other.open(error => (error ? reject(error) : resolve())))
    const busy = await nrt(flash(cable.path, '--json'))
    expect([busy.code, stepsOf(busy.out).at(-1).code]).toEqual([3, 'port.busy'])
    await new Promise<void>(resolve => other.close(() => resolve()))
    const absent = await nrt(flash('/dev/nrt-none', '--json'))
    expect([absent.code, stepsOf(absent.out).at(-1).code]).toEqual([3, 'port.unknown'])
    const noKey = await nrt(['flash', '--port', cable.path, '--config', files.configPath, '--bundle', files.bundlePath])
    expect([noKey.code, noKey.out.includes('key.missing')]).toEqual([2, true])
    const config = JSON.parse(readFileSync(files.configPath, 'utf8'))
    config.engine.images[0].sha256 = null
    writeFileSync(files.path('unpinned.json'), JSON.stringify(config))
    const unpinned = await nrt(flash(cable.path, '--config', files.path('unpinned.json')))
    expect([unpinned.code, unpinned.out.includes('nrt flash --pin')]).toEqual([2, true])
    await cable.end()
  })

  test('a tray goes on over a bad board, and after a crash only what is missing is done', async () => {
    const macs = ['24:0a:c4:00:01:01', '24:0a:c4:00:01:02', '24:0a:c4:00:01:03']
    const chips = macs.map((mac, i) => ({ mac, flashPath: files.path(`tray-${i}.flash`) }))
    const plugAll = async (faultOf: (i: number) => BoardOptions['fault']) => {
      const cables = []
      for (const [i, { mac, flashPath }] of chips.entries()) {
        cables.push(await onACable(aBoard({ kind: { mac }, flashPath, fault: faultOf(i) })))
      }
      return cables
    }
    const journal = files.path('tray.csv')
    const batch = (paths: string[]) => {
      const ports = paths.flatMap(path => ['--port', path])
      const rest = ['--config', files.configPath, '--bundle', files.bundlePath, '--journal', journal, '--tray', 'T1']
      return startNrt(['flash', '--batch', '--json', ...ports, ...rest, ...common()])
    }
    const faults = ['none', 'lose', 'silence'] as const
    const first = await plugAll(i => packet => (packet === 60 ? (faults[i] ?? 'none') : 'none'))
    const run = batch(first.map(cable => cable.path))
    // killed in the middle of the third board, which waits there
    await expect.poll(() => run.ran.out.split('"identity","state":"done"').length).toBe(4)
    run.child.kill('SIGKILL')
    await run.ended
    for (const cable of first) await cable.end()
    expect(readFileSync(journal, 'utf8')).toMatch(/port\.lost/)

    const second = await plugAll(() => undefined)
    const resumed = await batch(second.map(cable => cable.path)).ended
    expect(resumed.code).toBe(0)
    expect(stepsOf(resumed.out).at(-1)).toMatchObject({ step: 'tray', made: 2, skipped: 1, failed: 0 })
    for (const cable of second) await cable.end()
    const rows = readFileSync(journal, 'utf8').trim().split('\n')
    for (const mac of macs) expect(rows.filter(row => row.includes(mac) && row.includes(',done,'))).toHaveLength(1)
    const ids = new Set(rows.filter(row => row.includes(',done,')).map(row => row.split(',')[4]))
    expect(ids.size).toBe(3)
    for (const id of ids) {
      const { claim } = readLabel(files.path(`labels/${id}.png`))
      expect(rows.join('\n')).not.toContain(claim.code)
      expect(existsSync(files.path(`labels/${id}.svg`))).toBe(true)
    }
  })

  test('one port and a tray: boards are exchanged by hand', async () => {
    const board = aBoard()
    const cable = await onACable(board)
    const journal = ['--journal', files.path('one.csv'), '--batch']
    const { code, out } = await nrt(flash(cable.path, ...journal), { input: 'q\n' })
    expect(code).toBe(0)
    expect(out).toContain('exchange the board')
    expect(out).toContain('1 made, 0 done before, 0 failed')
    await cable.end()
  })
})
