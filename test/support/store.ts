// The real store on a real file in a temporary folder, without the rooms around it: for tests that look at it closely or hurt it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAccounts } from '../../backend/accounts/accounts.ts'
import { openDongleRegister } from '../../backend/dongles/dongle-register.ts'
import { openSqliteStore, type SqliteStore } from '../../backend/store/sqlite/sqlite-store.ts'
import type { BatchRow, Committed, Store } from '../../backend/store/store.ts'
import { openTenures } from '../../backend/tenures/tenures.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import type { ArrivedBatch, Readiness } from '../../shared/port/ingest-port.ts'
import { NOON_S } from './batches.ts'
import { DEVICE_KEY, manualClock, valueOrThrow } from './facts.ts'

export interface TestStore {
  /** Settles after each commit: tests read what they committed. */
  store: SqliteStore
  /** The same store as it is: what it committed may still share a transaction with what comes. */
  lazy: SqliteStore
  path: string
  changes: Readiness[]
  groups: number[]
  poisoned: () => number
  tenures: ReturnType<typeof openTenures>
  dongles: ReturnType<typeof openDongleRegister>
  accounts: ReturnType<typeof openAccounts>
  /** Registers a dongle with a number; bound to an own metering point unless `isBound` is false. */
  addDongle(
    number: number,
    isBound?: boolean,
  ): Promise<{ dongleId: string; ean: string; tenureNo: number; accountId: string }>
  close(): Promise<void>
}

export function eanOf(number: number): string {
  return `99999999${String(number).padStart(10, '0')}`
}

export function dongleIdOf(number: number): string {
  return dongleIdFrom(Array.from({ length: 12 }, (_, i) => (number >> (5 * i)) & 31))
}

/** All batches of a tenure within the range, one after the other. */
export async function batchesOf(
  store: Store,
  tenureNo: number,
  fromS = 0,
  toS = 4e9,
): Promise<{ row: BatchRow; bytes: Uint8Array }[]> {
  const found: { row: BatchRow; bytes: Uint8Array }[] = []
  for await (const one of store.batches(tenureNo, fromS, toS)) found.push(one)
  return found
}

export async function openTestStore(wish: { dir?: string; bytesMax?: number } = {}): Promise<TestStore> {
  const dir = wish.dir ?? mkdtempSync(join(tmpdir(), 'nrt-store-'))
  const path = join(dir, 'nrt.sqlite')
  const changes: Readiness[] = []
  const groups: number[] = []
  let poisoned = 0
  const observer = {
    committed: (batches: number) => void groups.push(batches),
    poisoned: () => void poisoned++,
    readinessChanged: (readiness: Readiness) => void changes.push(readiness),
  }
  const opened = valueOrThrow(
    openSqliteStore({ path, kekFile: join(dir, 'kek.key'), bytesMax: wish.bytesMax, observer }),
  )
  await opened.recover()
  const store = { ...opened, commit }
  const clock = manualClock()
  const tenures = openTenures(store)
  const dongles = openDongleRegister(store, clock)
  const accounts = openAccounts(store, clock)
  async function commit(arrivals: ArrivedBatch[]): Promise<Committed[]> {
    const committed = await opened.commit(arrivals)
    await opened.settled()
    return committed
  }

  return {
    store,
    lazy: opened,
    path,
    changes,
    groups,
    poisoned: () => poisoned,
    tenures,
    dongles,
    accounts,
    async addDongle(number, isBound = true) {
      const [dongleId, ean] = [dongleIdOf(number), eanOf(number)]
      const { accountId } = await accounts.open(`account ${number}`)
      const { tenureNo } = valueOrThrow(
        await tenures.addMeteringPoint({ ean, accountId, sinceS: NOON_S - 30 * 86_400 }),
      )
      valueOrThrow(await dongles.register({ dongleId, deviceKey: DEVICE_KEY, epoch: 1 }, 'test'))
      if (isBound) valueOrThrow(await dongles.vouch(dongleId, 'test', (await tenures.meteringPointNo(ean)) as number))
      return { dongleId, ean, tenureNo, accountId }
    },
    async close() {
      await store.close()
      if (wish.dir === undefined) rmSync(dir, { recursive: true, force: true })
    },
  }
}
