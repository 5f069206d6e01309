// The register of dongles: who exists, with which key, in which state, bound to which metering point, and how far its sessions have come.
// It is the gateway's DongleDirectory. Device keys lie wrapped in the database and leave it only through credentials().

import type { Kysely, Selectable } from 'kysely'
import type { Clock } from '../../shared/kernel/clock.ts'
import { isDongleId } from '../../shared/kernel/ids.ts'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { CloneSign, DongleCredentials, DongleDirectory, DongleState } from '../../shared/port/dongle-directory.ts'
import type { DongleStatus } from '../../shared/port/ingest-port.ts'
import type { WaitReason } from '../../shared/schema/custody.ts'
import { gather } from '../store/gather.ts'
import { KEY_BYTES } from '../store/key-ring.ts'
import type { Store } from '../store/store.ts'
import type { DongleTable, Tables } from '../store/tables.ts'
import { recordEvent } from './dongle-events.ts'
import { canBecome } from './states.ts'

export interface NewDongle {
  dongleId: string
  /** 32 bytes. */
  deviceKey: Uint8Array
  epoch: number
}

export interface DongleDescription {
  dongleId: string
  state: DongleState
  reason: WaitReason | null
  /** The account that has claimed it. */
  owner: string | null
  /** Of the key it uses. */
  epoch: number
  /** What was asked of it; null: the gateway's own. */
  intervalS: number | null
  statusAtMs: number | null
  suspicions: { sign: CloneSign; firstAtS: number; lastAtS: number; count: number }[]
}

/** How long the key before a rotation is still taken. */
const OLD_KEY_S = 7 * 86_400

export type DongleFault =
  | { code: 'dongle.bad-id' }
  | { code: 'dongle.bad-key' }
  | { code: 'dongle.unknown' }
  | { code: 'dongle.other-key' }
  | { code: 'dongle.wrong-state'; from: DongleState }

interface Marked {
  dongleId: string
  mark: { boot: number; session: number }
}

export interface KnownStatus {
  dongleNo: number
  dongleId: string
  status: DongleStatus | undefined
}

export interface DongleRegister extends DongleDirectory {
  /** Idempotent for the same id and key; another key for a known id is refused. */
  register(dongle: NewDongle, actor: string): Promise<Result<'registered' | 'known', DongleFault>>
  /** Binds without a claim, for whoever can answer for it: its meter is not compared with any register. */
  vouch(dongleId: string, actor: string, meteringPointNo: number): Promise<Result<'bound', DongleFault>>
  /** Those of them that are known, with the newest status of each. */
  statusesOf(dongleIds: string[]): Promise<KnownStatus[]>
  /** At most one of a dongle, in a transaction of the caller's. The newest status wins; an older one that comes late is dropped. */
  note(trx: Kysely<Tables>, statuses: { dongleNo: number; status: DongleStatus }[]): Promise<void>
  heard(dongleId: string, epoch: number): Promise<void>
  suspect(dongleId: string, sign: CloneSign): Promise<void>
  /** For operators; undefined for an unknown one. */
  describe(dongleId: string): Promise<DongleDescription | undefined>
  /** Of the dongles that an account has claimed. */
  idsOf(accountNo: number): Promise<string[]>
  /** Dongles bound to a metering point, with their newest status. */
  ofMeteringPoint(meteringPointNo: number): Promise<{ dongleId: string; status: DongleStatus | undefined }[]>
}

export function openDongleRegister(store: Store, clock: Clock): DongleRegister {
  const { registers, keys } = store
  const advanced = gather<Marked, 'advanced' | 'old'>(({ dongleId }) => dongleId, advanceAll)
  const advance = (dongleId: string, mark: Marked['mark']) => advanced({ dongleId, mark })
  const told = { advance, heard, suspect, statusesOf, note }
  return { ...told, credentials, revokedSince, register, vouch, ofMeteringPoint, idsOf, describe }

  async function credentials(dongleId: string): Promise<DongleCredentials | undefined> {
    const row = await rowOf(registers, dongleId)
    const deviceKey = row && keys.unwrap(row.wrappedKey, keyPlace(dongleId, row.epoch))
    if (row === undefined || deviceKey === undefined) return undefined
    const rows = await registers.selectFrom('dongleKey').selectAll().where('dongleNo', '=', row.no).execute()
    const others = rows.flatMap(({ epoch, wrappedKey, untilS }) => {
      const key =
        untilS !== null && untilS <= clock.wallS() ? undefined : keys.unwrap(wrappedKey, keyPlace(dongleId, epoch))
      return key === undefined ? [] : [{ deviceKey: key, epoch }]
    })
    const { epoch, state, intervalS, boot, session } = row
    return {
      dongleId,
      deviceKey,
      epoch,
      state,
      others,
      mark: { boot, session },
      ...(intervalS === null ? {} : { intervalS }),
    }
  }

  // Only now is it certain that the dongle has the next key in both copies (docs/protocol-session.md): the one before may begin to end.
  async function heard(dongleId: string, epoch: number): Promise<void> {
    // Looked at first: every session says this, and a transaction holds up the readings of all dongles.
    const known = await rowOf(registers, dongleId)
    if (known === undefined || epoch <= known.epoch) return
    await registers.transaction().execute(async trx => {
      const row = await rowOf(trx, dongleId)
      if (row === undefined || epoch <= row.epoch) return
      const next = await trx
        .selectFrom('dongleKey')
        .select('wrappedKey')
        .where('dongleNo', '=', row.no)
        .where('epoch', '=', epoch)
        .where('untilS', 'is', null)
        .executeTakeFirst()
      if (next === undefined) return
      await trx.deleteFrom('dongleKey').where('dongleNo', '=', row.no).execute()
      const before = { dongleNo: row.no, epoch: row.epoch, wrappedKey: row.wrappedKey }
      await trx
        .insertInto('dongleKey')
        .values({ ...before, untilS: clock.wallS() + OLD_KEY_S })
        .execute()
      await trx.updateTable('dongle').set({ epoch, wrappedKey: next.wrappedKey }).where('no', '=', row.no).execute()
      const { no: dongleNo, state, accountNo } = row
      const same = { dongleNo, fromState: state, toState: state, accountNo }
      const rotated = { ...same, atS: clock.wallS(), event: 'key-rotated' as const, actor: 'dongle' }
      await recordEvent(trx, rotated, row.meteringPointNo)
    })
  }

  async function revokedSince(sinceS: number): Promise<string[]> {
    const rows = await registers
      .selectFrom('dongle')
      .select('id')
      .where('state', 'in', ['lost', 'retired'])
      .where('sinceS', '>=', sinceS)
      .execute()
    return rows.map(row => row.id)
  }

  async function suspect(dongleId: string, sign: CloneSign): Promise<void> {
    const row = await rowOf(registers, dongleId)
    if (row === undefined) return
    const nowS = clock.wallS()
    await registers
      .insertInto('dongleSuspicion')
      .values({ dongleNo: row.no, sign, firstAtS: nowS, lastAtS: nowS, count: 1 })
      .onConflict(conflict =>
        conflict
          .columns(['dongleNo', 'sign'])
          .doUpdateSet(update => ({ lastAtS: nowS, count: update('dongleSuspicion.count', '+', 1) })),
      )
      .execute()
  }

  // One statement, so that two gateways with the same replayed CONNECT cannot both win.
  /** By their ids: of two backends that take the same dongles' rows none waits for the other. */
  function advanceAll(marks: Marked[]): Promise<('advanced' | 'old')[]> {
    const sorted = marks.toSorted((a, b) => (a.dongleId < b.dongleId ? -1 : 1))
    return registers.transaction().execute(async trx => {
      const answers = new Map<Marked, 'advanced' | 'old'>()
      for (const marked of sorted) {
        const { dongleId, mark } = marked
        const { numUpdatedRows } = await trx
          .updateTable('dongle')
          .set({ boot: mark.boot, session: mark.session })
          .where('id', '=', dongleId)
          .where(where =>
            where.or([
              where('boot', '<', mark.boot),
              where.and([where('boot', '=', mark.boot), where('session', '<', mark.session)]),
            ]),
          )
          .executeTakeFirst()
        answers.set(marked, numUpdatedRows > 0n ? 'advanced' : 'old')
      }
      return marks.map(marked => answers.get(marked) as 'advanced' | 'old')
    })
  }

  async function register({ dongleId, deviceKey, epoch }: NewDongle, actor: string) {
    if (!isDongleId(dongleId)) return failed({ code: 'dongle.bad-id' as const })
    if (deviceKey.length !== KEY_BYTES) return failed({ code: 'dongle.bad-key' as const })
    const known = await credentials(dongleId)
    if (known !== undefined) {
      return Buffer.compare(known.deviceKey, deviceKey) === 0
        ? ok('known' as const)
        : failed({ code: 'dongle.other-key' as const })
    }
    await registers.transaction().execute(async trx => {
      const wrappedKey = keys.wrap(deviceKey, keyPlace(dongleId, epoch))
      const row = {
        id: dongleId,
        state: 'registered' as const,
        epoch,
        wrappedKey,
        boot: 0,
        session: 0,
        meteringPointNo: null,
        accountNo: null,
        reason: null,
        sinceS: clock.wallS(),
        claimedAtS: null,
        meter: null,
        intervalS: null,
      }
      const { no } = await trx.insertInto('dongle').values(row).returning('no').executeTakeFirstOrThrow()
      const made = { dongleNo: no, fromState: null, toState: 'registered' as const, event: 'registered' as const }
      await recordEvent(trx, { ...made, atS: clock.wallS(), actor })
    })
    return ok('registered' as const)
  }

  async function vouch(dongleId: string, actor: string, meteringPointNo: number) {
    const row = await rowOf(registers, dongleId)
    if (row === undefined) return failed({ code: 'dongle.unknown' as const })
    if (row.state === 'bound' && row.meteringPointNo === meteringPointNo) return ok('bound' as const)
    if (!canBecome(row.state, 'bound')) return failed({ code: 'dongle.wrong-state' as const, from: row.state })
    await registers.transaction().execute(async trx => {
      const next = { state: 'bound' as const, meteringPointNo, accountNo: null, reason: null, sinceS: clock.wallS() }
      await trx.updateTable('dongle').set(next).where('no', '=', row.no).execute()
      const { no: dongleNo, state: fromState, accountNo } = row
      const told = { dongleNo, fromState, toState: 'bound' as const, event: 'vouched' as const, accountNo }
      await recordEvent(trx, { ...told, atS: clock.wallS(), actor }, meteringPointNo)
    })
    store.forget()
    return ok('bound' as const)
  }

  async function statusesOf(dongleIds: string[]): Promise<KnownStatus[]> {
    const rows = await registers
      .selectFrom('dongle')
      .leftJoin('dongleStatus', 'dongleStatus.dongleNo', 'dongle.no')
      .select(['dongle.no as dongleNo', 'dongle.id as dongleId', 'dongleStatus.body'])
      .where('dongle.id', 'in', dongleIds)
      .orderBy('dongle.no')
      .execute()
    return rows.map(({ body, ...known }) => ({ ...known, status: statusIn(body) }))
  }

  async function note(trx: Kysely<Tables>, statuses: { dongleNo: number; status: DongleStatus }[]): Promise<void> {
    const rows = statuses.map(({ dongleNo, status }) => {
      const { receivedAtMs, ringRecords = null } = status
      return { dongleNo, receivedAtMs, ringRecords, body: JSON.stringify(status) }
    })
    await trx
      .insertInto('dongleStatus')
      .values(rows)
      .onConflict(conflict =>
        conflict
          .column('dongleNo')
          .doUpdateSet(({ ref }) => ({
            receivedAtMs: ref('excluded.receivedAtMs'),
            ringRecords: ref('excluded.ringRecords'),
            body: ref('excluded.body'),
          }))
          .whereRef('dongleStatus.receivedAtMs', '<=', 'excluded.receivedAtMs'),
      )
      .execute()
  }

  async function describe(dongleId: string): Promise<DongleDescription | undefined> {
    const row = await rowOf(registers, dongleId)
    if (row === undefined) return undefined
    const { no, state, reason, epoch, intervalS } = row
    const account = registers.selectFrom('account').select('id').where('no', '=', row.accountNo)
    const owner = row.accountNo === null ? null : ((await account.executeTakeFirst())?.id ?? null)
    const status = await registers.selectFrom('dongleStatus').selectAll().where('dongleNo', '=', no).executeTakeFirst()
    const suspicions = await registers
      .selectFrom('dongleSuspicion')
      .select(['sign', 'firstAtS', 'lastAtS', 'count'])
      .where('dongleNo', '=', no)
      .execute()
    return { dongleId, state, reason, owner, epoch, intervalS, statusAtMs: status?.receivedAtMs ?? null, suspicions }
  }

  async function idsOf(accountNo: number): Promise<string[]> {
    const rows = await registers.selectFrom('dongle').select('id').where('accountNo', '=', accountNo).execute()
    return rows.map(row => row.id)
  }

  async function ofMeteringPoint(meteringPointNo: number) {
    const rows = await registers
      .selectFrom('dongle')
      .leftJoin('dongleStatus', 'dongleStatus.dongleNo', 'dongle.no')
      .select(['dongle.id', 'dongleStatus.body'])
      .where('meteringPointNo', '=', meteringPointNo)
      .execute()
    return rows.map(row => ({
      dongleId: row.id,
      status: statusIn(row.body),
    }))
  }
}

export type DongleRow = Selectable<DongleTable>

export function rowOf(registers: Kysely<Tables>, dongleId: string): Promise<DongleRow | undefined> {
  return registers.selectFrom('dongle').selectAll().where('id', '=', dongleId).executeTakeFirst()
}

function statusIn(body: string | null): DongleStatus | undefined {
  return body === null ? undefined : (JSON.parse(body) as DongleStatus)
}

/** What a wrapped device key is bound to. */
export function keyPlace(dongleId: string, epoch: number): string {
  return `dongle|${dongleId}|${epoch}`
}
