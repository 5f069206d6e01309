// What mandated persons have read of somebody's measurements: who, which point, which times, when and how often, for the giver to see and on the audit chain. The
// first look at a thing is written before it is answered; looks at the same within five minutes are counted, and are one more line (docs/adr/0064).

import type { FastifyRequest } from 'fastify'
import type { MandatedReadEntry } from '../../shared/schema/people.ts'
import type { Newest } from '../api/pages.ts'
import { seal } from '../audit/audit.ts'
import type { Store } from '../store/store.ts'

export interface MandatedRead {
  mandateNo: number
  tenureNo: number
  what: MandatedReadEntry['what']
  /** Times of the readings that were asked for, epoch seconds, inclusive. */
  fromS: number
  toS: number
}

export interface MandatedReads {
  /** Resolves when the read is written, or counted to one that was. */
  note(read: MandatedRead): Promise<void>
  /** Writes what is counted; all of it when the process ends. */
  flush(isLast?: boolean): Promise<void>
  /** Newest first, of what an account has given. */
  of(giverNo: number, page: Newest): Promise<MandatedReadEntry[]>
}

/** Notes a read where somebody acts under a mandate; one's own are nobody's business. */
export type NoteMandated = (request: FastifyRequest, read: Omit<MandatedRead, 'mandateNo'>) => Promise<void>

const WINDOW_MS = 300_000

/** Looks at one thing since its first one was written. */
interface Counted extends MandatedRead {
  reads: number
  untilMs: number
  /** The first one is in the database; nobody is answered before. */
  written: Promise<void>
}

export function openMandatedReads({ registers }: Pick<Store, 'registers'>, nowMs: () => number): MandatedReads {
  const windows = new Map<string, Counted>()
  return { note, flush, of }

  async function note(read: MandatedRead): Promise<void> {
    const key = `${read.mandateNo} ${read.tenureNo} ${read.what}`
    const open = windows.get(key)
    if (open !== undefined && nowMs() < open.untilMs) {
      await open.written
      return count(open, read)
    }
    const written = begin(open, read)
    windows.set(key, { ...read, reads: 0, untilMs: nowMs() + WINDOW_MS, written })
    try {
      await written
    } catch (error) {
      windows.delete(key) // the next one tries again: what is not written down is not answered
      throw error
    }
  }

  async function begin(before: Counted | undefined, read: MandatedRead): Promise<void> {
    if (before !== undefined && before.reads > 0) await write(before)
    await write({ ...read, reads: 1 })
  }

  function count(open: Counted, { fromS, toS }: MandatedRead): void {
    const isFirst = open.reads === 0
    open.fromS = isFirst ? fromS : Math.min(open.fromS, fromS)
    open.toS = isFirst ? toS : Math.max(open.toS, toS)
    open.reads++
  }

  async function flush(isLast = false): Promise<void> {
    for (const [key, open] of [...windows]) {
      if (!isLast && nowMs() < open.untilMs) continue
      windows.delete(key)
      if (open.reads === 0) continue
      await write(open).catch(error => {
        windows.set(key, open)
        throw error
      })
    }
  }

  function write({
    mandateNo,
    tenureNo,
    what,
    reads,
    fromS,
    toS,
  }: Omit<Counted, 'untilMs' | 'written'>): Promise<void> {
    return registers.transaction().execute(async trx => {
      const row = { mandateNo, tenureNo, what, reads, fromS, toS, atMs: nowMs() }
      await seal(
        trx,
        'mandatedRead',
        await trx.insertInto('mandatedRead').values(row).returningAll().executeTakeFirstOrThrow(),
      )
    })
  }

  function of(giverNo: number, { before, limit }: Newest): Promise<MandatedReadEntry[]> {
    return registers
      .selectFrom('mandatedRead')
      .innerJoin('mandate', 'mandate.no', 'mandateNo')
      .innerJoin('account as holder', 'holder.no', 'mandate.holderNo')
      .innerJoin('tenure', 'tenure.no', 'tenureNo')
      .innerJoin('meteringPoint', 'meteringPoint.no', 'tenure.meteringPointNo')
      .select(['mandatedRead.no', 'mandate.id as mandateId', 'holder.name as holderName'])
      .select(['meteringPoint.id as meteringPointId', 'atMs', 'what', 'reads'])
      .select(['mandatedRead.fromS', 'mandatedRead.toS'])
      .where('giverNo', '=', giverNo)
      .where('mandatedRead.no', '<', before)
      .orderBy('mandatedRead.no', 'desc')
      .limit(limit)
      .execute()
  }
}

export function createNoteMandated({ note }: Pick<MandatedReads, 'note'>): NoteMandated {
  return async ({ caller }, read) => {
    if (caller.kind !== 'person' || caller.actingFor === undefined) return
    await note({ ...read, mandateNo: caller.actingFor.mandateNo })
  }
}
