// What the real bundle does with its flash on the real engine, as flows to be taped and cut. A new flow is an entry here.

import { JOURNAL_AT, POOL_AT } from '../../firmware/config.ts'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import type { Command } from '../../shared/session/messages.ts'
import { rotatedKey } from '../../shared/session/order.ts'
import { createFullFlash } from '../support/full-flash.ts'
import { manifestOf, orderFor } from '../support/memory-updates.ts'
import type { NorModel } from '../support/nor.ts'
import { networkArgument, numberArgument } from '../support/order-flows.ts'
import type { Kit, Table } from './record.ts'
import { put } from './tape.ts'
import { IDENTITY } from './world.ts'

export interface EngineFlow {
  name: string
  intervalS: number
  /** Puts something into the flash of a dongle as it is made. */
  prepare?(image: NorModel): void
  /** Telegrams of starts before, each ended by the power. */
  before: number[]
  /** Telegrams of the start that is cut, without a gateway. */
  telegrams: number
  /** With one: is the flow over? Made anew for each recording. */
  tends?(kit: Kit): (table: Table) => boolean
  /** A quick run has this one too. */
  isQuick?: boolean
}

const ROTATION = new Uint8Array([2, ...new Uint8Array(32).fill(3)])
const NEXT_KEY = rotatedKey(nodeCrypto, IDENTITY.deviceKey, ROTATION)
/** Keys that the server knows. */
export const KNOWN_KEYS = [IDENTITY.deviceKey, NEXT_KEY]
const INTERVAL_KEY = 4
const UPDATE_NUMBER = 10
const ON_S = 25
/** A flow that is not over by then never will be. */
const TELEGRAMS_MAX = 900

function patient(isOver: (table: Table) => boolean): (table: Table) => boolean {
  return table => {
    if (table.given > TELEGRAMS_MAX) throw new Error('a flow does not come to its end')
    return isOver(table)
  }
}

/** One order after the other, each asked a few telegrams after the one before was answered for good; then it lives on for a while. */
function obeying(orders: Omit<Command, 'number'>[]): (table: Table) => boolean {
  let asked = 0
  let quietSince = 0
  return patient(({ under, book, given }) => {
    const answered = book.results.filter(result => result.outcome !== 'begun').length
    if (answered < asked || given < quietSince + ON_S) {
      if (answered < asked) quietSince = given
      return false
    }
    const order = orders[asked]
    if (order === undefined) return true
    asked++
    book.ask(order)
    under.gateway.commands.wake(IDENTITY.dongleId)
    return false
  })
}

/** The server takes a message under the next key from the beginning. */
function rotating(): (table: Table) => boolean {
  const next = { ...IDENTITY, epoch: 2, deviceKey: NEXT_KEY }
  const tend = obeying([{ name: 'rotate', argument: ROTATION }])
  return table => {
    table.under.directory.dongles.set(IDENTITY.dongleId, { ...IDENTITY, state: 'bound', others: [next] })
    return tend(table)
  }
}

function updating(program: string, ends: 'good' | 'returned'): (table: Table) => boolean {
  const bytes = new Uint8Array(Buffer.from(program, 'latin1'))
  let isAsked = false
  let endedAt = 0
  return patient(({ updates, given }) => {
    if (!isAsked) updates.ask(orderFor(IDENTITY, UPDATE_NUMBER, manifestOf(bytes, 2)), bytes)
    isAsked = true
    if (updates.of(UPDATE_NUMBER)?.state === ends && endedAt === 0) endedAt = given
    return endedAt > 0 && given >= endedAt + ON_S
  })
}

export const ENGINE_FLOWS: EngineFlow[] = [
  { name: 'first start, 24 telegrams', intervalS: 5, before: [], telegrams: 24 },
  { name: 'start after a cut, 12 telegrams', intervalS: 5, before: [14], telegrams: 12, isQuick: true },
  { name: 'the fourth start, 30 telegrams', intervalS: 10, before: [9, 3, 22], telegrams: 30 },
  {
    name: 'ring and journal gone round: drop and thin',
    intervalS: 1,
    prepare: image => {
      const full = createFullFlash(11, 60)
      put(image, POOL_AT, full.pool)
      put(image, JOURNAL_AT, full.journal)
    },
    before: [],
    // one sector more is begun, and the oldest thinned and dropped for it
    telegrams: 160,
  },
  { name: 'stored and released', intervalS: 5, before: [23], telegrams: 0, tends: () => obeying([]) },
  {
    name: 'configuration, another network',
    intervalS: 5,
    before: [],
    telegrams: 0,
    tends: () =>
      obeying([
        { name: 'configure', argument: numberArgument(INTERVAL_KEY, 7) },
        { name: 'configure', argument: networkArgument('attic', 'new password') },
      ]),
  },
  { name: 'key rotation', intervalS: 5, before: [], telegrams: 0, tends: rotating },
  {
    name: 'update: download, switch, commit',
    intervalS: 10,
    before: [],
    telegrams: 0,
    tends: kit => updating(`${kit.program};print("program 2")`, 'good'),
  },
  {
    name: 'bad update: download, switch, rollback',
    intervalS: 10,
    before: [],
    telegrams: 0,
    tends: () => updating(`var a=1;throw new Error("broken release")//${'.'.repeat(3000)}`, 'returned'),
  },
]
