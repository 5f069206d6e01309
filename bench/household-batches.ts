// Batches of simulated Belgian households, as dongles send them, and a store full of registered dongles: what the store's and the chart's
// benchmarks stand on. Fields as in the goals: four registers, two powers, tariff, three voltages, three currents.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAccounts } from '../backend/accounts/accounts.ts'
import { openDongleRegister } from '../backend/dongles/dongle-register.ts'
import { openSqliteStore, type SqliteStore } from '../backend/store/sqlite/sqlite-store.ts'
import type { Store } from '../backend/store/store.ts'
import { openTenures } from '../backend/tenures/tenures.ts'
import { createHousehold } from '../firmware/host/household.ts'
import type { Batch } from '../shared/batch/batch.ts'
import { encodeBatch } from '../shared/batch/encode.ts'
import { dongleIdFrom } from '../shared/kernel/ids.ts'
import type { ArrivedBatch } from '../shared/port/ingest-port.ts'
import { FIELD_NAMES, type FieldName } from '../shared/reading/fields.ts'

/** 2026-03-09T23:00:00Z, local midnight in Brussels on a day of sun and heat pump. */
export const DAY_START_S = 1_773_097_200

const FIELDS = [0, 1, 2, 3, 4, 5, 6, 18, 19, 20, 21, 22, 23]

export interface PackedBatch {
  batch: Batch
  bytes: Uint8Array
}

/** `seconds` readings at 1 s of one household, in batches of `size`. */
export function householdBatches(seed: number, seconds: number, size: number): PackedBatch[] {
  const household = createHousehold({ seed, startS: DAY_START_S })
  const packed: PackedBatch[] = []
  for (let firstSeq = 0; firstSeq < seconds; firstSeq += size) {
    const timeS: number[] = []
    const columns: number[][] = FIELDS.map(() => [])
    for (let i = 0; i < size; i++) {
      const reading = household.next(DAY_START_S + firstSeq + i)
      timeS.push(reading.timeS)
      FIELDS.forEach((field, at) => {
        columns[at]?.push(reading[FIELD_NAMES[field] as FieldName] as number)
      })
    }
    const batch: Batch = { boot: 1, firstSeq, meter: 0, timeS, fields: FIELDS, columns, losses: [] }
    packed.push({ batch, bytes: encodeBatch(batch) })
  }
  return packed
}

export function arrivedAt(dongleId: string, { batch, bytes }: PackedBatch): ArrivedBatch {
  const { losses } = batch
  return {
    dongleId,
    batch,
    readings: batch.timeS.length,
    losses,
    bytes,
    receivedAtMs: ((batch.timeS[batch.timeS.length - 1] as number) + 1) * 1000,
  }
}

export interface BenchStore {
  store: SqliteStore
  path: string
  /** Registered and bound, each to its own metering point. */
  dongles: BenchDongle[]
  close(): Promise<void>
}

export interface BenchDongle {
  dongleId: string
  tenureNo: number
}

/** A store in a temporary folder of the machine's own disk (TMPDIR), with `count` bound dongles. */
export async function openBenchStore(count: number): Promise<BenchStore> {
  const dir = mkdtempSync(join(tmpdir(), 'nrt-bench-'))
  const path = join(dir, 'nrt.sqlite')
  const observer = { committed() {}, poisoned() {}, readinessChanged() {} }
  const opened = openSqliteStore({ path, kekFile: join(dir, 'kek.key'), observer })
  if (!opened.ok) throw new Error(opened.fault.code)
  const store = opened.value
  return {
    store,
    path,
    dongles: await addDongles(store, count),
    async close() {
      await store.close()
      rmSync(dir, { recursive: true })
    },
  }
}

/** `count` bound dongles, in a store that has none. */
export async function addDongles(store: Store, count: number): Promise<BenchDongle[]> {
  const clock = { monotonicMs: () => 0, wallS: () => DAY_START_S }
  const [accounts, tenures, register] = [
    openAccounts(store, clock),
    openTenures(store),
    openDongleRegister(store, clock),
  ]
  const { accountId } = await accounts.open('bench')
  const dongles: BenchDongle[] = []
  for (let number = 0; number < count; number++) {
    const ean = `99999999${String(number).padStart(10, '0')}`
    const point = await tenures.addMeteringPoint({ ean, accountId, sinceS: 0 })
    const dongleId = dongleIdFrom([number & 31, (number >> 5) & 31, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    await register.register({ dongleId, deviceKey: new Uint8Array(32), epoch: 1 }, 'bench')
    await register.vouch(dongleId, 'bench', (await tenures.meteringPointNo(ean)) as number)
    if (!point.ok) throw new Error(point.fault.code)
    dongles.push({ dongleId, tenureNo: point.value.tenureNo })
  }
  return dongles
}
