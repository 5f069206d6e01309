// The backend as the installer's tool sees it: make a dongle known, replace a claim code. The installer's key and the dongle's key go
// out in this one request; nothing that comes back is shown but the problem's own words.

import type { Problem } from '../../shared/schema/problem.ts'
import type { DongleRegistered, DongleRegistration } from '../../shared/schema/registration.ts'
import { isRefusalCode, type Phrase, phrase, type Said } from '../text/say.ts'
import { Trouble } from './trouble.ts'

export interface BackendAccess {
  url: string
  key: string
}

const ANSWER_MS = 20_000

/** Idempotent on the dongle's id and key. Throws Trouble backend.unreachable or backend.refused. */
export async function registerDongle(
  access: BackendAccess,
  dongleId: string,
  registration: DongleRegistration,
): Promise<DongleRegistered> {
  return put<DongleRegistered>(access, `/api/v1/dongles/${dongleId}`, registration)
}

/** The old code is void from the answer on. Throws as registerDongle(). */
export async function replaceClaimCode(
  access: BackendAccess,
  dongleId: string,
  claim: DongleRegistration['claim'],
): Promise<void> {
  await put(access, `/api/v1/dongles/${dongleId}/claim-code`, claim)
}

async function put<T>(access: BackendAccess, path: string, body: unknown): Promise<T> {
  const unreachable = (why: string, cause?: unknown) =>
    new Trouble('backend.unreachable', { url: access.url, why }, cause)
  const answer = await fetch(access.url + path, {
    method: 'PUT',
    headers: { authorization: `Bearer ${access.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch(error => {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause
    throw unreachable(cause?.code ?? cause?.message ?? (error as Error).message, error)
  })
  const json = (await answer.json().catch(() => undefined)) as unknown
  if (answer.ok && json !== undefined) return json as T
  const problem = Object(json) as Partial<Problem>
  if (answer.status >= 500 || problem.code === undefined) throw unreachable(`HTTP status ${answer.status}`)
  throw new Trouble('backend.refused', {
    problem: problem.code,
    detail: detailOf(problem, problem.code),
    advice: adviceFor(problem.code),
  })
}

/** In the reader's language as far as the code is known here; what the server adds is English. */
function detailOf({ title, detail }: Partial<Problem>, code: string): Said {
  const what = isRefusalCode(code) ? phrase(`refusal.${code}`) : (title ?? phrase('why.none-given'))
  return detail === undefined ? what : [what, detail]
}

const WITH_ADVICE = [
  'access.missing',
  'access.throttled',
  'role.missing',
  'dongle.other-key',
  'dongle.wrong-state',
  'dongle.unknown',
] as const

function adviceFor(problem: string): Phrase {
  const known = WITH_ADVICE.find(one => one === problem)
  return phrase(known === undefined ? 'do.ask-operator' : `do.${known}`)
}
