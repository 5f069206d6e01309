// The terms of use (A): versions in four languages, and who accepts which. A permission (B) needs the newest accepted, and none outlives the acceptance: who
// takes it back, or does not accept a new version within its days of grace, ends what was shared (that is the register's to carry out).

import { createHash } from 'node:crypto'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'
import type { Language } from '../../shared/schema/data-need.ts'
import type { TermsText, TermsVersionView } from '../../shared/schema/terms.ts'
import type { Newest, Numbered } from '../api/pages.ts'
import { seal } from '../audit/audit.ts'
import type { Store } from '../store/store.ts'
import type { Trx } from './rows.ts'

export interface TermsVersion {
  version: number
  publishedAtMs: number
  text: TermsText
  /** SHA-256 of the text as JSON. */
  digest: string
}

/** terms.other-version: there is a newer one than was read. */
export type TermsFault = { code: 'terms.other-version' } | { code: 'terms.none' }

const DAY_MS = 86_400_000

export interface Terms {
  newest(from?: Trx): Promise<TermsVersion | undefined>
  /** Newest first, with how many accounts accept each now. */
  versions(page: Newest): Promise<Numbered<TermsVersionView>[]>
  publish(text: TermsText, actor: string): Promise<TermsVersion>
  /** Publishes the program's own text where there is none yet, or where the newest is one of `earlier`: a new version, to be accepted anew. An operator's stays. */
  begin(text: TermsText, earlier: readonly TermsText[], actor: string): Promise<void>
  /** Says yes to the newest version, which must be the one that was read. */
  accept(accountNo: number, version: number, language: Language, actor: string): Promise<Result<'accepted', TermsFault>>
  /** Which version an account accepts now, if any. */
  acceptedBy(accountNo: number, from?: Trx): Promise<{ version: number; acceptedAtMs: number } | undefined>
  /** Whether what an account accepts is in force: the newest version, or the one before within the newest one's days of grace. */
  hold(accountNo: number): Promise<boolean>
  /** Takes the acceptance back, in a transaction that ends what rests on it. False: there was none. */
  end(trx: Trx, accountNo: number, actor: string): Promise<boolean>
  /** Accounts whose acceptance has lapsed: of an older version, and the newest has had its days of grace. */
  lapsed(): Promise<number[]>
}

export function openTerms({ registers }: Store, nowMs: () => number): Terms {
  return { newest, versions, publish, begin, accept, acceptedBy, hold, end, lapsed }

  async function newest(from: Trx = registers): Promise<TermsVersion | undefined> {
    const row = await from.selectFrom('terms').selectAll().orderBy('version', 'desc').limit(1).executeTakeFirst()
    return row && versionOf(row)
  }

  async function versions({ before, limit }: Newest): Promise<Numbered<TermsVersionView>[]> {
    const older = registers.selectFrom('terms').selectAll().where('version', '<', before)
    const rows = await older.orderBy('version', 'desc').limit(limit).execute()
    const counts = await registers
      .selectFrom('termsAcceptance')
      .select(['version', ({ fn }) => fn.countAll().as('accepted')])
      .groupBy('version')
      .execute()
    const acceptedOf = new Map(counts.map(({ version, accepted }) => [version, Number(accepted)]))
    return rows.map(row => ({
      no: row.version,
      item: { ...versionOf(row), accepted: acceptedOf.get(row.version) ?? 0 },
    }))
  }

  function publish(text: TermsText, actor: string): Promise<TermsVersion> {
    return registers.transaction().execute(async trx => publishIn(trx, text, actor, (await newest(trx))?.version ?? 0))
  }

  async function begin(text: TermsText, earlier: readonly TermsText[], actor: string): Promise<void> {
    const digests = earlier.map(one => digestOf(JSON.stringify(one)))
    const isDue = (there: TermsVersion | undefined) => there === undefined || digests.includes(there.digest)
    if (!isDue(await newest())) return
    await registers.transaction().execute(async trx => {
      const there = await newest(trx)
      if (isDue(there)) await publishIn(trx, text, actor, there?.version ?? 0)
    })
  }

  async function publishIn(trx: Trx, text: TermsText, actor: string, before: number): Promise<TermsVersion> {
    const version = before + 1
    const body = JSON.stringify(text)
    const publishedAtMs = nowMs()
    await trx.insertInto('terms').values({ version, body, publishedAtMs }).execute()
    const digest = digestOf(body)
    await record(trx, { actor, kind: 'published', version, accountNo: null, detail: digest })
    return { version, publishedAtMs, text, digest }
  }

  function accept(accountNo: number, version: number, language: Language, actor: string) {
    return registers.transaction().execute(async (trx): Promise<Result<'accepted', TermsFault>> => {
      const current = await newest(trx)
      if (current === undefined) return failed({ code: 'terms.none' })
      if (current.version !== version) return failed({ code: 'terms.other-version' })
      if ((await acceptedBy(accountNo, trx))?.version === version) return ok('accepted')
      const row = { version, acceptedAtMs: nowMs() }
      await trx
        .insertInto('termsAcceptance')
        .values({ accountNo, ...row })
        .onConflict(conflict => conflict.column('accountNo').doUpdateSet(row))
        .execute()
      await record(trx, { actor, kind: 'accepted', version, accountNo, detail: language })
      return ok('accepted')
    })
  }

  function acceptedBy(accountNo: number, from: Trx = registers) {
    return from
      .selectFrom('termsAcceptance')
      .select(['version', 'acceptedAtMs'])
      .where('accountNo', '=', accountNo)
      .executeTakeFirst()
  }

  async function hold(accountNo: number): Promise<boolean> {
    const accepted = await registers
      .selectFrom('termsAcceptance')
      .select('version')
      .select(({ selectFrom }) =>
        selectFrom('terms')
          .select(({ fn }) => fn.max('version').as('newest'))
          .as('newest'),
      )
      .where('accountNo', '=', accountNo)
      .executeTakeFirst()
    if (accepted === undefined) return false
    if (accepted.version === accepted.newest) return true
    const current = await newest()
    return current !== undefined && nowMs() < graceEndsMs(current)
  }

  async function end(trx: Trx, accountNo: number, actor: string): Promise<boolean> {
    const accepted = await acceptedBy(accountNo, trx)
    if (accepted === undefined) return false
    await trx.deleteFrom('termsAcceptance').where('accountNo', '=', accountNo).execute()
    await record(trx, { actor, kind: 'ended', version: accepted.version, accountNo, detail: null })
    return true
  }

  async function lapsed(): Promise<number[]> {
    const current = await newest()
    if (current === undefined || nowMs() < graceEndsMs(current)) return []
    const rows = await registers
      .selectFrom('termsAcceptance')
      .select('accountNo')
      .where('version', '<', current.version)
      .execute()
    return rows.map(({ accountNo }) => accountNo)
  }

  interface TermsRecord {
    actor: string
    kind: 'published' | 'accepted' | 'ended'
    version: number
    accountNo: number | null
    detail: string | null
  }

  async function record(trx: Trx, event: TermsRecord): Promise<void> {
    const row = { ...event, atMs: nowMs() }
    await seal(
      trx,
      'termsEvent',
      await trx.insertInto('termsEvent').values(row).returningAll().executeTakeFirstOrThrow(),
    )
  }
}

function versionOf({
  version,
  publishedAtMs,
  body,
}: {
  version: number
  publishedAtMs: number
  body: string
}): TermsVersion {
  return { version, publishedAtMs, text: JSON.parse(body), digest: digestOf(body) }
}

/** Until then the version before goes on. */
function graceEndsMs({ publishedAtMs, text }: TermsVersion): number {
  return publishedAtMs + text.graceDays * DAY_MS
}

function digestOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex')
}
