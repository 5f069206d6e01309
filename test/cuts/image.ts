// Flash as the engine wrote it, on the host: the writes and erases that a wrapped Flash module printed, and the image that a power cut
// in any of them leaves. Images cover what lies between the program and Storage: readings, system pages, spare, journal.

import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { COARSE_RINGS, JOURNAL_AT, JOURNAL_SECTORS, POOL_AT, POOL_SECTORS, SYSTEM_AT } from '../../firmware/config.ts'
import { openJournal } from '../../firmware/journal.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { nextNewer, openRing } from '../../shared/session/ring.ts'
import { readConfig, readIdentity, SYSTEM_SECTORS } from '../../shared/session/system-page.ts'
import { type CutMoment, createNor, type NorModel, PowerCut } from '../support/nor.ts'
import { IDENTITY } from './world.ts'

const FROM = POOL_AT
const SECTORS = (0x320000 - FROM) / 4096
/** Two words of the spare sectors: how many telegrams a start gets, and that a new one is wanted. */
export const ORDERS_AT = 0x316000

/** As printed: `bytes` undefined for an erase. `telegrams` were fed before. */
export interface Operation {
  at: number
  bytes: Uint8Array | undefined
  telegrams: number
}

export function readImage(path: string): NorModel {
  const nor = createNor(SECTORS)
  const file = openSync(path, 'r')
  readSync(file, nor.cells, 0, nor.cells.length, FROM)
  closeSync(file)
  return nor
}

/** What the next start finds; the words that make the engine start again come last. */
export function writeImage(path: string, nor: NorModel, telegrams: number): void {
  const orders = Buffer.alloc(4096, 0xff)
  orders[0] = telegrams
  const file = openSync(path, 'r+')
  const behind = ORDERS_AT + 4096
  writeSync(file, nor.cells, 0, ORDERS_AT - FROM, FROM)
  writeSync(file, nor.cells, behind - FROM, nor.cells.length - (behind - FROM), behind)
  writeSync(file, orders, 0, 4096, ORDERS_AT)
  closeSync(file)
}

export function copyOf(nor: NorModel): NorModel {
  const copy = createNor(SECTORS)
  copy.cells.set(nor.cells)
  return copy
}

export function apply(nor: NorModel, { at, bytes }: Operation): void {
  if (bytes === undefined) nor.erase((at - FROM) / 4096)
  else nor.write(at - FROM, bytes)
}

/** The power goes in the next operation. */
export function applyCut(nor: NorModel, operation: Operation, moment: CutMoment): void {
  nor.cutAt(1, moment)
  try {
    apply(nor, operation)
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  }
}

export interface Found {
  /** "boot.firstSeq.tier": the batch's bytes, of every whole record that waits. */
  records: Map<string, string>
  /** By boot: sequence numbers that wait as readings, and those that are told as lost, with the reason. */
  waiting: Map<number, Set<number>>
  lost: Map<number, Map<number, string>>
  unkept: { boot: number; kept: number; noticed: number }[]
}

function part(image: NorModel, at: number, sectors: number): NorModel {
  const nor = createNor(sectors)
  nor.cells.set(image.cells.subarray(at - FROM, at - FROM + sectors * 4096))
  return nor
}

const inBoot = <T>(all: Map<number, T>, boot: number, make: () => T): T => {
  const one = all.get(boot) ?? make()
  all.set(boot, one)
  return one
}

/** Reads a copy of an image as the next start would. Throws when identity or configuration are gone. */
export function look(image: NorModel): Found {
  const system = part(image, SYSTEM_AT, SYSTEM_SECTORS.count)
  const identity = readIdentity(system)
  if (!identity.ok || identity.value.dongleId !== IDENTITY.dongleId) throw new Error('the identity is gone')
  if (!readConfig(system).ok) throw new Error('the configuration is gone')
  const { unkept } = openJournal(part(image, JOURNAL_AT, JOURNAL_SECTORS), 1_000_000)
  const found: Found = { records: new Map(), waiting: new Map(), lost: new Map(), unkept }
  for (const ring of openRing(part(image, POOL_AT, POOL_SECTORS), COARSE_RINGS).pool.rings) {
    for (let record = nextNewer(ring, -1); record; record = nextNewer(ring, record.place)) {
      const batch = decodeBatch(record.bytes)
      if (!batch.ok) throw new Error('a record does not decode')
      const { boot, firstSeq } = record.id
      found.records.set(`${boot}.${firstSeq}.${ring.tier}`, Buffer.from(record.bytes).toString('hex'))
      if (ring.tier > 0) continue
      const waiting = inBoot(found.waiting, boot, () => new Set())
      const lost = inBoot(found.lost, boot, () => new Map())
      const own = new Set<number>()
      for (const loss of batch.value.losses)
        for (let i = 0; i < loss.count; i++) {
          own.add(loss.fromSeq + i)
          lost.set(loss.fromSeq + i, loss.reason)
        }
      for (let seq = firstSeq; seq < firstSeq + record.id.span; seq++) if (!own.has(seq)) waiting.add(seq)
    }
  }
  return found
}
