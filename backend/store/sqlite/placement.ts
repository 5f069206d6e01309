// Where an arrived batch belongs: which dongle row, which tenure at that time, which series, which key. It remembers what it looked up,
// because a dongle comes every few seconds; forget() drops all of it, and must be called when a binding changes or a transaction rolls back.

import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { assert } from '../../../shared/kernel/assert.ts'
import type { DongleState } from '../../../shared/port/dongle-directory.ts'
import type { WaitReason } from '../../../shared/schema/custody.ts'
import { type KeyRing, tenureKeyPlace } from '../key-ring.ts'

export interface Place {
  dongleNo: number
  seriesNo: number
  tenureNo: number
  /** Held for a dongle that has no owner at this time: stored, but nobody's yet. */
  isHeld: boolean
  /** The place is this one for fromS <= time < toS (null: no end is known). */
  fromS: number
  toS: number | null
  /** Undefined when the tenure is erased. */
  key: KeyObject | undefined
}

/** Why a batch is not taken: its dongle was given away, lost or retired, or its tenure had ended. */
export interface Unplaced {
  refusal: 'revoked' | 'tenure-ended'
}

interface TenureRow {
  no: number
  fromS: number
  toS: number | null
}

/** Claimed dongles belong by meter; one that an operator vouched for (`meters` undefined) by its point, whatever meter it is behind. */
interface KnownDongle {
  no: number
  isRevoked: boolean
  /** Nothing of it is anybody's for now: it may have a clone, or nobody has claimed it. */
  isHeld: boolean
  tenures: TenureRow[]
  meters: Map<number, TenureRow> | undefined
  heldTenureNo: number | undefined
  series: Map<string, number>
}

interface DongleRow {
  no: number
  state: DongleState
  reason: WaitReason | null
  accountNo: number | null
  meteringPointNo: number | null
}

const DONGLES_MAX = 50_000
const KEYS_MAX = 50_000

export interface Placement {
  /** The row of a registered dongle. */
  dongleNo(dongleId: string): number | undefined
  /** The place for readings of this time; undefined for a dongle that is not in the register. Inside a write transaction only: it may insert. */
  placeOf(dongleId: string, meter: number, timeS: number): Place | Unplaced | undefined
  keyOf(tenureNo: number): KeyObject | undefined
  forget(): void
}

export function createPlacement(db: DatabaseSync, keys: KeyRing): Placement {
  const dongles = new Map<string, KnownDongle>()
  const tenureKeys = new Map<number, KeyObject | undefined>()
  const selectDongle = db.prepare('SELECT no, state, reason, accountNo, meteringPointNo FROM dongle WHERE id = ?')
  // What an owner announced to leave ends there, even where the tenure goes on.
  const selectMeters = db.prepare(
    `SELECT m.meter, t.no, t.fromS, CASE WHEN m.untilS IS NULL THEN t.toS ELSE min(m.untilS, ifnull(t.toS, m.untilS)) END AS toS
     FROM dongleMeter m JOIN tenure t ON t.no = m.tenureNo WHERE m.dongleNo = ?`,
  )
  const selectTenures = db.prepare('SELECT no, fromS, toS FROM tenure WHERE meteringPointNo = ? ORDER BY fromS')
  const selectHeld = db.prepare('SELECT no FROM tenure WHERE dongleNo = ?')
  const selectKey = db.prepare('SELECT wrappedKey FROM tenure WHERE no = ?')
  const nextTenureNo = db.prepare('SELECT coalesce(max(no), 0) + 1 AS no FROM tenure')
  const insertHeld = db.prepare('INSERT INTO tenure (no, dongleNo, fromS, wrappedKey) VALUES (?, ?, 0, ?)')
  const selectSeries = db.prepare('SELECT no FROM series WHERE tenureNo = ? AND dongleNo = ? AND meter = ?')
  // While one dongle replaces another both are behind the same meter: what it counted is counted once.
  const insertSeries = db.prepare(
    `INSERT INTO series (tenureNo, dongleNo, meter, sameAs) VALUES (?1, ?2, ?3, (
       SELECT min(coalesce(s.sameAs, s.no)) FROM dongleMeter mine JOIN dongleMeter other ON other.serial = mine.serial
       JOIN series s ON s.tenureNo = ?1 AND s.dongleNo = other.dongleNo AND s.meter = other.meter
       WHERE mine.dongleNo = ?2 AND mine.meter = ?3))`,
  )

  return {
    dongleNo: dongleId => known(dongleId)?.no,
    placeOf(dongleId, meter, timeS) {
      const dongle = known(dongleId)
      if (dongle === undefined) return undefined
      if (dongle.isRevoked) return { refusal: 'revoked' }
      const bound = dongle.meters?.get(meter)
      if (!dongle.isHeld && bound !== undefined && bound.toS !== null && timeS >= bound.toS) {
        return { refusal: 'tenure-ended' }
      }
      const tenures = dongle.meters === undefined ? dongle.tenures : bound === undefined ? [] : [bound]
      const tenure = dongle.isHeld
        ? undefined
        : tenures.find(t => t.fromS <= timeS && (t.toS === null || timeS < t.toS))
      const tenureNo = tenure?.no ?? heldTenureOf(dongle)
      const seriesNo = seriesOf(dongle, tenureNo, meter)
      const { fromS, toS } = tenure ?? { fromS: timeS, toS: timeS + 1 }
      return { dongleNo: dongle.no, seriesNo, tenureNo, isHeld: tenure === undefined, fromS, toS, key: keyOf(tenureNo) }
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
    const row = selectDongle.get(dongleId) as DongleRow | undefined
    if (row === undefined) return undefined
    const { no, state, reason, accountNo, meteringPointNo } = row
    const isVouched = accountNo === null
    const held = selectHeld.get(no) as { no: number } | undefined
    const dongle: KnownDongle = {
      no,
      isRevoked: state === 'lost' || state === 'retired' || state === 'transfer',
      isHeld: reason === 'clone' || (isVouched && state !== 'bound'),
      tenures: meteringPointNo === null ? [] : (selectTenures.all(meteringPointNo) as unknown as TenureRow[]),
      meters: isVouched ? undefined : metersOf(no),
      heldTenureNo: held?.no,
      series: new Map(),
    }
    if (dongles.size >= DONGLES_MAX) dongles.clear()
    dongles.set(dongleId, dongle)
    return dongle
  }

  function metersOf(dongleNo: number): Map<number, TenureRow> {
    const rows = selectMeters.all(dongleNo) as unknown as (TenureRow & { meter: number })[]
    return new Map(rows.map(row => [row.meter, row]))
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
