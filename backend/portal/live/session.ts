// The shell around the pure state: clock, chance, network and the browser's own events go in, effects are carried out.
// One stream at most is open; an answer that arrives after its question was dropped is ignored.

import { type ApiFault, getJson, readStream } from '../api/client.ts'
import type { StreamEvent } from '../api/event-parser.ts'
import type { Latest, LiveReading, MeteringPointList, Quality, Readings, Today } from '../api/types.ts'
import { COLUMNS, type CurveName } from './curves.ts'
import type { Job } from './jobs.ts'
import { initialState, type LiveEffect, type LiveEvent, type LiveState, stepLive } from './state.ts'

export interface LiveSession {
  dispatch(event: LiveEvent): void
  stop(): void
}

const PAGE_LIMIT = 20_000
const PAGES_MAX = 10

/** Starts at once. `onState` is called after each event; paint when it suits you. `pointId` is the wish of the address. */
export function startLiveSession(pointId: string | undefined, onState: (state: LiveState) => void): LiveSession {
  let state = initialState()
  const stopped = new AbortController()
  let stream: AbortController | undefined
  let lastId: { pointId: string; id: string } | undefined

  function dispatch(event: LiveEvent): void {
    if (stopped.signal.aborted) return
    const step = stepLive(state, event)
    state = step.state
    for (const effect of step.effects) carryOut(effect)
    onState(state)
  }

  function carryOut(effect: LiveEffect): void {
    switch (effect.kind) {
      case 'load-points':
        load<MeteringPointList>('points', '/metering-points', body => ({ kind: 'points', points: body.items }))
        break
      case 'load-latest':
        load<Latest>('latest', pathOf(effect.pointId, 'latest'), latest => ({
          kind: 'latest',
          pointId: effect.pointId,
          latest,
        }))
        break
      case 'load-today':
        load<Today>('today', pathOf(effect.pointId, 'today'), today => ({
          kind: 'today',
          pointId: effect.pointId,
          today,
        }))
        break
      case 'load-range':
        void loadRange(effect.pointId, effect.curve, effect.fromS, effect.toS)
        break
      case 'open-stream':
        openStream(effect.pointId)
        break
      case 'close-stream':
        stream?.abort()
        stream = undefined
        break
      default:
        effect satisfies never
    }
  }

  function load<T>(job: Job, path: string, toEvent: (body: T) => LiveEvent): void {
    const askedFor = state.pointId
    void ask<T>(path).then(answer => {
      if (answer.ok) dispatch(toEvent(answer.value))
      else dispatch({ kind: 'job-failed', pointId: askedFor, job, fault: answer.fault })
    })
  }

  async function ask<T>(path: string): Promise<{ ok: true; value: T } | { ok: false; fault: ApiFault }> {
    const answer = await getJson<T>(path, stopped.signal)
    if (!answer.ok) return answer
    if (answer.value.serverMs !== undefined) {
      dispatch({ kind: 'clock-compared', serverMs: answer.value.serverMs, localMs: Date.now() })
    }
    return { ok: true, value: answer.value.body }
  }

  async function loadRange(pointId: string, curve: CurveName, fromS: number, toS: number): Promise<void> {
    const query = new URLSearchParams({
      resolution: curve === 'raw' ? 'raw' : '1m',
      fromS: String(fromS),
      toS: String(toS),
      fields: COLUMNS[curve].join(','),
      limit: String(PAGE_LIMIT),
    })
    let whole: Readings | undefined
    for (let page = 0; page < PAGES_MAX; page++) {
      const answer = await ask<Readings>(`${pathOf(pointId, 'readings')}?${query}`)
      if (!answer.ok) return dispatch({ kind: 'job-failed', pointId, job: curve, fault: answer.fault })
      whole = whole === undefined ? answer.value : joinPages(whole, answer.value, curve)
      if (answer.value.next === null) break
      query.set('cursor', answer.value.next)
    }
    if (whole !== undefined) dispatch({ kind: 'range', pointId, readings: { ...whole, fromS, toS } })
  }

  function openStream(pointId: string): void {
    stream?.abort()
    const own = new AbortController()
    stream = own
    const hear = (event: LiveEvent) => {
      if (stream === own) dispatch(event)
    }
    const sinceId = lastId?.pointId === pointId ? lastId.id : undefined
    void readStream(pathOf(pointId, 'live'), sinceId, own.signal, {
      opened: () => hear({ kind: 'stream-opened' }),
      alive: () => hear({ kind: 'stream-alive' }),
      event: event => {
        if (event.lastId !== '') lastId = { pointId, id: event.lastId }
        const meant = eventOf(pointId, event)
        if (meant !== undefined) hear(meant)
      },
    }).then(fault => hear({ kind: 'stream-closed', fault, chance: Math.random() }))
  }

  const tick = () => dispatch({ kind: 'tick', localMs: Date.now(), chance: Math.random() })
  const noticeVisibility = () => {
    tick()
    dispatch({ kind: document.visibilityState === 'hidden' ? 'hidden' : 'visible' })
  }
  const noticeNetwork = () => {
    tick()
    dispatch({ kind: 'network-back' })
  }
  const noticeReturn = (event: PageTransitionEvent) => {
    if (event.persisted) noticeVisibility()
  }
  const timer = setInterval(tick, 1000)
  document.addEventListener('visibilitychange', noticeVisibility)
  addEventListener('online', noticeNetwork)
  addEventListener('pageshow', noticeReturn)
  dispatch({ kind: 'started', localMs: Date.now(), pointId })
  if (document.visibilityState === 'hidden') dispatch({ kind: 'hidden' })

  return {
    dispatch,
    stop() {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', noticeVisibility)
      removeEventListener('online', noticeNetwork)
      removeEventListener('pageshow', noticeReturn)
      stream?.abort()
      stopped.abort()
    },
  }
}

function pathOf(pointId: string, what: string): string {
  return `/metering-points/${encodeURIComponent(pointId)}/${what}`
}

/** An event of a kind or form that this page does not know (a newer server's) is left alone. */
function eventOf(pointId: string, event: StreamEvent): LiveEvent | undefined {
  try {
    const data: unknown = JSON.parse(event.data)
    if (event.event === 'reading') return { kind: 'stream-readings', pointId, live: data as LiveReading }
    if (event.event === 'quality') return { kind: 'stream-quality', pointId, quality: data as Quality }
    return undefined
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

function joinPages(before: Readings, page: Readings, curve: CurveName): Readings {
  const none = (length: number) => Array<null>(length).fill(null)
  const columns: Readings['columns'] = {}
  for (const name of COLUMNS[curve]) {
    const first = before.columns[name] ?? none(before.timeS.length)
    columns[name] = first.concat(page.columns[name] ?? none(page.timeS.length))
  }
  return { ...page, timeS: before.timeS.concat(page.timeS), columns, gaps: before.gaps.concat(page.gaps) }
}
