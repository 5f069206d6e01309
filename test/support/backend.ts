// A whole backend on a real SQLite file in a temporary folder, with one account that accepts the terms, one metering point and one bound dongle. The clock is
// the test's; nothing listens until a test asks for it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { Registry } from 'prom-client'
import { type BackendConfig, readBackendConfig } from '../../backend/config.ts'
import { type Backend, openBackend } from '../../backend/main.ts'
import { acceptTerms } from '../../scripts/accept-terms.ts'
import { freePort } from '../../scripts/free-port.ts'
import { NOON_S } from './batches.ts'
import { DEVICE_KEY, DONGLE_ID, EAN, type ManualClock, manualClock, valueOrThrow } from './facts.ts'
import { databaseOf } from './postgres.ts'

export interface TestBackend {
  backend: Backend
  dir: string
  clock: ManualClock
  registry: Registry
  /** Every log line so far, parsed. */
  logged: { [key: string]: unknown }[]
  accountId: string
  accessKey: string
  pointId: string
  tenureNo: number
  dongleId: string
  deviceKey: Uint8Array
  ean: string
  /** GET with the account's key; answers status and parsed body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  get(path: string, accessKey?: string): Promise<{ status: number; body: any; type: string }>
  /** Listens on a free port of the loopback; returns the address. */
  listen(): Promise<string>
  /** Stops; the folder goes unless `keep`. */
  stop(keep?: boolean): Promise<void>
}

export interface TestBackendWish {
  dir?: string
  clock?: ManualClock
  config?: Partial<BackendConfig>
  /** Since when the account holds the metering point; default a month before noon. */
  sinceS?: number
  /** The folder has been here before: its account, point and dongle are there already. */
  isReopened?: boolean
}

export async function openTestBackend(wish: TestBackendWish = {}): Promise<TestBackend> {
  const dir = wish.dir ?? mkdtempSync(join(tmpdir(), 'nrt-backend-'))
  const clock = wish.clock ?? manualClock()
  const registry = new Registry()
  const logged: { [key: string]: unknown }[] = []
  const log = pino({ level: 'trace' }, { write: line => void logged.push(JSON.parse(line)) })
  const databaseUrl = await databaseOf(dir)
  const config = {
    ...valueOrThrow(readBackendConfig({ NRT_DATA_DIR: dir })),
    databaseUrl,
    liveQualityEveryMs: 40,
    ...wish.config,
  }
  const backend = await openBackend({ config, log, registry, clock })
  const { accountId, accessKey } = await backend.openAccount('test')
  await acceptTerms(backend, accessKey)
  const sinceS = wish.sinceS ?? NOON_S - 30 * 86_400
  const point = wish.isReopened
    ? { id: '', tenureNo: 0 }
    : valueOrThrow(await backend.addMeteringPoint({ ean: EAN, accountId, sinceS, name: 'Home' }))
  if (!wish.isReopened) {
    valueOrThrow(await backend.registerDongle({ dongleId: DONGLE_ID, deviceKey: DEVICE_KEY, epoch: 1 }))
    valueOrThrow(await backend.bindDongle(DONGLE_ID, EAN))
  }

  return {
    backend,
    dir,
    clock,
    registry,
    logged,
    accountId,
    accessKey,
    pointId: point.id,
    tenureNo: point.tenureNo,
    dongleId: DONGLE_ID,
    deviceKey: DEVICE_KEY,
    ean: EAN,
    async get(path, key = accessKey) {
      const answer = await backend.app.inject({
        url: path,
        headers: key === '' ? {} : { authorization: `Bearer ${key}` },
      })
      const type = String(answer.headers['content-type'])
      return { status: answer.statusCode, body: type.includes('json') ? answer.json() : answer.body, type }
    },
    // one that stays free for it while it is stopped
    listen: async () => backend.app.listen({ host: '127.0.0.1', port: await freePort() }),
    async stop(keep = false) {
      // what it waits for, if it does, is said while the test still runs
      const from = logged.length
      const telling = setInterval(() => {
        for (const line of logged.slice(from)) if ('step' in line) process.stderr.write(`${JSON.stringify(line)}\n`)
      }, 30_000)
      await backend.stop().finally(() => clearInterval(telling))
      if (!keep) rmSync(dir, { recursive: true, force: true })
    },
  }
}
