// Energy service providers: who applies, is admitted by the operator, and is expelled again. What an expelled one was permitted ends in the same transaction.

import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { CatalogueEventKind, Esp, EspEvent, EspProfile, EspState } from '../../shared/schema/catalogue.ts'
import type { Roles } from '../accounts/roles.ts'
import { type Newest, type Numbered, numbered, type Oldest } from '../api/pages.ts'
import { seal } from '../audit/audit.ts'
import type { PermissionRegister } from '../consent/register.ts'
import type { Trx } from '../consent/rows.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'

/** esp.exists: this account looks after one already. */
export type EspFault = { code: 'esp.unknown' } | { code: 'esp.exists' } | { code: 'esp.wrong-state'; state: EspState }

export interface EspRow extends Esp {
  no: number
}

export type EspDecision = keyof typeof DECISIONS

export interface Esps {
  apply(accountNo: number, profile: EspProfile, actor: string): Promise<Result<Esp, EspFault>>
  changeProfile(espId: string, profile: EspProfile, actor: string): Promise<Result<Esp, EspFault>>
  /** The operator's word. `remark` is shown to the ESP, and kept in the audit. */
  decide(espId: string, act: EspDecision, remark: string, actor: string): Promise<Result<Esp, EspFault>>
  find(espId: string): Promise<EspRow | undefined>
  /** Oldest first. */
  list(state: EspState | undefined, page: Oldest): Promise<Numbered<Esp>[]>
  /** What happened to an ESP and its services, newest first; undefined: there is no such ESP. */
  story(espId: string, page: Newest): Promise<Numbered<EspEvent>[] | undefined>
}

const DECISIONS = {
  admit: { from: ['applied', 'refused', 'suspended', 'expelled'], to: 'admitted' },
  refuse: { from: ['applied'], to: 'refused' },
  suspend: { from: ['admitted'], to: 'suspended' },
  expel: { from: ['admitted', 'suspended'], to: 'expelled' },
} as const satisfies { [act: string]: { from: readonly EspState[]; to: EspState & CatalogueEventKind } }
const DECIDED = Object.values(DECISIONS).map(({ to }) => to)

export function openEsps(store: Store, permissions: PermissionRegister, roles: Roles, nowMs: () => number): Esps {
  const { registers } = store
  return { apply, changeProfile, decide, find, list, story }

  function apply(accountNo: number, profile: EspProfile, actor: string) {
    return registers.transaction().execute(async (trx): Promise<Result<Esp, EspFault>> => {
      if ((await rows(trx).where('accountNo', '=', accountNo).executeTakeFirst()) !== undefined) {
        return failed({ code: 'esp.exists' })
      }
      const esp = { id: randomId('esp'), accountNo, state: 'applied' as const, createdAtMs: nowMs() }
      const { no } = await trx
        .insertInto('esp')
        .values({ ...esp, body: JSON.stringify(profile) })
        .returning('no')
        .executeTakeFirstOrThrow()
      await roles.give({ accountNo, role: 'esp-manager', espId: esp.id }, actor, trx)
      await recordCatalogue(trx, { atMs: nowMs(), actor, kind: 'applied', espNo: no })
      return ok({ espId: esp.id, state: esp.state, profile })
    })
  }

  function changeProfile(espId: string, profile: EspProfile, actor: string) {
    return registers.transaction().execute(async (trx): Promise<Result<Esp, EspFault>> => {
      const row = await rows(trx).where('id', '=', espId).executeTakeFirst()
      if (row === undefined) return failed({ code: 'esp.unknown' })
      await trx
        .updateTable('esp')
        .set({ body: JSON.stringify(profile) })
        .where('no', '=', row.no)
        .execute()
      const detail = JSON.stringify(profile)
      await recordCatalogue(trx, { atMs: nowMs(), actor, kind: 'profile-changed', espNo: row.no, detail })
      return ok({ ...espOf(row), profile })
    })
  }

  async function decide(espId: string, act: EspDecision, remark: string, actor: string) {
    const { from, to } = DECISIONS[act]
    let ends: Awaited<ReturnType<PermissionRegister['endOfEsp']>> | undefined
    try {
      const decided = await registers.transaction().execute(async (trx): Promise<Result<Esp, EspFault>> => {
        const row = await rows(trx).where('id', '=', espId).executeTakeFirst()
        if (row === undefined) return failed({ code: 'esp.unknown' })
        if (!(from as readonly EspState[]).includes(row.state))
          return failed({ code: 'esp.wrong-state', state: row.state })
        await trx.updateTable('esp').set({ state: to }).where('no', '=', row.no).execute()
        await recordCatalogue(trx, { atMs: nowMs(), actor, kind: to, espNo: row.no, detail: remark })
        if (act === 'expel') ends = await permissions.endOfEsp(trx, row.no, actor)
        return ok(espOf({ ...row, state: to, remark }))
      })
      ends?.committed()
      return decided
    } catch (error) {
      ends?.failed()
      throw error
    }
  }

  async function find(espId: string): Promise<EspRow | undefined> {
    const row = await rows(registers).where('id', '=', espId).executeTakeFirst()
    return row && { no: row.no, ...espOf(row) }
  }

  async function list(state: EspState | undefined, { after, limit }: Oldest): Promise<Numbered<Esp>[]> {
    const all = rows(registers).where('no', '>', after).orderBy('no').limit(limit)
    const found = await (state === undefined ? all : all.where('state', '=', state)).execute()
    return found.map(row => ({ no: row.no, item: espOf(row) }))
  }

  async function story(espId: string, { before, limit }: Newest): Promise<Numbered<EspEvent>[] | undefined> {
    const esp = await find(espId)
    if (esp === undefined) return undefined
    const rows = await registers
      .selectFrom('catalogueEvent')
      .leftJoin('service', 'service.no', 'catalogueEvent.serviceNo')
      .select(['catalogueEvent.no', 'atMs', 'actor', 'kind', 'service.id as serviceId', 'version', 'detail'])
      .where('catalogueEvent.espNo', '=', esp.no)
      .where('catalogueEvent.no', '<', before)
      .orderBy('catalogueEvent.no', 'desc')
      .limit(limit)
      .execute()
    return numbered(rows.map(({ detail, ...row }) => ({ ...row, remark: isDecision(row.kind) ? detail : null })))
  }

  function rows(from: Trx) {
    return from
      .selectFrom('esp')
      .selectAll('esp')
      .select(({ selectFrom }) =>
        selectFrom('catalogueEvent')
          .select('detail')
          .whereRef('catalogueEvent.espNo', '=', 'esp.no')
          .where('kind', 'in', DECIDED)
          .orderBy('catalogueEvent.no', 'desc')
          .limit(1)
          .as('remark'),
      )
  }
}

/** Its detail is the operator's remark; that of others is a digest or a profile. */
function isDecision(kind: CatalogueEventKind): boolean {
  return DECIDED.some(to => to === kind)
}

function espOf({ id, state, body, remark }: { id: string; state: EspState; body: string; remark: string | null }): Esp {
  return { espId: id, state, profile: JSON.parse(body), ...(remark ? { remark } : {}) }
}

interface CatalogueRecord {
  atMs: number
  actor: string
  kind: CatalogueEventKind
  espNo: number
  serviceNo?: number
  version?: number
  detail?: string
}

/** In the transaction of what it tells about. */
export async function recordCatalogue(trx: Trx, record: CatalogueRecord): Promise<void> {
  const row = { serviceNo: null, version: null, detail: null, ...record }
  const written = await trx.insertInto('catalogueEvent').values(row).returningAll().executeTakeFirstOrThrow()
  await seal(trx, 'catalogueEvent', written)
}
