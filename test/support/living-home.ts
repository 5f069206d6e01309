// A home on a real backend whose day began at noon: readings of its very minute go in through the ingest port in batches, as a gateway
// brings them, and a browser may watch, whose page takes the time from the server. So no test meets a midnight, or the change to summer time,
// because of when it is run. The power is what the test says.

import { rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import pino from 'pino'
import { Registry } from 'prom-client'
import { readBackendConfig } from '../../backend/config.ts'
import { openBackend } from '../../backend/main.ts'
import type { Batch, Loss } from '../../shared/batch/batch.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import { FIELD_NAMES, type FieldName } from '../../shared/reading/fields.ts'
import { openTestBackend, type TestBackend } from './backend.ts'
import { NOON_S } from './batches.ts'
import { DONGLE_ID, valueOrThrow } from './facts.ts'

export interface LivingHome {
  address: string
  /** The address with the account's key, as it is given to people. */
  link: string
  nowS(): number
  /** Stores a reading for each second fromS … toS; above 0 W is offtake, below injection. Losses are counted in at the end. */
  measure(
    fromS: number,
    toS: number,
    wattsAt: (timeS: number) => number,
    losses?: Omit<Loss, 'fromSeq'>[],
  ): Promise<void>
  backend: TestBackend['backend']
  dongleId: string
  /** The server goes; readings are kept on its disk. */
  stop(): Promise<void>
  /** The server is back at the same address. */
  start(): Promise<void>
  end(): Promise<void>
}

export const OPERATOR_KEY = 'operator-key-of-the-living-home'
const WATCHED = { liveQualityEveryMs: 200, operatorKey: OPERATOR_KEY }
const FIELDS: FieldName[] = [
  'offtakeT1Wh',
  'offtakeT2Wh',
  'injectionT1Wh',
  'injectionT2Wh',
  'offtakeW',
  'injectionW',
  'tariff',
  'quarterAvgOfftakeW',
  'monthPeakOfftakeW',
]

export async function openLivingHome(portalDir: string): Promise<LivingHome> {
  const startMs = performance.now()
  const startS = NOON_S
  const wallS = () => startS + Math.floor((performance.now() - startMs) / 1000)
  const clock = { nowS: startS, wallS, monotonicMs: () => performance.now() }
  const test = await openTestBackend({ clock, sinceS: startS - 86_400, config: { ...WATCHED, portalDir } })
  tellTime(test.backend, wallS)
  const address = await test.listen()
  let running: Pick<TestBackend, 'backend'> | undefined = test
  let nextSeq = 0

  const home: LivingHome = {
    address,
    link: `${address}/?key=${test.accessKey}`,
    nowS: wallS,
    dongleId: DONGLE_ID,
    get backend() {
      return running!.backend
    },
    async measure(fromS, toS, wattsAt, losses = []) {
      const batch = aBatch(nextSeq, fromS, toS, wattsAt)
      for (const loss of losses) batch.losses.push({ fromSeq: nextSeq + batch.timeS.length, ...loss })
      nextSeq += batch.timeS.length + losses.reduce((sum, loss) => sum + loss.count, 0)
      const arrived = {
        dongleId: DONGLE_ID,
        batch,
        readings: batch.timeS.length,
        losses: batch.losses,
        bytes: encodeBatch(batch),
        receivedAtMs: wallS() * 1000,
      }
      const [outcome] = await running!.backend.ingest.store([arrived])
      if (outcome?.kind !== 'stored') throw new Error(`the batch was not stored: ${JSON.stringify(outcome)}`)
    },
    async stop() {
      await running?.backend.stop()
      running = undefined
    },
    async start() {
      const config = { ...valueOrThrow(readBackendConfig({ NRT_DATA_DIR: test.dir })), ...WATCHED, portalDir }
      const log = pino({ level: 'silent' })
      const backend = await openBackend({ config, log, registry: new Registry(), clock })
      running = { backend }
      tellTime(backend, wallS)
      await backend.app.listen({ host: '127.0.0.1', port: Number(new URL(address).port) })
    },
    async end() {
      await home.stop()
      rmSync(test.dir, { recursive: true, force: true })
    },
  }
  return home
}

/** Each answer says the home's time, not this machine's. */
function tellTime({ app }: TestBackend['backend'], wallS: () => number): void {
  app.server.prependListener('request', (_request, response: ServerResponse) => {
    response.setHeader('date', new Date(wallS() * 1000).toUTCString())
  })
}

function aBatch(firstSeq: number, fromS: number, toS: number, wattsAt: (timeS: number) => number): Batch {
  const timeS = Array.from({ length: toS - fromS + 1 }, (_, i) => fromS + i)
  const values: { [field in FieldName]?: (timeS: number) => number } = {
    offtakeT1Wh: at => 12_000_000 + Math.floor((at % 864_000) / 4),
    offtakeT2Wh: () => 9_876_543,
    injectionT1Wh: at => 4_000_000 + Math.floor((at % 864_000) / 6),
    injectionT2Wh: () => 1_234_567,
    offtakeW: at => Math.max(0, wattsAt(at)),
    injectionW: at => Math.max(0, -wattsAt(at)),
    tariff: () => 1,
    quarterAvgOfftakeW: () => 1240,
    monthPeakOfftakeW: () => 4630,
  }
  return {
    boot: 1,
    firstSeq,
    meter: 0,
    timeS,
    fields: FIELDS.map(field => FIELD_NAMES.indexOf(field)),
    columns: FIELDS.map(field => timeS.map(values[field]!)),
    losses: [],
  }
}
