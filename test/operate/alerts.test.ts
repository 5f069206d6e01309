// Each alert fired once: its trouble is produced on the real platform, what it then tells is scraped before and after, and Prometheus' own
// rule engine says whether the alert fires, and that none does while all is well. Every name in rules and dashboard is one that is told.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Platform, readPlatformConfig, startPlatform } from '../../scripts/platform.ts'
import { valueOrThrow } from '../support/facts.ts'
import { eanOf } from '../support/fleet.ts'
import { startGatewayUnderTest } from '../support/gateway-under-test.ts'
import { NO_RATES_ENVIRONMENT } from '../support/no-rates.ts'
import { giveOwner } from '../support/platform.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'
import { selfSignedCertificate } from '../support/self-signed-certificate.ts'
import { alertsIn, failuresOf, isPromtoolHere, RULES_FILE, type RuleCase } from './promtool.ts'
import { type Scrape, scrape, scrapeOf, seriesOf } from './scrape.ts'

const NOW_S = Math.floor(Date.now() / 1000)
/** A minute and more. */
const TURNS_MAX = 3000
const OPERATOR_KEY = 'an operator key for these tests only'.replaceAll(' ', '-')
const SERIAL = '1SAG0000canary'
const rules = readFileSync(RULES_FILE, 'utf8')
const dashboard = JSON.parse(readFileSync(join(import.meta.dirname, '../../deploy/grafana/nrt.json'), 'utf8'))

const folder = mkdtempSync(join(tmpdir(), 'nrt-alerts-'))
const open: (() => Promise<unknown>)[] = []
const logged: string[] = []
let well: Scrape
/** What was scraped under each trouble. */
const troubles = new Map<string, { before: Scrape; after: Scrape }>()

beforeAll(async () => {
  await produceTroubles().catch(error => {
    throw new Error(`${[...troubles.keys()].at(-1)} was the last: ${error}\n${logged.slice(-20).join('')}`)
  })
})

async function produceTroubles(): Promise<void> {
  const platform = await startFresh({
    NRT_BACKUP_DIR: join(folder, 'backups'),
    NRT_STORE_MAX_MB: '3',
    NRT_OPERATOR_KEY: OPERATOR_KEY,
    ...NO_RATES_ENVIRONMENT,
    NRT_CONNECTS_PER_S: '1',
    NRT_CONNECTS_BURST: '60',
    ...certificateFiles(new Date((NOW_S + 80 * 86_400) * 1000)),
  })
  open.push(() => platform.stop())
  const address = `http://127.0.0.1:${platform.httpPort}`
  const dongle = await aDongle(platform, 0)

  const fresh = await scrape(address)
  for (let firstSeq = 1; firstSeq < 100; firstSeq += 10) await dongle.send(batchAt(firstSeq))
  await takeBackup(address)
  await untilTold(address, 'nrt_dongles_silent', value => value === 0)
  well = await scrape(address)
  troubles.set('NrtBackupOld', { before: fresh, after: fresh })

  const during = async (alert: string, work: () => Promise<unknown>): Promise<void> => {
    const before = await scrape(address)
    await work()
    troubles.set(alert, { before, after: await scrape(address) })
  }
  await during('NrtChecksumErrors', () => dongle.send(batchWithLoss(1000, 'crc')))
  await during('NrtReadingsLost', () => dongle.send(batchWithLoss(2000, 'ring-full')))
  const twin = await aDongle(platform, 4)
  await during('NrtCloneSuspected', async () => {
    const { columns, ...batch } = batchAt(1)
    await twin.send({ ...batch, columns })
    twin.post({
      ...batch,
      columns: columns.map((column, i) => (i === 4 ? Array.from(column, value => value + 1) : column)),
    })
    const quarantined = 'outcome="quarantined",reason="other-content"'
    await untilTold(address, 'nrt_store_batches_total', value => value === 1, quarantined)
  })
  const other = await aDongle(platform, 1)
  await during('NrtDeadLetters', async () => {
    const id = { boot: 1, firstSeq: 1, span: 10 }
    other.postBytes(id, Uint8Array.of(0xff, 0x00, 0x13))
    await other.verdictOf(id)
  })
  await during('NrtDonglesSilent', async () => {
    for (const number of [2, 3])
      await giveOwner(platform, identityOf(number), { ean: eanOf(number), sinceS: NOW_S - 86_400 })
    await untilTold(address, 'nrt_dongles_silent', value => value === 2)
  })
  await during('NrtBacklogGrows', async () => {
    other.sendStatus({ ringRecords: 4000 })
    await untilTold(address, 'nrt_dongles_backlog_records', value => value === 4002)
  })
  await during('NrtStrangersKnock', async () => {
    for (let i = 0; i < 22; i++) await knock(platform)
  })
  await during('NrtConnectsRefused', async () => {
    const port = platform.gateway.port as number
    await Promise.all(Array.from({ length: 80 }, () => closedByPeer(port)))
    await untilTold(address, 'nrt_gateway_refused_total', value => value >= 10, 'reason="connect-rate"')
  })
  const realNow = Date.now
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 30_000)
  const off = await scrape(address)
  clock.mockRestore()
  troubles.set('NrtClockOff', { before: well, after: off })

  // Somebody else holds the database: nothing is stored until they let go.
  const locked = await scrape(address)
  const holder = new DatabaseSync(join(folder, 'nrt.sqlite'))
  holder.exec('BEGIN IMMEDIATE')
  const waiting = [other, other].map((_, i) => other.send(batchAt(3000 + 100 * i, 2)))
  await untilTold(address, 'nrt_gateway_store_failing', value => value === 1)
  const stuck = await scrape(address)
  troubles.set('NrtGatewayCannotStore', { before: locked, after: stuck })
  troubles.set('NrtStoreNotReady', { before: locked, after: stuck })
  await new Promise(resolve => setTimeout(resolve, 1200)) // the second in which an acknowledgement should be there passes
  holder.exec('ROLLBACK')
  holder.close()
  await Promise.all(waiting)
  troubles.set('NrtAcksSlow', { before: locked, after: await scrape(address) })

  const roomy = await scrape(address)
  let firstSeq = 10_000
  let isFull = false
  const filled = untilTold(address, 'nrt_gateway_store_failing', value => value === 1).finally(() => {
    isFull = true
  })
  // The next ones when these are answered: posted on and on, on a busy machine they were never read to their end.
  while (!isFull) {
    const sent = Array.from({ length: 40 }, () => dongle.send(batchAt(firstSeq++ * 300, 300)))
    await Promise.race([filled, Promise.all(sent)])
  }
  await filled
  await untilTold(address, 'nrt_store_trouble', value => value === 1, 'reason="disk-full"')
  // The file grows when the log is copied into it, once a second.
  const limitBytes = gaugeOf(roomy, 'nrt_store_limit_bytes')
  await untilTold(address, 'nrt_store_free_bytes', value => value < limitBytes / 10)
  const full = await scrape(address)
  troubles.set('NrtDiskFull', { before: roomy, after: full })
  troubles.set('NrtDiskFilling', { before: roomy, after: full })
  await during('NrtRestFailing', async () => {
    const wish = {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
    }
    const answer = await fetch(`${address}/api/v1/dead-letters/replay`, { ...wish, body: '{}' })
    expect(answer.status).toBe(503)
  })

  const gateway = await startGatewayUnderTest({
    ...settingsOf(certificateFiles(new Date((NOW_S + 10 * 86_400) * 1000))),
  })
  const ending = scrapeOf((await gateway.gateway.probes.metrics()).body)
  troubles.set('NrtCertificateEnds', { before: ending, after: ending })
  await gateway.gateway.stop()

  for (const step of open.splice(0).reverse()) await step()
  const gone = await scrape(address).then(
    () => 1,
    () => 0,
  )
  troubles.set('NrtDown', { before: scrapeOf('up 1'), after: scrapeOf(`up ${gone}`) })
}
afterAll(async () => {
  for (const step of open.splice(0).reverse()) await step()
  rmSync(folder, { recursive: true, force: true })
})

/** As startTestPlatform, and counts anew at each scrape. */
function startFresh(settings: { [name: string]: string }): Promise<Platform> {
  const environment = { NRT_DATA_DIR: folder, NRT_HTTP_PORT: '0', NRT_MQTT_PORT: '0', ...settings }
  const config = valueOrThrow(readPlatformConfig(environment))
  config.backend.figuresMaxAgeMs = 0
  return startPlatform(config, pino({ level: 'trace' }, { write: line => void logged.push(line) }))
}

function certificateFiles(end: Date): { [name: string]: string } {
  const at = mkdtempSync(join(tmpdir(), 'nrt-alerts-tls-'))
  const { cert, key } = selfSignedCertificate('localhost', end)
  writeFileSync(join(at, 'cert.pem'), cert)
  writeFileSync(join(at, 'key.pem'), key)
  open.push(async () => rmSync(at, { recursive: true, force: true }))
  return {
    NRT_MQTT_TLS_PORT: '0',
    NRT_MQTT_TLS_CERT_FILE: join(at, 'cert.pem'),
    NRT_MQTT_TLS_KEY_FILE: join(at, 'key.pem'),
  }
}

function settingsOf(files: { [name: string]: string }) {
  return { tlsPort: 0, tlsCertFile: files.NRT_MQTT_TLS_CERT_FILE, tlsKeyFile: files.NRT_MQTT_TLS_KEY_FILE }
}

/** Bound, and in session. */
async function aDongle(platform: Platform, number: number): Promise<ScriptedDongle> {
  await giveOwner(platform, identityOf(number), { ean: eanOf(number), sinceS: NOW_S - 40 * 86_400 })
  const dongle = new ScriptedDongle({ identity: identityOf(number), port: platform.gateway.port as number })
  await dongle.connect()
  dongle.sendStatus({ ringRecords: 2, meterSerial: SERIAL })
  open.push(() => dongle.end())
  return dongle
}

const batchAt = (firstSeq: number, count = 10) => batchOf(1, firstSeq, count, NOW_S - 30 * 86_400)

/** Ten readings, and twenty that are missing in front of them. */
function batchWithLoss(firstSeq: number, reason: 'crc' | 'ring-full') {
  const batch = batchAt(firstSeq + 20)
  return { ...batch, firstSeq, losses: [{ fromSeq: firstSeq, count: 20, reason }] }
}

async function takeBackup(address: string): Promise<void> {
  const headers = { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' }
  const begun = await fetch(`${address}/api/v1/backups`, { method: 'POST', headers, body: '{"folder":"one"}' })
  expect(begun.status).toBe(202)
  await untilTold(address, 'nrt_backup_newest_timestamp_seconds', value => value > 0)
}

async function knock(platform: Platform): Promise<void> {
  const identity = { ...identityOf(9), deviceKey: new Uint8Array(32) }
  const stranger = new ScriptedDongle({ identity, port: platform.gateway.port as number })
  await expect(stranger.connect()).rejects.toThrow()
  stranger.cut()
}

function closedByPeer(port: number): Promise<void> {
  return new Promise(resolve => {
    const socket = connectTcp(port, '127.0.0.1')
    const timer = setTimeout(() => socket.destroy(), 300)
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

async function untilTold(
  address: string,
  name: string,
  isSo: (value: number) => boolean,
  labels?: string,
): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    if (isSo(gaugeOf(await scrape(address), name, labels))) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`${name} did not become what it should`)
}

function gaugeOf({ samples }: Scrape, name: string, labels = ''): number {
  return samples.find(sample => sample.name === name && sample.labels === labels)?.value ?? Number.NaN
}

describe.skipIf(!isPromtoolHere)('in the rule engine of Prometheus', () => {
  test('each alert fires on its trouble, and none while all is well', () => {
    const asked = (series: RuleCase['series']) =>
      series.filter(one => rules.includes(one.series.split('{', 1)[0] as string))
    const cases: RuleCase[] = [{ name: 'all is well', series: asked(seriesOf(well, well)), fires: undefined }]
    for (const [fires, { before, after }] of troubles)
      cases.push({ name: fires, series: asked(seriesOf(before, after)), fires })
    expect(failuresOf(cases, folder)).toBe('')
  })

  test('what is told is as Prometheus wants it: names, units, help', () => {
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: well.text, encoding: 'utf8' })
    expect(`${stdout}${stderr}`.split('\n').filter(line => line.startsWith('nrt_'))).toEqual([])
  })

  test('every expression of the dashboard is one', () => {
    const file = join(folder, 'panels.yml')
    const groups = [{ name: 'panels', rules: expressions().map((expr, i) => ({ record: `panel:${i}`, expr })) }]
    writeFileSync(file, JSON.stringify({ groups }))
    const { status, stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })
    expect(status, stderr).toBe(0)
  })
})

test('every alert was produced', () => {
  expect([...troubles.keys()].sort()).toEqual(alertsIn(rules).sort())
})

test('every alert has a chapter in docs/operating.md, and every chapter an alert', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8')
  const chapters = [...docs.matchAll(/^#### (Nrt\w+)$/gm)].map(([, name]) => name)
  expect(chapters.sort()).toEqual(alertsIn(rules).sort())
  for (const name of alertsIn(rules)) expect(rules).toContain(`docs/operating.md#${name.toLowerCase()}`)
})

function expressions(): string[] {
  const panels = dashboard.panels as { targets?: { expr: string }[] }[]
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
}

/** Names and the labels that are asked for, as `name` and `name{label="value"}`. */
function namesIn(expression: string): string[] {
  const names: string[] = []
  for (const [, name, matchers = ''] of expression.matchAll(/\b((?:nrt|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)) {
    names.push(name as string)
    for (const [, label, values] of matchers.matchAll(/(\w+)=~?"([^"]*)"/g)) {
      if (!/[.*]/.test(values as string))
        for (const value of (values as string).split('|')) names.push(`${name} ${label}="${value}"`)
    }
  }
  return names
}

test('every name and label in dashboard and rules is told by the running platform', () => {
  const told = new Set<string>()
  for (const { name, labels } of well.samples) {
    told.add(name)
    for (const label of labels.match(/\w+="[^"]*"/g) ?? []) told.add(`${name} ${label}`)
  }
  const ruleExpressions = [...rules.matchAll(/^ +expr: (?:>-\n)?((?:.|\n {10,})+?)\n +(?:for|labels):/gm)].map(
    ([, text]) => text as string,
  )
  expect(ruleExpressions).toHaveLength(alertsIn(rules).length)
  const asked = [...expressions(), ...ruleExpressions].flatMap(namesIn)
  expect(asked.filter(name => !told.has(name))).toEqual([])
})

test('docs/operating.md names every metric of ours, and no other', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8')
  const table = docs.slice(docs.indexOf('### Metrics'), docs.indexOf('### Alerts'))
  const named = [...table.matchAll(/`(nrt_\w+)/g)].map(([, name]) => name as string)
  const types = [...well.text.matchAll(/^# TYPE (nrt_\w+)/gm)].map(([, name]) => name as string)
  expect([...new Set(named)].sort()).toEqual(types.sort())
})

test('no label and no line of the log holds an EAN, a dongle, a serial, a key or a reading', () => {
  const labels = new Set([...troubles.values()].flatMap(({ after }) => after.samples.map(sample => sample.labels)))
  const all = [...labels, ...logged].join('\n')
  expect(logged.length).toBeGreaterThan(20)
  for (const number of [0, 1, 2, 3]) {
    expect(all).not.toContain(eanOf(number))
    const { dongleId, deviceKey } = identityOf(number)
    for (const coding of ['hex', 'base64'] as const) expect(all).not.toContain(Buffer.from(deviceKey).toString(coding))
    expect(all).not.toContain(dongleId)
  }
  expect(all).not.toContain(OPERATOR_KEY)
  expect(all).not.toContain(SERIAL)
  expect(all).not.toMatch(/\b(1000\d{3}|2000000)\b/) // registers of batchOf
})
