// REST and the live stream over fetch. What went wrong comes back as a fault with a code, never as a throw. The stream is
// read with fetch rather than EventSource: only so does a page see the status of a refusal, the heartbeat of an idle
// connection, and decide itself when to try again.

import { failed, ok, type Result } from '../../../shared/kernel/result.ts'
import { actingHeader } from './acting.ts'
import { createEventParser, type StreamEvent } from './event-parser.ts'
import type { Session } from './types.ts'

export type ApiFault = {
  /** refused: no key or a wrong one. missing: not there, or not yours. unreachable: no answer. broken: an answer that makes no sense, or the server says it cannot. */
  code: 'refused' | 'missing' | 'unreachable' | 'broken'
  status?: number
  /** The problem's own code, where the answer has one, and what it says more. */
  problem?: string
  detail?: string
}

interface Answer<T> {
  body: T
  /** The server's clock at the answer in epoch ms (whole seconds), from the Date header; undefined when it sent none. */
  serverMs: number | undefined
}

const ANSWER_TIMEOUT_MS = 15_000

function faultOfStatus(status: number): ApiFault {
  if (status === 401 || status === 403) return { code: 'refused', status }
  if (status === 404) return { code: 'missing', status }
  return { code: 'broken', status }
}

async function faultOf(response: Response): Promise<ApiFault> {
  const fault = faultOfStatus(response.status)
  // who answers for a server that is away may send any text
  const { code, detail } = (await response.json().catch(() => ({}))) as { code?: string; detail?: string }
  return { ...fault, ...(code !== undefined && { problem: code }), ...(detail !== undefined && { detail }) }
}

/** GET `path` (below /api/v1) as JSON. `key` is for trying an access key; without it the session cookie speaks. */
export async function getJson<T>(
  path: string,
  signal: AbortSignal,
  key?: string,
): Promise<Result<Answer<T>, ApiFault>> {
  try {
    const response = await fetch(`/api/v1${path}`, {
      headers: {
        accept: 'application/json',
        ...(key === undefined ? actingHeader(path) : { authorization: `Bearer ${key}` }),
      },
      credentials: key === undefined ? 'same-origin' : 'omit',
      cache: 'no-store',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    })
    if (!response.ok) return failed(await faultOf(response))
    return ok({ body: (await response.json()) as T, serverMs: serverTime(response) })
  } catch (cause) {
    return failed({ code: cause instanceof SyntaxError ? 'broken' : 'unreachable' })
  }
}

let session: Promise<Session['person']> | undefined

/** Who is signed in, asked once until somebody is. */
export function signedIn(): Promise<Session['person']> {
  session ??= getJson<Session>('/session', AbortSignal.timeout(ANSWER_TIMEOUT_MS)).then(answer => {
    const person = answer.ok ? answer.value.body.person : null
    if (person === null) session = undefined
    return person
  })
  return session
}

/** The word against forged requests; '' where nobody is signed in. */
async function csrfWord(): Promise<string> {
  return (await signedIn())?.csrf ?? ''
}

const underWay = new Map<string, Promise<Result<Answer<unknown>, ApiFault>>>()

/**
 * Sends `body` to `path` (below /api/v1), as the signed-in person. `once`: the act's own word, the same when it is sent again (an idempotency key). The
 * same while the first is under way (a button that was pressed twice) is sent once, and both get its answer.
 */
export function sendJson<T>(
  path: string,
  body: object,
  once?: string,
  method: 'POST' | 'PUT' | 'DELETE' = 'POST',
): Promise<Result<Answer<T>, ApiFault>> {
  const asked = JSON.stringify([method, path, body, once, actingHeader(path)])
  const answer = underWay.get(asked) ?? send(method, path, body, once).finally(() => underWay.delete(asked))
  underWay.set(asked, answer)
  return answer as Promise<Result<Answer<T>, ApiFault>>
}

async function send(
  method: string,
  path: string,
  body: object,
  once: string | undefined,
): Promise<Result<Answer<unknown>, ApiFault>> {
  try {
    const response = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'x-nrt-csrf': await csrfWord(),
        ...actingHeader(path),
        ...(once !== undefined && { 'idempotency-key': once }),
      },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    if (!response.ok) {
      const fault = await faultOf(response)
      // somebody has signed in anew in another tab
      if (fault.problem === 'csrf.missing') session = undefined
      return failed(fault)
    }
    const answer: unknown = response.status === 204 ? {} : await response.json()
    return ok({ body: answer, serverMs: serverTime(response) })
  } catch (cause) {
    return failed({ code: cause instanceof SyntaxError ? 'broken' : 'unreachable' })
  }
}

function serverTime(response: Response): number | undefined {
  const parsed = Date.parse(response.headers.get('date') ?? '')
  return Number.isNaN(parsed) ? undefined : parsed
}

interface StreamHandlers {
  opened(): void
  /** Bytes came, be it only a heartbeat. */
  alive(): void
  event(event: StreamEvent): void
}

/** Reads `path` until it ends, fails or is aborted; resolves with what ended it. */
export async function readStream(
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
  handlers: StreamHandlers,
): Promise<ApiFault> {
  try {
    const response = await fetch(`/api/v1${path}`, {
      headers: {
        accept: 'text/event-stream',
        ...(lastId !== undefined && { 'last-event-id': lastId }),
        ...actingHeader(path),
      },
      credentials: 'same-origin',
      cache: 'no-store',
      signal,
    })
    if (!response.ok || response.body === null) return await faultOf(response)
    handlers.opened()
    const parser = createEventParser()
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return { code: 'unreachable' }
      handlers.alive()
      for (const event of parser.feed(value)) handlers.event(event)
    }
  } catch {
    // An abort, a cut connection and no connection look alike here, and to the page they are: nobody is talking.
    return { code: 'unreachable' }
  }
}
