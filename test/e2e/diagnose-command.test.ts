// `nrt diagnose` as a process: over a device file with a real virtual dongle's console behind it, and through a real platform. What it
// prints, and its exit codes: 0 all is well, 1 something to do, 2 it could not ask.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openSerialLine } from '../../installer/flash/serial-line.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { freePort } from '../../scripts/free-port.ts'
import { type Platform, systemClock } from '../../scripts/platform.ts'
import { hasSocat } from '../support/esp32/board-pty.ts'
import { nrt, type Ran } from '../support/nrt-command.ts'
import { admit, type Patient } from '../support/patient.ts'
import { giveOwner, startTestPlatform } from '../support/platform.ts'
import { identityOf } from '../support/scripted-dongle.ts'

const OPERATOR_KEY = 'the-operator-of-the-command-test'
const EAN = '541448900000000093'
const WAIT = { timeout: 120_000, interval: 50 }

let folder = ''
let platform: Platform
let patient: Patient

function diagnose(...args: string[]): Promise<Ran> {
  const env = { NRT_OPERATOR_KEY: OPERATOR_KEY, NRT_URL: `http://127.0.0.1:${platform.httpPort}` }
  return nrt(['diagnose', ...args], { env })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nrt-diagnose-'))
  const mqttPort = await freePort()
  platform = await startTestPlatform(folder, {
    NRT_MQTT_PORT: `${mqttPort}`,
    NRT_OPERATOR_KEY: OPERATOR_KEY,
  })
  const startS = systemClock.wallS()
  const { code } = await bundleFirmware(new URL('../../firmware/main.ts', import.meta.url).pathname)
  patient = admit({ number: 93, bundle: code, startS, config: { port: mqttPort } })
  await giveOwner(platform, { ...patient, epoch: 1 }, { ean: EAN, sinceS: startS - 60 })
  await vi.waitUntil(() => patient.lines.includes('session: open'), WAIT)
})

afterAll(async () => {
  await patient?.stop()
  await platform?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('nrt diagnose, remote', () => {
  test('all is well: exit code 0, and what happened below', async () => {
    const { code, out, err } = await diagnose(patient.dongleId, '--ask', '30')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(
      /^All is well\. \(all-well\)\n {2}-> Nothing needs to be done\.\n\n {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\S/,
    )
    expect(out).toContain('First start (number 1)')
    expect(out).not.toContain(patient.dongleId)
  })

  test('the line goes: a report asked for says so at once, in Dutch, as JSON too; exit code 1', async () => {
    patient.dongle.line('closed')
    await vi.waitUntil(() => patient.lines.includes('p1: silence'), WAIT)
    const words = await diagnose(patient.dongleId, '--ask', '30', '--lang', 'nl')
    expect(words.code).toBe(1)
    expect(words.out).toMatch(/^De meter stuurt niets naar de dongle\. \(p1-silent\)\n {2}-> Druk de stekker in/)
    const json = await diagnose(patient.dongleId, '--json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject({ isWell: false, verdict: { code: 'p1-silent' } })
  })

  test.each([
    ['an id with a typing error', ['0123456789AB0'], /its check character is wrong/],
    ['an id that nobody knows', [identityOf(94).dongleId], /no dongle of this id/],
    ['a language that it does not speak', ['--lang', 'xx'], /nl, fr, de, en/],
    ['an id and a port', ['0123456789AB9', '--port', '/dev/null'], /do not go together/],
    ['a port that is not there', ['--port', '/dev/no-such-port'], /There is no port/],
  ])('%s cannot be asked about: exit code 2 and a sentence', async (_name, args, sentence) => {
    const { code, out, err } = await diagnose(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(sentence)
  })

  test('a backend that is away: exit code 2 and what to check', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const env = { NRT_OPERATOR_KEY: OPERATOR_KEY, NRT_URL: url }
    const { code, out } = await nrt(['diagnose', patient.dongleId, '--json'], { env })
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ code: 'backend.unreachable', next: expect.stringContaining('NRT_URL') })
  })
})

if (!hasSocat) console.log('e2e/diagnose-command: no socat, so no device file')
describe.skipIf(!hasSocat)('nrt diagnose on a device file', () => {
  let cable: ChildProcess
  const path = (): string => join(folder, 'ttyDongle')

  beforeAll(async () => {
    cable = spawn('socat', ['STDIO', `pty,rawer,link=${path()}`], { stdio: ['pipe', 'ignore', 'ignore'] })
    const end = patient.cable()
    end.onData(bytes => void cable.stdin?.write(bytes))
    await vi.waitUntil(() => existsSync(path()), WAIT)
  })
  afterAll(() => void cable.kill())

  test('hears the same over the cable, in French, and types nothing', async () => {
    const { code, out, err } = await diagnose('--port', path(), '--lang', 'fr')
    expect([code, err]).toEqual([1, ''])
    expect(out).toMatch(/^Le compteur n’envoie rien au dongle\. \(p1-silent\)\n {2}-> Enfoncez la fiche/)
  })

  test('a port that somebody else holds is busy: exit code 2 and what to do', async () => {
    const holder = await openSerialLine(path(), 115_200)
    const { code, err } = await diagnose('--port', path())
    await holder.close()
    expect(code).toBe(2)
    expect(err).toMatch(/is in use by another program\. \(port\.busy\)\n {4}Close the serial monitor/)
  })

  test('a board that says nothing is mute: exit code 1 and what to do', async () => {
    await patient.dongle.stop()
    const { code, out } = await diagnose('--port', path(), '--seconds', '2')
    expect(code).toBe(1)
    expect(out).toMatch(/^Nothing at all comes from the dongle over this cable\. \(mute\)/)
  })
})
