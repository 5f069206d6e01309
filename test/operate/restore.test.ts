// The restore drill: dongles send, a backup is taken meanwhile, more is sent, the server is killed, its folder is lost, and the backup is put
// back by the commands of docs/operating.md. What was acknowledged before the backup is all there; what came after it is a gap that shows.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { enrolFleet, meteringPointId, type PlatformProcess, startPlatformProcess } from '../support/fleet.ts'
import { NO_RATES_ENVIRONMENT } from '../support/no-rates.ts'
import { nrt } from '../support/nrt-command.ts'
import { batchOf, identityOf, ScriptedDongle } from '../support/scripted-dongle.ts'

const READINGS = 10
const T0_S = Math.floor(Date.now() / 1000) - 40 * 86_400
const NUMBERS = [0, 1, 2, 3]
const OPERATOR_KEY = 'operator-key-of-the-restore-drill'

const folder = mkdtempSync(join(tmpdir(), 'nrt-restore-'))
const kekFile = join(folder, 'kek.key')
const backups = join(folder, 'backups')
const environmentOf = async (dataDir: string): Promise<NodeJS.ProcessEnv> => ({
  ...process.env,
  NRT_DATA_DIR: dataDir,
  NRT_KEK_FILE: kekFile,
  NRT_KEY_TREE_FILE: join(folder, 'tenures.tree'),
  NRT_BACKUP_DIR: backups,
  NRT_OPERATOR_KEY: OPERATOR_KEY,
  NRT_HTTP_PORT: `${await freePort()}`,
  NRT_MQTT_PORT: `${await freePort()}`,
  NRT_LOG_LEVEL: 'fatal',
  NRT_NO_FIRST_ACCOUNT: '1',
  ...NO_RATES_ENVIRONMENT,
})

let environment: NodeJS.ProcessEnv
let accessKey: string
let platform: PlatformProcess
const fleet: { dongle: ScriptedDongle; nextSeq: number }[] = []
const ask = (...args: string[]) =>
  nrt(args, { env: { NRT_URL: `http://127.0.0.1:${platform.httpPort}`, NRT_OPERATOR_KEY: OPERATOR_KEY } })

beforeAll(async () => {
  environment = await environmentOf(join(folder, 'data'))
  accessKey = await enrolFleet(environment, NUMBERS, T0_S - 86_400)
  platform = await startPlatformProcess(environment)
  for (const number of NUMBERS) await joinFleet(number)
})
afterAll(async () => {
  const ended = new Promise(resolve => platform.child.once('exit', resolve))
  if (platform.child.exitCode === null && platform.child.kill('SIGKILL')) await ended
  rmSync(folder, { recursive: true, force: true })
})

async function joinFleet(number: number): Promise<void> {
  const dongle = new ScriptedDongle({ identity: identityOf(number), port: platform.mqttPort })
  await dongle.connect()
  fleet.push({ dongle, nextSeq: 0 })
}

/** Sends until told to stop; what was acknowledged stands in the dongle. */
async function drive(one: { dongle: ScriptedDongle; nextSeq: number }, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const firstSeq = one.nextSeq
    one.nextSeq += READINGS
    await one.dongle.send(batchOf(1, firstSeq, READINGS, T0_S))
  }
}

async function timesOf(number: number): Promise<Set<number>> {
  const headers = { authorization: `Bearer ${accessKey}` }
  const base = `http://127.0.0.1:${platform.httpPort}/api/v1/metering-points`
  const id = await meteringPointId(base, headers, number)
  const times = new Set<number>()
  let cursor = ''
  do {
    const query = `resolution=raw&fromS=${T0_S}&toS=${T0_S + 1_000_000}&fields=offtakeW&limit=10000${cursor}`
    const response = await fetch(`${base}/${id}/readings?${query}`, { headers })
    const page = (await response.json()) as { timeS: number[]; next: string | null }
    for (const timeS of page.timeS) {
      expect(times.has(timeS)).toBe(false)
      times.add(timeS)
    }
    cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`
  } while (cursor !== '')
  return times
}

test('a backup under load, a lost server, a restore: nothing that was acknowledged before the backup is lost', async () => {
  let isOver = false
  const driving = fleet.map(one => drive(one, () => isOver))
  await expect.poll(() => Math.min(...fleet.map(({ dongle }) => dongle.acknowledged.size))).toBeGreaterThan(20)
  const before = fleet.map(({ dongle }) => [...dongle.acknowledged.keys()])
  const taken = await ask('backup', 'drill')
  expect(taken).toMatchObject({ code: 0, err: '' })
  expect(taken.out).toContain(`done  ${join(backups, 'drill')}`)
  const atBackup = fleet.map(({ dongle }) => dongle.acknowledged.size)
  await expect
    .poll(() => fleet.every(({ dongle }, i) => dongle.acknowledged.size > (atBackup[i] as number) + 20))
    .toBe(true)
  isOver = true
  await Promise.all(driving)
  const inUse = await nrt([
    'restore',
    join(backups, 'drill'),
    '--data-dir',
    join(folder, 'data'),
    '--kek-file',
    kekFile,
  ])
  expect(inUse.code).toBe(1)
  expect(inUse.err).toContain('data.in-use')
  const elsewhere = await nrt(['restore', join(backups, 'drill'), '--data-dir', join(folder, 'elsewhere')], {
    env: { NRT_DATABASE_URL: 'postgres://nrt@db.example/nrt' },
  })
  expect(elsewhere.code).toBe(1)
  expect(elsewhere.err).toContain('data.elsewhere')
  expect(existsSync(join(folder, 'elsewhere'))).toBe(false)

  const died = new Promise(resolve => platform.child.once('exit', resolve))
  platform.child.kill('SIGKILL')
  await died
  rmSync(join(folder, 'data'), { recursive: true })
  const restored = await nrt([
    'restore',
    join(backups, 'drill'),
    '--data-dir',
    join(folder, 'new'),
    '--kek-file',
    kekFile,
  ])
  expect(restored).toMatchObject({ code: 0, err: '' })
  expect(restored.out).toContain('the key opens it')
  platform = await startPlatformProcess({ ...(await environmentOf(join(folder, 'new'))) })

  let gaps = 0
  for (const [i, number] of NUMBERS.entries()) {
    const times = await timesOf(number)
    for (const name of before[i] as string[]) {
      const firstSeq = Number(name.split('.')[1])
      for (let seq = firstSeq; seq < firstSeq + READINGS; seq++) expect(times.has(T0_S + seq)).toBe(true)
    }
    // what was acknowledged behind the backup is gone with the server, and nobody sends it again
    gaps += (fleet[i] as { nextSeq: number }).nextSeq - times.size
  }
  expect(gaps).toBeGreaterThan(0)

  // and the dongles go on where they are
  for (const { dongle, nextSeq } of fleet) {
    const again = new ScriptedDongle({
      identity: { dongleId: dongle.dongleId, ...keyOf(dongle) },
      port: platform.mqttPort,
      session: 10,
    })
    await again.connect()
    expect(await again.send(batchOf(1, nextSeq, READINGS, T0_S))).toBe('final')
    await again.end()
  }
})

function keyOf({ dongleId }: ScriptedDongle) {
  const { deviceKey, epoch } = identityOf(NUMBERS.find(number => identityOf(number).dongleId === dongleId) as number)
  return { deviceKey, epoch }
}

test('status, list and verify say how it is, and a damaged backup is none', async () => {
  const status = await ask('status', '--json')
  expect(JSON.parse(status.out)).toMatchObject({
    store: { isReady: true },
    fleet: { dongles: { bound: NUMBERS.length }, deadLetters: 0 },
    backup: { newestAtS: expect.any(Number) },
    troubles: ['dongles-silent'],
  })
  expect(status.code).toBe(1)
  expect((await ask('backup', 'list')).out).toContain(join(backups, 'drill'))

  const copy = join(folder, 'damaged')
  cpSync(join(backups, 'drill'), copy, { recursive: true })
  const bytes = readFileSync(join(copy, 'nrt.sqlite'))
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
  writeFileSync(join(copy, 'nrt.sqlite'), bytes)
  const damaged = await nrt(['backup', 'verify', copy])
  expect(damaged.code).toBe(1)
  expect(damaged.err).toContain('nrt.sqlite was changed (backup.broken)')
  const onPostgres = await nrt(['backup', 'verify', copy], {
    env: { NRT_DATABASE_URL: 'postgres://nobody.invalid/nrt' },
  })
  expect(onPostgres.code).toBe(1)
  expect(onPostgres.err).toMatch(/PostgreSQL, whose own tools make its backups: [\s\S]*docs\/operating\.md/)
  writeFileSync(join(folder, 'other.key'), '0'.repeat(64))
  const locked = await nrt(['backup', 'verify', join(backups, 'drill'), '--kek-file', join(folder, 'other.key')])
  expect(locked.err).toContain('key-encryption key is not the one')
  expect(existsSync(join(backups, 'drill', 'nrt.sqlite-wal'))).toBe(false)
})
