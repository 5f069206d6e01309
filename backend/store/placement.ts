// Where an arrived batch belongs: which dongle row, which tenure at that time, which series, which key. It remembers what it looked up,
// because a dongle comes every few seconds; forget() drops all of it, and must be called when a binding changes or a transaction rolls back.

import type { KeyObject } from 'node:crypto'
import { assert } from '../../shared/kernel/assert.ts'
import type { DongleState } from '../../shared/port/dongle-directory.ts'
import type { WaitReason } from '../../shared/schema/custody.ts'
import type { TenureKeys } from './key-ring.ts'
import { all, first, run, type Steps } from './steps.ts'

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
  /** Of its point: what was measured then and comes late is not kept again. */
  erased: TenureRow[]
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
  dongleNo(dongleId: string): Steps<number | undefined>
  /** The place for readings of this time; undefined for a dongle that is not in the register. Inside a write transaction only: it may insert. */
  placeOf(dongleId: string, meter: number, timeS: number): Steps<Place | Unplaced | undefined>
  keyOf(tenureNo: number): Steps<KeyObject | undefined>
  forget(): void
}

const SELECT_DONGLE = 'SELECT no, state, reason, accountNo, meteringPointNo FROM dongle WHERE id = ?'
// What an owner announced to leave ends there, even where the tenure goes on.
const SELECT_METERS = `SELECT m.meter, t.no, t.fromS, CASE WHEN m.untilS IS NULL OR t.toS < m.untilS THEN t.toS ELSE m.untilS END AS toS
  FROM dongleMeter m JOIN tenure t ON t.no = m.tenureNo WHERE m.dongleNo = ?`
const SELECT_TENURES = 'SELECT no, fromS, toS FROM tenure WHERE meteringPointNo = ? ORDER BY fromS'
const SELECT_ERASED = 'SELECT no, fromS, toS FROM tenure WHERE meteringPointNo = ? AND erasedAtS IS NOT NULL'
const SELECT_HELD = 'SELECT no FROM tenure WHERE dongleNo = ?'
const SELECT_KEY = 'SELECT wrappedKey FROM tenure WHERE no = ?'
const NEXT_TENURE_NO = 'SELECT coalesce(max(no), 0) + 1 AS no FROM tenure'
const INSERT_HELD = 'INSERT INTO tenure (no, dongleNo, fromS, wrappedKey) VALUES (?, ?, 0, ?)'
const SELECT_SERIES = 'SELECT no FROM series WHERE tenureNo = ? AND dongleNo = ? AND meter = ?'
// While one dongle replaces another both are behind the same meter: what it counted is counted once.
const SELECT_SAME_METER = `SELECT min(coalesce(s.sameAs, s.no)) AS no FROM dongleMeter mine JOIN dongleMeter other ON other.serial = mine.serial
  JOIN series s ON s.tenureNo = ? AND s.dongleNo = other.dongleNo AND s.meter = other.meter
  WHERE mine.dongleNo = ? AND mine.meter = ?`
const INSERT_SERIES = 'INSERT INTO series (tenureNo, dongleNo, meter, sameAs) VALUES (?, ?, ?, ?) RETURNING no'

/** A tenure's data key as the database has it now; undefined when it is erased. */
export function* tenureKey(keys: TenureKeys, tenureNo: number): Steps<KeyObject | undefined> {
  const row = yield* first<{ wrappedKey: Uint8Array | null }>(SELECT_KEY, tenureNo)
  const wrapped = row?.wrappedKey ?? undefined
  const key = wrapped === undefined ? undefined : keys.tenureKey(tenureNo, wrapped)
  assert(
    key !== 'altered',
    'a data key in the database opens with the key-encryption key and the tree checked at start',
  )
  return key
}

export function createPlacement(keys: TenureKeys): Placement {
  const dongles = new Map<string, KnownDongle>()
  const tenureKeys = new Map<number, KeyObject | undefined>()

  return {
    *dongleNo(dongleId) {
      return (dongles.get(dongleId) ?? (yield* lookUp(dongleId)))?.no
    },
    *placeOf(dongleId, meter, timeS) {
      // A step of its own is only what asks: this is done for every batch.
      const dongle = dongles.get(dongleId) ?? (yield* lookUp(dongleId))
      if (dongle === undefined) return undefined
      if (dongle.isRevoked) return { refusal: 'revoked' }
      const bound = dongle.meters?.get(meter)
      if (!dongle.isHeld && bound !== undefined && bound.toS !== null && timeS >= bound.toS) {
        return { refusal: 'tenure-ended' }
      }
      const tenures = dongle.meters === undefined ? dongle.tenures : bound === undefined ? [] : [bound]
      const tenure = dongle.isHeld
        ? undefined
        : (tenures.find(t => isWithin(t, timeS)) ?? dongle.erased.find(t => isWithin(t, timeS)))
      const tenureNo = tenure?.no ?? (yield* heldTenureOf(dongle))
      const seriesNo = dongle.series.get(`${tenureNo}|${meter}`) ?? (yield* seriesOf(dongle, tenureNo, meter))
      const { fromS, toS } = tenure ?? { fromS: timeS, toS: timeS + 1 }
      const key = tenureKeys.has(tenureNo) ? tenureKeys.get(tenureNo) : yield* keyOf(tenureNo)
      return { dongleNo: dongle.no, seriesNo, tenureNo, isHeld: tenure === undefined, fromS, toS, key }
    },
    keyOf,
    forget() {
      dongles.clear()
      tenureKeys.clear()
    },
  }

  function* lookUp(dongleId: string): Steps<KnownDongle | undefined> {
    const row = yield* first<DongleRow>(SELECT_DONGLE, dongleId)
    if (row === undefined) return undefined
    const { no, state, reason, accountNo, meteringPointNo } = row
    const isVouched = accountNo === null
    const held = yield* first<{ no: number }>(SELECT_HELD, no)
    const dongle: KnownDongle = {
      no,
      isRevoked: state === 'lost' || state === 'retired' || state === 'transfer',
      isHeld: reason === 'clone' || (isVouched && state !== 'bound'),
      tenures: meteringPointNo === null ? [] : yield* all<TenureRow>(SELECT_TENURES, meteringPointNo),
      erased: meteringPointNo === null ? [] : yield* all<TenureRow>(SELECT_ERASED, meteringPointNo),
      meters: isVouched ? undefined : yield* metersOf(no),
      heldTenureNo: held?.no,
      series: new Map(),
    }
    if (dongles.size >= DONGLES_MAX) dongles.clear()
    dongles.set(dongleId, dongle)
    return dongle
  }

  function* metersOf(dongleNo: number): Steps<Map<number, TenureRow>> {
    const rows = yield* all<TenureRow & { meter: number }>(SELECT_METERS, dongleNo)
    return new Map(rows.map(row => [row.meter, row]))
  }

  function* heldTenureOf(dongle: KnownDongle): Steps<number> {
    if (dongle.heldTenureNo === undefined) {
      const { no: next } = (yield* first<{ no: number }>(NEXT_TENURE_NO)) as { no: number }
      const no = keys.freeTenureNo(next)
      yield* run(INSERT_HELD, no, dongle.no, keys.newTenureKey(no))
      dongle.heldTenureNo = no
    }
    return dongle.heldTenureNo
  }

  function* seriesOf(dongle: KnownDongle, tenureNo: number, meter: number): Steps<number> {
    const row = yield* first<{ no: number }>(SELECT_SERIES, tenureNo, dongle.no, meter)
    const no = row?.no ?? (yield* newSeries(tenureNo, dongle.no, meter))
    dongle.series.set(`${tenureNo}|${meter}`, no)
    return no
  }

  function* newSeries(tenureNo: number, dongleNo: number, meter: number): Steps<number> {
    const same = yield* first<{ no: number | null }>(SELECT_SAME_METER, tenureNo, dongleNo, meter)
    const row = yield* first<{ no: number }>(INSERT_SERIES, tenureNo, dongleNo, meter, same?.no ?? null)
    return (row as { no: number }).no
  }

  function* keyOf(tenureNo: number): Steps<KeyObject | undefined> {
    if (tenureKeys.has(tenureNo)) return tenureKeys.get(tenureNo)
    const key = yield* tenureKey(keys, tenureNo)
    if (tenureKeys.size >= KEYS_MAX) tenureKeys.clear()
    tenureKeys.set(tenureNo, key)
    return key
  }
}

function isWithin({ fromS, toS }: TenureRow, timeS: number): boolean {
  return fromS <= timeS && (toS === null || timeS < toS)
}
