// The channel of signed webhooks (Standard Webhooks 1.0; the body is a CloudEvent). Each ESP has its own little queue, its own connections and its own
// back-off: one that hangs holds up its own deliveries and nobody else's. What does not fit is not kept here: the outbox reads it from the store later.

import type { Permission } from '../consent/permission.ts'
import { GIVEN_UP_AFTER_S, verdictOf, waitS } from './back-off.ts'
import { afterAll, type Channel, type Delivery, type Outcome } from './delivery.ts'
import type { Endpoint, Endpoints } from './endpoints.ts'
import { documentsOf } from './formats/formats.ts'
import type { Posted, Poster } from './post.ts'

const UNDER_WAY_MAX = 4
const WAITING_MAX = 32

interface Job {
  delivery: Delivery
  mayLeave(): boolean
  done(outcome: Outcome): void
  breakOff?: () => void
  isBroken?: boolean
  /** Told when nothing of it can leave any more. */
  onGone: (() => void)[]
}

/** How an ESP's endpoint does. */
interface Desk {
  waiting: Job[]
  underWay: Set<Job>
  failures: number
  failingSinceMs: number | undefined
  notBeforeMs: number
  lastAnswer: string | undefined
}

export interface DeskHealth {
  failures: number
  failingSinceS: number | null
  /** The newest answer: a status, or a word of docs/esp.md. */
  lastAnswer: string | null
}

export interface WebhookRooms {
  endpoints: Endpoints
  poster: Poster
  nowMs(): number
  /** 0 … 1 */
  chance(): number
  roomMade(): void
  /** How long a retry waits; for tests of what comes after it. */
  waitMs: ((failures: number) => number) | undefined
}

export type Webhooks = Channel & {
  health(espId: string): DeskHealth
  /** Posts what is no reading (a test, a notice) at once. */
  tell(espId: string, id: string, type: string, data: object): Promise<Posted | undefined>
  stop(): void
}

export function createWebhooks(rooms: WebhookRooms): Webhooks {
  const { endpoints, poster } = rooms
  const desks = new Map<string, Desk>()
  const timers = new Set<NodeJS.Timeout>()

  return { name: 'webhook', serves: espId => endpoints.of(espId) !== undefined, hasRoom, send, end, health, tell, stop }

  function deskOf(espId: string): Desk {
    let desk = desks.get(espId)
    if (desk === undefined) {
      desk = {
        waiting: [],
        underWay: new Set(),
        failures: 0,
        failingSinceMs: undefined,
        notBeforeMs: 0,
        lastAnswer: undefined,
      }
      desks.set(espId, desk)
    }
    return desk
  }

  function hasRoom({ espId }: Permission): boolean {
    if (endpoints.of(espId) === undefined) return false
    const { waiting, notBeforeMs, failures, underWay } = deskOf(espId)
    if (rooms.nowMs() < notBeforeMs) return false
    // After a failure one knocks before all come in.
    return failures > 0 ? underWay.size + waiting.length === 0 : waiting.length < WAITING_MAX
  }

  function send(delivery: Delivery, mayLeave: () => boolean, done: (outcome: Outcome) => void): void {
    const { espId } = delivery.permission
    deskOf(espId).waiting.push({ delivery, mayLeave, done, onGone: [] })
    serve(espId)
  }

  function serve(espId: string): void {
    const desk = deskOf(espId)
    const endpoint = endpoints.of(espId)
    if (endpoint === undefined || rooms.nowMs() < desk.notBeforeMs) {
      giveBack(desk)
      return
    }
    while (desk.waiting.length > 0 && desk.underWay.size < UNDER_WAY_MAX) {
      void run(espId, desk, endpoint, desk.waiting.shift() as Job)
    }
  }

  function giveBack(desk: Desk): void {
    for (const job of desk.waiting.splice(0)) finish(job, { kind: 'again' })
  }

  function finish(job: Job, outcome: Outcome): void {
    job.done(outcome)
    for (const gone of job.onGone) gone()
  }

  async function run(espId: string, desk: Desk, endpoint: Endpoint, job: Job): Promise<void> {
    const { delivery, mayLeave } = job
    const nowMs = rooms.nowMs()
    const documents = documentsOf(endpoint.format, delivery, Math.floor(nowMs / 1000))
    // Nothing of it can be said in this format: there is nothing to deliver.
    if (documents.length === 0) return finish(job, { kind: 'delivered' })
    desk.underWay.add(job)
    const data = endpoint.format === 'timeseries' ? documents : (documents[0] as object)
    const source = `/permissions/${delivery.permission.permissionId}`
    const message = {
      id: delivery.key,
      body: eventOf(delivery.key, `nrt.readings.${endpoint.format}`, source, nowMs, data),
    }
    const { posted, breakOff } = poster.post(endpoint.url, endpoint.secret, message, mayLeave)
    job.breakOff = breakOff
    const outcome = await posted
    desk.underWay.delete(job)
    finish(job, job.isBroken === true ? { kind: 'ended' } : judge(desk, outcome))
    serve(espId)
    rooms.roomMade()
  }

  function judge(desk: Desk, posted: Posted): Outcome {
    if (posted.kind === 'held') return { kind: 'ended' }
    desk.lastAnswer = posted.kind === 'answered' ? String(posted.status) : posted.code
    const verdict = posted.kind === 'answered' ? verdictOf(posted.status) : 'again'
    if (verdict !== 'again') {
      desk.failures = 0
      desk.failingSinceMs = undefined
      desk.notBeforeMs = 0
      return verdict === 'taken' ? { kind: 'delivered' } : { kind: 'refused', code: `answer-${desk.lastAnswer}` }
    }
    const nowMs = rooms.nowMs()
    // Those that were under way together fail together: once is enough.
    if (nowMs >= desk.notBeforeMs) desk.failures++
    desk.failingSinceMs ??= nowMs
    const askedS = posted.kind === 'answered' ? posted.retryAfterS : undefined
    const waitMs = rooms.waitMs?.(desk.failures) ?? waitS(desk.failures, askedS, rooms.chance()) * 1000
    desk.notBeforeMs = nowMs + waitMs
    wakeIn(waitMs)
    giveBack(desk)
    const isGivenUp = nowMs - desk.failingSinceMs > GIVEN_UP_AFTER_S * 1000
    return isGivenUp ? { kind: 'refused', code: `endpoint-${desk.lastAnswer}` } : { kind: 'again' }
  }

  function wakeIn(waitMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      rooms.roomMade()
    }, waitMs + 1)
    timer.unref()
    timers.add(timer)
  }

  function end({ permissionId, espId }: Permission, gone: () => void): void {
    const desk = desks.get(espId)
    const isOf = (job: Job): boolean => job.delivery.permission.permissionId === permissionId
    const waiting = desk?.waiting.filter(isOf) ?? []
    if (desk !== undefined) desk.waiting = desk.waiting.filter(job => !isOf(job))
    for (const job of waiting) finish(job, { kind: 'ended' })
    const running = [...(desk?.underWay ?? [])].filter(isOf)
    const left = afterAll(running.length, gone)
    for (const job of running) {
      job.onGone.push(left)
      job.isBroken = true
      job.breakOff?.()
    }
  }

  function health(espId: string): DeskHealth {
    const { failures = 0, failingSinceMs, lastAnswer = null } = desks.get(espId) ?? {}
    const failingSinceS = failingSinceMs === undefined ? null : Math.floor(failingSinceMs / 1000)
    return { failures, failingSinceS, lastAnswer }
  }

  async function tell(espId: string, id: string, type: string, data: object): Promise<Posted | undefined> {
    const endpoint = endpoints.of(espId)
    if (endpoint === undefined) return undefined
    const message = { id, body: eventOf(id, type, `/esp/${espId}`, rooms.nowMs(), data) }
    return poster.post(endpoint.url, endpoint.secret, message, () => true).posted
  }

  function stop(): void {
    for (const timer of timers) clearTimeout(timer)
    poster.close()
  }
}

/** CloudEvents 1.0, structured mode; `nowMs`: when it was made. */
export function eventOf(id: string, type: string, source: string, nowMs: number, data: object): string {
  const time = new Date(nowMs).toISOString()
  return JSON.stringify({ specversion: '1.0', id, type, source, time, datacontenttype: 'application/json', data })
}
