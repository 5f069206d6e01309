// Services and their versions: written by ESPs, reviewed by the operator, published and withdrawn. A version's text never changes once it is published; another
// data need, price or privacy policy makes a version that needs new consent, and who has consented to the one before goes on with that.

import { sql } from 'kysely'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { EspProfile, EspState, Service, ServiceState, ServiceText } from '../../shared/schema/catalogue.ts'
import type { Numbered, Oldest } from '../api/pages.ts'
import type { PermissionRegister } from '../consent/register.ts'
import type { Trx } from '../consent/rows.ts'
import type { Outcome } from '../consent/transact.ts'
import { randomId } from '../random-id.ts'
import type { Store } from '../store/store.ts'
import { recordCatalogue } from './esps.ts'
import { checkText, digestOf, isSameConsent, type ServiceAct, type ServiceFault, stepService } from './service-life.ts'

export interface Services {
  /** A new service with its first draft; drafts may be written before the ESP is admitted. */
  add(espNo: number, text: ServiceText, actor: string): Promise<Result<Service, ServiceFault>>
  /** Changes what is not published yet, or begins the next version. */
  change(espId: string, serviceId: string, text: ServiceText, actor: string): Promise<Result<Service, ServiceFault>>
  submit(espId: string, serviceId: string, actor: string): Promise<Result<Service, ServiceFault>>
  publish(espId: string, serviceId: string, actor: string): Promise<Result<Service, ServiceFault>>
  /** `endsPermissions`: and all that was granted for it ends. By its ESP, or by the operator (`espId` undefined). */
  withdraw(
    espId: string | undefined,
    serviceId: string,
    endsPermissions: boolean,
    actor: string,
  ): Promise<Result<Service, ServiceFault>>
  /** The operator's word about exactly the text with this digest. */
  review(
    serviceId: string,
    digest: string,
    isGood: boolean,
    remark: string,
    actor: string,
  ): Promise<Result<Service, ServiceFault>>
  /** The newest version of a service with its ESP, and the one that it would follow: the published one, else the one before. */
  underReview(
    serviceId: string,
  ): Promise<{ service: Service; before: Service | undefined; esp: EspProfile } | undefined>
  /** Every version, oldest first. */
  ofEsp(espId: string, page: Oldest): Promise<Numbered<Service>[]>
  submitted(page: Oldest): Promise<Numbered<Service>[]>
  /** All that anybody can subscribe to now. */
  published(): Promise<Service[]>
}

/** More than a service will ever have. */
const VERSIONS_MAX = 100_000

interface VersionRow {
  serviceNo: number
  serviceId: string
  espNo: number
  espId: string
  espState: EspState
  publishedVersion: number | null
  version: number
  consentVersion: number
  state: ServiceState
  body: string
  remark: string | null
}

export function openServices({ registers }: Store, permissions: PermissionRegister, nowMs: () => number): Services {
  return {
    add,
    change,
    submit: (espId, serviceId, actor) => moved(espId, serviceId, 'submit', actor),
    publish: (espId, serviceId, actor) => moved(espId, serviceId, 'publish', actor),
    withdraw,
    review,
    underReview,
    ofEsp: (espId, page) => pageOf(versions().where('esp.id', '=', espId), page),
    submitted: page => pageOf(versions().where('serviceVersion.state', '=', 'submitted'), page),
    published: async () => {
      const shown = versions().where('serviceVersion.state', '=', 'published').where('esp.state', '=', 'admitted')
      return (await shown.execute()).map(serviceOf)
    },
  }

  function add(espNo: number, text: ServiceText, actor: string) {
    return registers.transaction().execute(async (trx): Promise<Result<Service, ServiceFault>> => {
      const checked = checkText(text, true)
      if (!checked.ok) return checked
      const id = randomId('svc')
      const { no: serviceNo } = await trx
        .insertInto('service')
        .values({ id, espNo, publishedVersion: null, createdAtMs: nowMs() })
        .returning('no')
        .executeTakeFirstOrThrow()
      await insertDraft(trx, espNo, serviceNo, 1, checked.value, actor)
      return ok(await oneOf(trx, serviceNo, 1))
    })
  }

  async function insertDraft(
    trx: Trx,
    espNo: number,
    serviceNo: number,
    version: number,
    text: ServiceText,
    actor: string,
  ) {
    const body = JSON.stringify(text)
    const row = { serviceNo, version, consentVersion: version, state: 'draft' as const, body, remark: null }
    await trx
      .insertInto('serviceVersion')
      .values({ ...row, changedAtMs: nowMs() })
      .execute()
    const detail = digestOf(body)
    await recordCatalogue(trx, { atMs: nowMs(), actor, kind: 'drafted', espNo, serviceNo, version, detail })
  }

  function change(espId: string, serviceId: string, text: ServiceText, actor: string) {
    return registers.transaction().execute(async (trx): Promise<Result<Service, ServiceFault>> => {
      const newest = await newestOf(trx, serviceId, espId)
      if (newest === undefined) return failed({ code: 'service.unknown' })
      const checked = checkText(text, true)
      if (!checked.ok) return checked
      const { espNo, serviceNo, version, state } = newest
      if (state === 'published' || state === 'withdrawn') {
        await insertDraft(trx, espNo, serviceNo, version + 1, checked.value, actor)
        return ok(await oneOf(trx, serviceNo, version + 1))
      }
      const body = JSON.stringify(checked.value)
      await set(trx, newest, { state: 'draft', body })
      const detail = digestOf(body)
      await recordCatalogue(trx, { atMs: nowMs(), actor, kind: 'drafted', espNo, serviceNo, version, detail })
      return ok(await oneOf(trx, serviceNo, version))
    })
  }

  function moved(espId: string, serviceId: string, act: 'submit' | 'publish', actor: string) {
    return registers.transaction().execute(async (trx): Promise<Result<Service, ServiceFault>> => {
      const row = await newestOf(trx, serviceId, espId)
      if (row === undefined) return failed({ code: 'service.unknown' })
      if (act === 'publish' && row.espState !== 'admitted') return failed({ code: 'esp.not-admitted' })
      const stepped = stepService(row.state, act)
      if (!stepped.ok) return stepped
      const checked = checkText(JSON.parse(row.body), false)
      if (!checked.ok) return checked
      if (act === 'publish') await putForward(trx, row)
      await set(trx, row, { state: stepped.value })
      await note(trx, row, act === 'publish' ? 'published' : 'submitted', actor)
      return ok(await oneOf(trx, row.serviceNo, row.version))
    })
  }

  /** It takes the place of the version before, and its consents where they are good for it. */
  async function putForward(trx: Trx, row: VersionRow): Promise<void> {
    const { serviceNo, version, publishedVersion } = row
    if (publishedVersion !== null) {
      const before = await versionOf(trx, serviceNo, publishedVersion)
      await set(trx, before, { state: 'withdrawn' })
      if (isSameConsent(JSON.parse(before.body), JSON.parse(row.body))) {
        await set(trx, row, { consentVersion: before.consentVersion })
      }
    }
    await trx.updateTable('service').set({ publishedVersion: version }).where('no', '=', serviceNo).execute()
  }

  async function withdraw(espId: string | undefined, serviceId: string, endsPermissions: boolean, actor: string) {
    let ends: Outcome | undefined
    try {
      const done = await registers.transaction().execute(async (trx): Promise<Result<Service, ServiceFault>> => {
        const newest = await newestOf(trx, serviceId, espId)
        if (newest === undefined) return failed({ code: 'service.unknown' })
        const { serviceNo, publishedVersion, state } = newest
        if (publishedVersion === null) return failed({ code: 'service.wrong-state', state })
        const row = await versionOf(trx, serviceNo, publishedVersion)
        await set(trx, row, { state: 'withdrawn' })
        await trx.updateTable('service').set({ publishedVersion: null }).where('no', '=', serviceNo).execute()
        await note(trx, row, 'withdrawn', actor)
        if (endsPermissions) ends = await permissions.endOfService(trx, serviceNo, actor)
        return ok(await oneOf(trx, serviceNo, row.version))
      })
      ends?.committed()
      return done
    } catch (error) {
      ends?.failed()
      throw error
    }
  }

  function review(serviceId: string, digest: string, isGood: boolean, remark: string, actor: string) {
    return registers.transaction().execute(async (trx): Promise<Result<Service, ServiceFault>> => {
      const row = await newestOf(trx, serviceId)
      if (row === undefined) return failed({ code: 'service.unknown' })
      const act: ServiceAct = isGood ? 'review' : 'return'
      const stepped = stepService(row.state, act)
      if (!stepped.ok) return stepped
      if (digestOf(row.body) !== digest) return failed({ code: 'service.other-text' })
      await set(trx, row, { state: stepped.value, remark })
      await note(trx, row, isGood ? 'reviewed' : 'returned', actor)
      return ok(await oneOf(trx, row.serviceNo, row.version))
    })
  }

  async function underReview(serviceId: string) {
    const rows = await versions().where('service.id', '=', serviceId).execute()
    const newest = rows.at(-1)
    if (newest === undefined) return undefined
    const earlier = rows.slice(0, -1)
    const before = earlier.find(({ version, publishedVersion }) => version === publishedVersion) ?? earlier.at(-1)
    const esp: EspProfile = JSON.parse(newest.espBody)
    return { service: serviceOf(newest), before: before && serviceOf(before), esp }
  }

  async function set(
    trx: Trx,
    { serviceNo, version }: Pick<VersionRow, 'serviceNo' | 'version'>,
    change: { state?: ServiceState; body?: string; remark?: string; consentVersion?: number },
  ): Promise<void> {
    await trx
      .updateTable('serviceVersion')
      .set({ ...change, changedAtMs: nowMs() })
      .where('serviceNo', '=', serviceNo)
      .where('version', '=', version)
      .execute()
  }

  function note(
    trx: Trx,
    row: VersionRow,
    kind: 'submitted' | 'returned' | 'reviewed' | 'published' | 'withdrawn',
    actor: string,
  ) {
    const { espNo, serviceNo, version, body } = row
    return recordCatalogue(trx, { atMs: nowMs(), actor, kind, espNo, serviceNo, version, detail: digestOf(body) })
  }

  function versions(from: Trx = registers) {
    return from
      .selectFrom('serviceVersion')
      .innerJoin('service', 'service.no', 'serviceVersion.serviceNo')
      .innerJoin('esp', 'esp.no', 'service.espNo')
      .select(['service.no as serviceNo', 'service.id as serviceId', 'esp.no as espNo', 'esp.id as espId'])
      .select(['esp.state as espState', 'publishedVersion', 'version', 'consentVersion', 'serviceVersion.state'])
      .select(['serviceVersion.body', 'remark', 'esp.body as espBody'])
      .orderBy('service.no')
      .orderBy('version')
  }

  /** A version's place in lists: its service, then its number. */
  async function pageOf(all: ReturnType<typeof versions>, { after, limit }: Oldest): Promise<Numbered<Service>[]> {
    const place = sql<number>`service.no * ${VERSIONS_MAX} + version`
    const rows = await all.where(place, '>', after).limit(limit).execute()
    return rows.map(row => ({ no: row.serviceNo * VERSIONS_MAX + row.version, item: serviceOf(row) }))
  }

  function newestOf(trx: Trx, serviceId: string, espId?: string) {
    const all = versions(trx).where('service.id', '=', serviceId)
    const own = espId === undefined ? all : all.where('esp.id', '=', espId)
    return own.clearOrderBy().orderBy('version', 'desc').limit(1).executeTakeFirst()
  }

  function versionOf(trx: Trx, serviceNo: number, version: number) {
    return versions(trx).where('service.no', '=', serviceNo).where('version', '=', version).executeTakeFirstOrThrow()
  }

  async function oneOf(trx: Trx, serviceNo: number, version: number): Promise<Service> {
    return serviceOf(await versionOf(trx, serviceNo, version))
  }
}

function serviceOf(row: VersionRow & { espBody: string }): Service {
  const { serviceId, espId, version, consentVersion, state, body, remark } = row
  const { name, country } = JSON.parse(row.espBody)
  return {
    ...{ serviceId, espId, espName: name, espCountry: country, version, consentVersion, state },
    text: JSON.parse(body),
    digest: digestOf(body),
    ...(remark === null ? {} : { remark }),
  }
}
