// What a gateway that runs apart may ask, call by call: arguments are checked by their schema, then the very ports do the work that a gateway
// in the same process would call. Batches are checked again here: a gateway of another version may let through what this one cannot read.

import { Compile } from 'typebox/compile'
import { CheckedBatch } from '../../shared/batch/checked-batch.ts'
import { checkBatch } from '../../shared/batch/decode.ts'
import { assert } from '../../shared/kernel/assert.ts'
import { isDongleId } from '../../shared/kernel/ids.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import { type ShortOutcome, shortOf } from '../../shared/link/link.ts'
import { decodeParcels, type Parcel } from '../../shared/link/parcels.ts'
import { fromText, toText } from '../../shared/link/texts.ts'
import type { CloneSign, DongleDirectory, SessionMark } from '../../shared/port/dongle-directory.ts'
import type { ArrivedBatch, DeadLetter, DongleStatus, IngestPort, StoreOutcome } from '../../shared/port/ingest-port.ts'
import type { OrderBook } from '../../shared/port/order-book.ts'
import type { UpdatePort } from '../../shared/port/update-port.ts'
import { LINK_ARGUMENTS, type LinkCall } from '../../shared/schema/link.ts'
import type { CommandResult } from '../../shared/session/messages-up.ts'
import type { UpdateReport } from '../../shared/update/messages.ts'

/** The ports of a backend that a gateway needs. */
export interface LinkPorts {
  ingest: IngestPort
  directory: DongleDirectory
  book: OrderBook
  updates: UpdatePort
}

/** unknown-call, malformed: nothing was done. Both are a gateway of another version, or no gateway. */
export type CallFault = { code: 'link.unknown-call' | 'link.malformed' }

export interface Greeting {
  version: number
  program: string
}

type Calls = { [call in LinkCall]: (...values: never[]) => unknown }

const CHECKS = new Map(
  Object.entries(LINK_ARGUMENTS).map(([call, schema]) => {
    const compiled = Compile(schema)
    return [call, (values: unknown): boolean => compiled.Check(values)]
  }),
)

/** Answers one call with the text of its answer. Rejects as the port does: then nothing is durable. `pulse` is asked first on each connection. */
export function createCalls(
  { ingest, directory, book, updates }: LinkPorts,
  pulse: (greeting: Greeting) => unknown,
): (call: string, body: Uint8Array) => Promise<Result<string, CallFault>> {
  const calls: Calls = {
    pulse,
    credentials: (id: string) => directory.credentials(id),
    advance: (id: string, mark: SessionMark) => directory.advance(id, mark),
    heard: (id: string, epoch: number) => directory.heard?.(id, epoch),
    revokedSince: (sinceS: number) => directory.revokedSince?.(sinceS),
    suspect: (id: string, sign: CloneSign) => directory.suspect?.(id, sign),
    note: (status: DongleStatus) => ingest.note(status),
    nextOrder: (id: string) => book.next(id),
    answered: (id: string, result: CommandResult) => book.answered(id, result),
    nextUpdate: (id: string, epoch: number) => updates.next(id, epoch),
    readChunk: (id: string, number: number, at: number, bytes: number) => updates.readChunk(id, number, at, bytes),
    noteUpdate: (id: string, report: UpdateReport) => updates.note(id, report),
  }

  async function store(parcels: Parcel[]): Promise<ShortOutcome[]> {
    const batches: ArrivedBatch[] = []
    const letters: DeadLetter[] = []
    const outcomes: (ShortOutcome | undefined)[] = parcels.map(parcel => {
      const checked = checkBatch(parcel.bytes)
      if (!checked.ok) {
        letters.push(letterOf(parcel, checked.fault.code))
        return ['refused', checked.fault.code]
      }
      const batch = new CheckedBatch(parcel.dongleId, parcel.bytes, checked.value)
      batch.receivedAtMs = parcel.receivedAtMs
      if (parcel.text !== '') batch.traceparent = parcel.text
      batches.push(batch)
      return undefined
    })
    const [stored] = await Promise.all([
      batches.length > 0 ? ingest.store(batches) : [],
      letters.length > 0 ? ingest.bury(letters) : undefined,
    ])
    // Silence about one of them is no answer for any: they come again.
    assert(stored.length === batches.length, 'the store answers for each batch')
    let at = 0
    return outcomes.map(outcome => outcome ?? shortOf(stored[at++] as StoreOutcome))
  }

  return async (call, body) => {
    if (call === 'store' || call === 'bury') {
      const parcels = decodeParcels(body)
      if (parcels === undefined || !parcels.every(parcel => isDongleId(parcel.dongleId))) return malformed()
      return ok(
        toText(
          call === 'store'
            ? await store(parcels)
            : await ingest.bury(parcels.map(parcel => letterOf(parcel, parcel.text))),
        ),
      )
    }
    const check = CHECKS.get(call)
    if (check === undefined) return failed({ code: 'link.unknown-call' })
    const values = valuesOf(body)
    if (values === undefined || !check(values)) return malformed()
    return ok(toText(await calls[call as LinkCall](...(values as never[]))))
  }
}

function letterOf({ dongleId, receivedAtMs, bytes }: Parcel, reason: string): DeadLetter {
  return { dongleId, receivedAtMs, bytes, reason }
}

function malformed(): { ok: false; fault: CallFault } {
  return failed({ code: 'link.malformed' })
}

function valuesOf(body: Uint8Array): unknown[] | undefined {
  try {
    const values = fromText(Buffer.from(body.buffer, body.byteOffset, body.length).toString())
    return Array.isArray(values) ? values : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
