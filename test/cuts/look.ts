// What an image holds, read on the host by the dongle's own code, as the next start would: identity, configuration, whole programs, every
// record that waits, and what is told as lost.

import { createHash } from 'node:crypto'
import {
  coarseRings,
  JOURNAL_AT,
  JOURNAL_SECTORS,
  POOL_AT,
  POOL_SECTORS,
  SLOTS_AT,
  SYSTEM_AT,
} from '../../firmware/config.ts'
import { openJournal, type Unkept } from '../../firmware/journal.ts'
import type { Batch } from '../../shared/batch/batch.ts'
import { decodeBatch } from '../../shared/batch/decode.ts'
import { nextNewer, openRing } from '../../shared/session/ring.ts'
import { readConfig, readIdentity, SYSTEM_SECTORS } from '../../shared/session/system-page.ts'
import { isSame, readHead, SLOT_SECTORS } from '../../shared/update/slots.ts'
import { getOrMake } from '../support/get-or-make.ts'
import type { NorModel } from '../support/nor.ts'
import { part } from './tape.ts'

export interface Found {
  deviceKey: Uint8Array
  /** "boot.firstSeq.tier": the batch's bytes, of every whole record that waits. */
  records: Map<string, string>
  /** By boot: sequence numbers that wait as readings, and those that are told as lost, with the reason. */
  waiting: Map<number, Set<number>>
  lost: Map<number, Map<number, string>>
  unkept: Unkept[]
  /** Of programs that are good and whole. */
  versions: number[]
}

const NEVER = 1_000_000
/** By its bytes: thousands of images hold the same records. */
const decoded = new Map<string, Batch>()

/** Changes nothing. Throws when identity or configuration are gone, or when a record does not decode. */
export function look(image: NorModel, dongleId: string): Found {
  const system = part(image, SYSTEM_AT, SYSTEM_SECTORS.count)
  const identity = readIdentity(system)
  if (!identity.ok || identity.value.dongleId !== dongleId) throw new Error('the identity is gone')
  if (!readConfig(system).ok) throw new Error('the configuration is gone')
  const { unkept } = openJournal(part(image, JOURNAL_AT, JOURNAL_SECTORS), NEVER)
  const { deviceKey } = identity.value
  const found: Found = {
    deviceKey,
    records: new Map(),
    waiting: new Map(),
    lost: new Map(),
    unkept,
    versions: versionsIn(image),
  }
  for (const ring of openRing(part(image, POOL_AT, POOL_SECTORS), coarseRings()).pool.rings) {
    for (let record = nextNewer(ring, -1); record; record = nextNewer(ring, record.place)) {
      const bytes = Buffer.from(record.bytes).toString('latin1')
      const batch = decoded.get(bytes) ?? batchIn(record.bytes)
      decoded.set(bytes, batch)
      const { boot, firstSeq, span } = record.id
      found.records.set(`${boot}.${firstSeq}.${ring.tier}`, bytes)
      if (ring.tier === 0) takeBatch(found, batch, boot, firstSeq, span)
    }
  }
  return found
}

function batchIn(bytes: Uint8Array): Batch {
  const batch = decodeBatch(bytes)
  if (!batch.ok) throw new Error('a record does not decode')
  return batch.value
}

/** Each of its sequence numbers is a reading, or is told as lost. */
function takeBatch(found: Found, batch: Batch, boot: number, firstSeq: number, span: number): void {
  const waiting = getOrMake(found.waiting, boot, () => new Set<number>())
  const lost = getOrMake(found.lost, boot, () => new Map<number, string>())
  const own = new Set<number>()
  for (const loss of batch.losses) {
    for (let seq = loss.fromSeq; seq < loss.fromSeq + loss.count; seq++) {
      own.add(seq)
      lost.set(seq, loss.reason)
    }
  }
  for (let seq = firstSeq; seq < firstSeq + span; seq++) if (!own.has(seq)) waiting.add(seq)
}

function versionsIn(image: NorModel): number[] {
  const versions: number[] = []
  for (const at of SLOTS_AT) {
    const slot = part(image, at, SLOT_SECTORS)
    const head = readHead(slot)
    if (!head.isGood || head.bad > 0) continue
    const program = slot.cells.subarray(4096, 4096 + head.bytes)
    if (isSame(head.sha256, createHash('sha256').update(program).digest())) versions.push(head.version)
  }
  return versions
}
