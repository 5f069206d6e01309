// Where an arrived batch belongs: which dongle row, which tenure at that time, which series, which key. It remembers what it looked up,
// because a dongle comes every few seconds; forget() drops all of it, and must be called when a binding changes or a transaction rolls back.

import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { assert } from '../../../shared/kernel/assert.ts'
import { type KeyRing, tenureKeyPlace } from '../key-ring.ts'

export interface Place {
  dongleNo: number
  seriesNo: number
  tenureNo: number
  /** Held for a dongle that has no owner at this time: stored, but nobody's yet. */
  isHeld: boolean
  /** Undefined when the tenure is erased. */
  key: KeyObject | undefined
}

interface TenureRow {
  no: number
  fromS: number
  toS: number | null
}

interface KnownDongle {
  no: number
  tenures: TenureRow[]
  heldTenureNo: number | undefined
  series: Map<string, number>
}

const DONGLES_MAX = 50_000
const KEYS_MAX = 50_000

export interface Placement {
  /** The row of a registered dongle. */
  dongleNo(dongleId: string): number | undefined
  /** The place for readings of this time; undefined for a dongle that is not in the register. Inside a write transaction only: it may insert. */
  placeOf(dongleId: string, meter: number, timeS: number): Place | undefined
  keyOf(tenureNo: number): KeyObject | undefined
  forget(): void
}

export function createPlacement(db: DatabaseSync, keys: KeyRing): Placement {
  const dongles = new Map<string, KnownDongle>()
  const tenureKeys = new Map<number, KeyObject | undefined>()
  const selectDongle = db.prepare('SELECT no, meteringPointNo FROM dongle WHERE id = ?')
  const selectTenures = db.prepare('SELECT no, fromS, toS FROM tenure WHERE meteringPointNo = ? ORDER BY fromS')
  const selectHeld = db.prepare('SELECT no FROM tenure WHERE dongleNo = ?')
  const selectKey = db.prepare('SELECT wrappedKey FROM tenure WHERE no = ?')
  const nextTenureNo = db.prepare('SELECT coalesce(max(no), 0) + 1 AS no FROM tenure')
  const insertHeld = db.prepare('INSERT INTO tenure (no, dongleNo, fromS, wrappedKey) VALUES (?, ?, 0, ?)')
  const selectSeries = db.prepare('SELECT no FROM series WHERE tenureNo = ? AND dongleNo = ? AND meter = ?')
  const insertSeries = db.prepare('INSERT INTO series (tenureNo, dongleNo, meter) VALUES (?, ?, ?)')

  return {
    dongleNo: dongleId => known(dongleId)?.no,
    placeOf(dongleId, meter, timeS) {
      const dongle = known(dongleId)
      if (dongle === undefined) return undefined
      const tenure = dongle.tenures.find(t => t.fromS <= timeS && (t.toS === null || timeS < t.toS))
      const tenureNo = tenure?.no ?? heldTenureOf(dongle)
      const seriesNo = seriesOf(dongle, tenureNo, meter)
      return { dongleNo: dongle.no, seriesNo, tenureNo, isHeld: tenure === undefined, key: keyOf(tenureNo) }
    },
    keyOf,
    forget() {
      dongles.clear()
      tenureKeys.clear()
    },
  }

  function known(dongleId: string): KnownDongle | undefined {
    const remembered = dongles.get(dongleId)
    if (remembered !== undefined) return remembered
    const row = selectDongle.get(dongleId) as { no: number; meteringPointNo: number | null } | undefined
    if (row === undefined) return undefined
    const tenures =
      row.meteringPointNo === null ? [] : (selectTenures.all(row.meteringPointNo) as unknown as TenureRow[])
    const held = selectHeld.get(row.no) as { no: number } | undefined
    const dongle = { no: row.no, tenures, heldTenureNo: held?.no, series: new Map<string, number>() }
    if (dongles.size >= DONGLES_MAX) dongles.clear()
    dongles.set(dongleId, dongle)
    return dongle
  }

  function heldTenureOf(dongle: KnownDongle): number {
    if (dongle.heldTenureNo === undefined) {
      const { no } = nextTenureNo.get() as { no: number }
      insertHeld.run(no, dongle.no, keys.newWrappedKey(tenureKeyPlace(no)))
      dongle.heldTenureNo = no
    }
    return dongle.heldTenureNo
  }

  function seriesOf(dongle: KnownDongle, tenureNo: number, meter: number): number {
    const name = `${tenureNo}|${meter}`
    const remembered = dongle.series.get(name)
    if (remembered !== undefined) return remembered
    const row = selectSeries.get(tenureNo, dongle.no, meter) as { no: number } | undefined
    const no = row?.no ?? Number(insertSeries.run(tenureNo, dongle.no, meter).lastInsertRowid)
    dongle.series.set(name, no)
    return no
  }

  function keyOf(tenureNo: number): KeyObject | undefined {
    if (tenureKeys.has(tenureNo)) return tenureKeys.get(tenureNo)
    const row = selectKey.get(tenureNo) as { wrappedKey: Uint8Array | null } | undefined
    const wrapped = row?.wrappedKey ?? undefined
    const key = wrapped === undefined ? undefined : keys.unwrapKey(wrapped, tenureKeyPlace(tenureNo))
    assert(
      wrapped === undefined || key !== undefined,
      'a data key in the database opens with the key-encryption key checked at start',
    )
    if (tenureKeys.size >= KEYS_MAX) tenureKeys.clear()
    tenureKeys.set(tenureNo, key)
    return key
  }
}
