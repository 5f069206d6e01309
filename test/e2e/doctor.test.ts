// Every verdict out of a real dongle: the very bundle on the virtual dongle, brought into that state, heard over its console and through
// gateway and backend. Where a dongle cannot reach the platform, the platform can only say so.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { coarseRings, JOURNAL_AT, JOURNAL_SECTORS, POOL_AT, POOL_SECTORS } from '../../firmware/config.ts'
import type { FlashChip } from '../../firmware/host/flash.ts'
import type { WifiHouse } from '../../firmware/host/wifi.ts'
import { type EndReason, noteEnd, openJournal } from '../../firmware/journal.ts'
import { listenToConsole } from '../../installer/diagnose/cable.ts'
import { acceptTerms } from '../../scripts/accept-terms.ts'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import { freePort } from '../../scripts/free-port.ts'
import { type Platform, systemClock } from '../../scripts/platform.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import { causeNow } from '../../shared/doctor/causes.ts'
import { diagnose } from '../../shared/doctor/diagnosis.ts'
import { findingsOf, VERDICTS, type VerdictCode } from '../../shared/doctor/verdict.ts'
import type { DiagnosisAnswer } from '../../shared/schema/diagnosis.ts'
import { appendRecord, openRing, ringStats } from '../../shared/session/ring.ts'
import { crc16 } from '../../shared/telegram/crc16.ts'
import { createNor } from '../support/nor.ts'
import { admit, type Complaint, type Patient } from '../support/patient.ts'
import { startTestPlatform } from '../support/platform.ts'
import { batchOf } from '../support/scripted-dongle.ts'
import { latin1 } from '../support/telegrams.ts'

const OPERATOR_KEY = 'the-operator-of-the-doctor-test'
const WAIT = { timeout: 120_000, interval: 50 }
/** What a cable may need: 75 s of the dongle's time, and the machine may be busy. */
const LISTEN_MS = 30_000
const startS = systemClock.wallS()

let folder = ''
let bundle = ''
let mqttPort = 0
let deadPort = 0
let platform: Platform
let accountId = ''
let readerKey = ''
const logged: string[] = []
const patients: Patient[] = []
/** Which verdicts this file has seen out of a real dongle. */
const seen = new Set<VerdictCode>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nrt-doctor-'))
  mqttPort = await freePort()
  deadPort = await freePort()
  platform = await startTestPlatform(
    folder,
    {
      NRT_MQTT_PORT: `${mqttPort}`,
      NRT_OPERATOR_KEY: OPERATOR_KEY,
    },
    pino({ level: 'trace' }, { write: line => void logged.push(line) }),
  )
  const account = await platform.backend.openAccount('doctor')
  accountId = account.accountId
  readerKey = account.accessKey
  await acceptTerms(platform.backend, readerKey)
  bundle = (await bundleFirmware(new URL('../../firmware/main.ts', import.meta.url).pathname)).code
})

afterEach(async () => {
  for (const patient of patients.splice(0)) await patient.stop()
})

afterAll(async () => {
  await platform?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const eanOf = (number: number): string => `5414489000000${String(number).padStart(5, '0')}`

/** Enrols and binds it, and switches it on. */
async function comes(
  complaint: Omit<Complaint, 'bundle' | 'startS' | 'config'> & { config?: Partial<Complaint['config']> },
  isKnown = true,
) {
  const patient = admit({ bundle, startS, ...complaint, config: { port: mqttPort, ...complaint.config } })
  patients.push(patient)
  if (isKnown) {
    const { dongleId, deviceKey } = patient
    await platform.backend.registerDongle({ dongleId, deviceKey, epoch: 1 })
    await platform.backend.addMeteringPoint({ ean: eanOf(complaint.number), accountId, sinceS: startS - 60 })
    await platform.backend.bindDongle(dongleId, eanOf(complaint.number))
  }
  return patient
}

async function rest<T>(path: string, key = OPERATOR_KEY): Promise<T> {
  const url = `http://127.0.0.1:${platform.httpPort}/api/v1${path}`
  return (await (await fetch(url, { headers: { authorization: `Bearer ${key}` } })).json()) as T
}

const remote = ({ dongleId }: Patient): Promise<DiagnosisAnswer> => rest(`/dongles/${dongleId}/diagnosis`)

async function becomesRemote(patient: Patient, code: VerdictCode): Promise<DiagnosisAnswer> {
  const codes: string[] = []
  const found = await vi
    .waitUntil(async () => {
      const diagnosis = await remote(patient)
      codes.push(diagnosis.verdict.code)
      return codes.at(-1) === code ? diagnosis : undefined
    }, WAIT)
    .catch(() => undefined)
  if (found === undefined) expect.fail(`${[...new Set(codes)]}, not ${code}:\n${patient.lines.slice(-12).join('\n')}`)
  seen.add(code)
  return found
}

/** What somebody with a cable is told. */
async function overCable(patient: Patient, timeoutMs = LISTEN_MS) {
  const line = patient.cable()
  const told = await listenToConsole(line, { timeoutMs, wallS: systemClock.wallS })
  await line.close()
  return told
}

async function becomesOverCable(patient: Patient, code: VerdictCode): Promise<void> {
  let codes: VerdictCode[] = []
  for (let tries = 0; tries < 12 && codes[0] !== code; tries++) {
    const { facts } = await overCable(patient)
    codes = findingsOf(facts)
    if (process.env.NRT_LINES) console.log(codes, JSON.stringify(facts), causeNow(facts.reasons))
  }
  expect(codes[0], `${codes} of\n${patient.lines.slice(-25).join('\n')}`).toBe(code)
  seen.add(code)
}

/** The journal as a boot leaves it that ended so. */
const endedBy = (reason: EndReason) => (chip: FlashChip) => {
  const nor = createNor(JOURNAL_SECTORS)
  noteEnd(openJournal(nor, 5).journal, reason)
  chip.write(JOURNAL_AT, nor.cells)
}

/** The pool full of records, but for what it needs to go on. */
function fillToTheBrim(chip: FlashChip): void {
  const nor = createNor(POOL_SECTORS)
  const ring = openRing(nor, coarseRings())
  for (let seq = 0; ringStats(ring).bytes < 0.95 * ringStats(ring).capacityBytes; seq += 60) {
    appendRecord(ring, { boot: 5, firstSeq: seq, span: 60 }, encodeBatch(batchOf(5, seq, 60)))
  }
  chip.write(POOL_AT, nor.cells)
}

const houseWith = (change: Partial<WifiHouse>): WifiHouse => ({
  points: [{ mac: '02:00:00:00:00:01', channel: 6, rssi: -61, authMode: 'wpa2' }],
  ip: '192.0.2.10',
  ...change,
})

describe('a dongle that reaches the platform is judged alike over the cable and remote', () => {
  test('all is well', async () => {
    const patient = await comes({ number: 1 })
    await becomesOverCable(patient, 'all-well')
    const { isWell, heardAtS, happenings } = await becomesRemote(patient, 'all-well')
    expect(isWell).toBe(true)
    expect(heardAtS).toBeGreaterThanOrEqual(startS)
    expect(happenings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['boot-first', 'firmware', 'p1', 'state']),
    )
  })

  const lines = [
    ['closed', 'p1-silent'],
    ['inverted', 'p1-inverted'],
    ['encrypted', 'p1-encrypted'],
    ['rubbish', 'p1-noise'],
    ['half-plug', 'p1-half'],
  ] as const
  test.each(lines)('the P1 line %s is %s', async (line, code) => {
    const patient = await comes({ number: 10 + lines.findIndex(one => one[0] === line), line })
    await becomesOverCable(patient, code)
    // its next status says it; a report asked for brings one at once
    await ask(patient, { name: 'diagnose' })
    const { happenings } = await becomesRemote(patient, code)
    expect(happenings.some(one => one.code === 'p1' && one.word !== 'none')).toBe(true)
  })

  test('a meter without a clock is clock-wrong', async () => {
    const patient = await comes({ number: 20, telegram: withoutClock })
    await becomesOverCable(patient, 'clock-wrong')
    await ask(patient, { name: 'diagnose' })
    await becomesRemote(patient, 'clock-wrong')
  })

  test('power that fails soon after each start is a brown-out', async () => {
    const patient = await comes({ number: 21, cutsAtStart: 3 })
    await becomesOverCable(patient, 'brown-out')
    const { happenings } = await becomesRemote(patient, 'brown-out')
    expect(happenings).toContainEqual(expect.objectContaining({ code: 'quick-restarts', n: 3 }))
  })

  test.each([
    ['memory', 'memory', 22],
    ['error', 'program-error', 23],
  ] as const)('a boot that ended by %s is %s', async (reason, code, number) => {
    const patient = await comes({ number, prepare: endedBy(reason) })
    await becomesOverCable(patient, code)
    await becomesRemote(patient, code)
  })

  test('a signal that hardly arrives is wifi-weak', async () => {
    const points = [{ mac: '02:00:00:00:00:01', channel: 6, rssi: -88, authMode: 'wpa2' }]
    const patient = await comes({ number: 24, house: houseWith({ points }) })
    await becomesOverCable(patient, 'wifi-weak')
    await becomesRemote(patient, 'wifi-weak')
  })

  test('a flash full of readings is ring-full', async () => {
    // told to upload nothing, so that it stays so
    const patient = await comes({ number: 25, config: { stopped: 1 }, prepare: fillToTheBrim })
    await becomesOverCable(patient, 'ring-full')
    await ask(patient, { name: 'diagnose' })
    const { happenings } = await becomesRemote(patient, 'ring-full')
    expect(happenings.some(({ code, n }) => code === 'ring' && (n ?? 0) >= 90)).toBe(true)
  })

  test('a connection that breaks again and again is restless', async () => {
    const patient = await comes({ number: 26 })
    for (let open = 1; open <= 6; open++) {
      await vi.waitUntil(() => patient.lines.filter(line => line === 'session: open').length >= open, WAIT)
      patient.dongle.cut()
      patient.dongle.heal()
    }
    await vi.waitUntil(() => patient.lines.filter(line => line === 'session: open').length >= 6, WAIT)
    await becomesOverCable(patient, 'restless')
    await becomesRemote(patient, 'restless')
  })

  test('a network that does not answer is on trial, and then a change that was taken back', async () => {
    const patient = await comes({ number: 27 })
    await becomesRemote(patient, 'all-well')
    await ask(patient, { name: 'network', port: deadPort })
    await becomesRemote(patient, 'on-trial')
    await becomesRemote(patient, 'change-returned')
  })
})

describe('a dongle that does not reach the platform tells why over the cable', () => {
  const elsewhere = [{ ssid: 'attic', mac: '02:00:00:00:00:02', channel: 1, rssi: -50, authMode: 'wpa2' }]
  test.each<[string, VerdictCode, number, Partial<Complaint>]>([
    ['a wrong password', 'wifi-password', 40, { house: houseWith({ refusal: 204 }) }],
    ['another network only', 'wifi-missing', 41, { house: houseWith({ points: elsewhere }) }],
    ['a router that gives no address', 'wifi-refused', 42, { house: houseWith({ ip: null }) }],
    [
      'no name server',
      'no-internet',
      43,
      { house: houseWith({ isDnsDead: true }), config: { port: 1883, host: 'gateway.test' } },
    ],
  ])('%s is %s', async (_name, code, number, complaint) => {
    const patient = await comes({ number, ...complaint })
    await becomesOverCable(patient, code)
    await becomesRemote(patient, 'never-heard')
  })

  test('a gateway that is away is gateway-away', async () => {
    const patient = await comes({ number: 44, config: { port: deadPort } })
    await becomesOverCable(patient, 'gateway-away')
  })

  test('a captive portal is portal', async () => {
    const patient = await comes({ number: 45 })
    patient.dongle.networkFaults({ portal: { host: '127.0.0.1', port: platform.httpPort } })
    await becomesOverCable(patient, 'portal')
  })

  test('one that was taken out of service is not-accepted on its console and revoked remote', async () => {
    const patient = await comes({ number: 46 })
    await becomesRemote(patient, 'all-well')
    await platform.backend.retireDongle(patient.dongleId, 'lost')
    await becomesRemote(patient, 'revoked')
    await becomesOverCable(patient, 'not-accepted')
  })

  test('one without an identity says so, and one that is dark says nothing', async () => {
    const blank = await comes({ number: 47, hasIdentity: false }, false)
    await becomesOverCable(blank, 'no-identity')
    await blank.dongle.stop()
    const { facts } = await overCable(blank, 300)
    expect(findingsOf(facts)).toEqual(['mute'])
    seen.add('mute')
  })
})

describe('who may see it', () => {
  test('its holder sees the same without id, EAN or serial, in four languages; others see nothing', async () => {
    const patient = await comes({ number: 60 })
    await becomesRemote(patient, 'all-well')
    const { items } = await rest<{ items: { id: string; eanEnding?: string }[] }>('/metering-points', readerKey)
    const point = items.at(-1)?.id
    const said = new Set<string>()
    for (const lang of ['nl', 'fr', 'de', 'en']) {
      const body = await rest<DiagnosisAnswer>(`/metering-points/${point}/diagnosis?lang=${lang}`, readerKey)
      expect(body.verdict.code).toBe('all-well')
      expect(JSON.stringify(body)).not.toContain(patient.dongleId)
      expect(JSON.stringify(body)).not.toContain(eanOf(60))
      said.add(body.verdict.say)
    }
    expect(said.size).toBe(4)
    const other = await platform.backend.openAccount('somebody else')
    expect(await rest(`/metering-points/${point}/diagnosis`, other.accessKey)).toMatchObject({
      code: 'metering-point.unknown',
    })
    expect(await rest(`/dongles/${patient.dongleId}/diagnosis`, readerKey)).toMatchObject({ code: 'role.missing' })
    expect(await rest(`/dongles/0123456789AB9/diagnosis`)).toMatchObject({ code: 'dongle.unknown' })
    expect(logged.join('')).not.toContain(patient.dongleId)
    expect(logged.join('')).not.toContain(eanOf(60))
  })
})

const UPDATES = VERDICTS.filter(code => code.startsWith('updat') || code === 'no-program' || code === 'memory-worn')

test('what no real dongle was brought into here is named, with the reason', () => {
  const elsewhere: { [code in VerdictCode]?: string } = {
    'out-of-reach':
      'takes a quarter of an hour of wall clock: test/contract/diagnosis.test.ts, with a clock of its own',
    'no-dongle': 'there is no dongle: test/contract/diagnosis.test.ts',
    'not-bound': 'test/contract/diagnosis.test.ts',
    'not-set-up': 'a dongle without configuration page: unit',
    'change-failed': 'a flash that takes no writes: unit',
    tls: 'a module without memory for TLS, which the virtual dongle is not: unit',
    'not-stored': 'test/incidents has a gateway that does not store; its verdict: unit',
    connecting: 'the first seconds of a start: unit',
    ...Object.fromEntries(UPDATES.map(code => [code, 'updates over REST: test/contract/diagnosis.test.ts'])),
  }
  const missing = VERDICTS.filter(code => !seen.has(code) && elsewhere[code] === undefined)
  expect(missing).toEqual([])
})

async function ask({ dongleId }: Patient, wish: object): Promise<void> {
  const url = `http://127.0.0.1:${platform.httpPort}/api/v1/dongles/${dongleId}/orders`
  const headers = { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(wish) })
  expect(response.status).toBe(202)
}

/** The year 2000, as a meter tells it that has lost its clock; the checksum is right. */
function withoutClock(text: string): string {
  const changed = text.replace(/^(0-0:1\.0\.0\()\d\d/m, '$100').slice(0, -6)
  return `${changed}${crc16(latin1(changed)).toString(16).toUpperCase().padStart(4, '0')}\r\n`
}

test('the words of a diagnosis never hold what was not filled in', () => {
  const { happenings } = diagnose({ way: 'cable' }, [{ atS: 1, code: 'cut', n: 4, word: 'wifi-password' }], 'de')
  expect(happenings[0]?.say).toBe('Verbindung: Passwort abgelehnt (Code 4)')
})
