import { describe, expect, test } from 'vitest'
import type { OwnDongles, OwnTerms } from '../../../backend/portal/api/types.ts'
import { standingOf } from '../../../backend/portal/first-steps/steps.ts'
import { pictureOf } from '../../../backend/portal/live/curves.ts'
import {
  initialState,
  type LiveEffect,
  type LiveEvent,
  type LiveState,
  nowS,
  stepLive,
} from '../../../backend/portal/live/state.ts'
import { isCutOff, isStale, lineVerdict, patienceS, sceneOf } from '../../../backend/portal/live/verdict.ts'
import type { Reading } from '../../../shared/reading/reading.ts'
import type { MeteringPoint } from '../../../shared/schema/metering-point.ts'
import type { Quality } from '../../../shared/schema/quality.ts'
import type { Gap } from '../../../shared/schema/readings.ts'

const NOW_S = 1_772_366_400
const POINT: MeteringPoint = {
  id: 'mp_0123456789abcdef',
  ean: '999999990000000012',
  timeZone: 'Europe/Brussels',
  country: 'BE',
  sinceS: 0,
}
const OTHER: MeteringPoint = { ...POINT, id: 'mp_fedcba9876543210', ean: '999999990000000029' }
const QUALITY: Quality = { dongle: { state: 'online', intervalS: 10 }, today: { readings: 10, lost: 0, gaps: 0 } }

const seconds = (fromS: number, toS: number) => Array.from({ length: toS - fromS + 1 }, (_, i) => fromS + i)
const readingAt = (timeS: number): Reading => ({ timeS, offtakeW: 100 + (timeS % 50), injectionW: 0 })

/** A page with its effects collected; `seconds` passes time as the shell's timer does. */
function aPage() {
  let state = initialState()
  let effects: LiveEffect[] = []
  const page = {
    get state(): LiveState {
      return state
    },
    send(event: LiveEvent) {
      const step = stepLive(state, event)
      state = step.state
      effects.push(...step.effects)
      return page
    },
    /** The effects since the last look. */
    look(): LiveEffect[] {
      const seen = effects
      effects = []
      return seen
    },
    pass(count: number) {
      for (let i = 0; i < count; i++) page.send({ kind: 'tick', localMs: state.localMs + 1000, chance: 0.5 })
      return page
    },
    readings(timeS: number[]) {
      const live = { readings: timeS.map(readingAt), receivedAtMs: 0 }
      return page.send({ kind: 'stream-readings', pointId: POINT.id, live })
    },
    range(resolution: 'raw' | '1m', fromS: number, timeS: number[], gaps: Gap[] = []) {
      const columns = { offtakeW: timeS.map(at => readingAt(at).offtakeW ?? null) }
      const readings = { resolution, fromS, toS: nowS(state) + 60, timeS, columns, gaps, next: null }
      return page.send({ kind: 'range', pointId: POINT.id, readings })
    },
    holes: () => pictureOf(state.curves, state.window, nowS(state), 0, patienceS(state)).holes,
  }
  return page
}

const kinds = (effects: LiveEffect[]) => effects.map(effect => effect.kind)

/** A page that is live, with its five minutes full and its first questions answered. */
function aLivePage() {
  const page = aPage()
  page.send({ kind: 'started', localMs: NOW_S * 1000, pointId: undefined })
  page.send({ kind: 'points', points: [POINT, OTHER] }).send({ kind: 'stream-opened' })
  page.send({
    kind: 'latest',
    pointId: POINT.id,
    latest: { reading: readingAt(NOW_S), receivedAtMs: 0, quality: QUALITY },
  })
  page.send({ kind: 'today', pointId: POINT.id, today: { fromS: NOW_S - 3600, offtakeWh: 5 } })
  page.range('raw', NOW_S - 300, seconds(NOW_S - 300, NOW_S))
  page.look()
  return page
}

describe('starting', () => {
  test('asks for the points, then opens the stream of one, then asks for what the screen shows', () => {
    const page = aPage().send({ kind: 'started', localMs: NOW_S * 1000, pointId: undefined })
    expect(kinds(page.look())).toEqual(['load-points'])
    expect(sceneOf(page.state)).toBe('loading')
    page.send({ kind: 'points', points: [POINT] })
    expect(page.look()).toEqual([{ kind: 'open-stream', pointId: POINT.id }])
    page.send({ kind: 'stream-opened' })
    expect(kinds(page.look()).sort()).toEqual(['load-latest', 'load-range', 'load-today'])
  })

  test('takes the remembered point if the account still has it', () => {
    const page = aPage().send({ kind: 'started', localMs: 0, pointId: OTHER.id })
    page.send({ kind: 'points', points: [POINT, OTHER] })
    expect(page.state.pointId).toBe(OTHER.id)
    const gone = aPage()
      .send({ kind: 'started', localMs: 0, pointId: 'mp_gone' })
      .send({ kind: 'points', points: [POINT] })
    expect(gone.state.pointId).toBe(POINT.id)
  })

  test('an account without a point is asked again until it has one', () => {
    const page = aPage().send({ kind: 'started', localMs: 0, pointId: undefined }).send({ kind: 'points', points: [] })
    expect(sceneOf(page.state)).toBe('no-point')
    page.look()
    page.pass(31)
    expect(kinds(page.look())).toEqual(['load-points'])
    page.send({ kind: 'points', points: [POINT] })
    expect(kinds(page.look())).toEqual(['open-stream'])
  })

  test('a refused key shows the door, closes the stream and asks nothing more', () => {
    const page = aLivePage()
    page.send({ kind: 'job-failed', pointId: POINT.id, job: 'today', fault: { code: 'refused', status: 401 } })
    expect(sceneOf(page.state)).toBe('no-key')
    expect(kinds(page.look())).toEqual(['close-stream'])
    page.pass(120)
    expect(page.look()).toEqual([])
    expect(page.state.reading).toBeUndefined()
  })

  test('where the terms of use come first they are shown, and nothing more is asked until they are accepted', () => {
    const page = aPage()
      .send({ kind: 'started', localMs: 0, pointId: undefined })
      .send({ kind: 'points', points: [POINT] })
    page.look()
    const fault = { code: 'broken', status: 409, problem: 'terms.not-accepted' } as const
    page.send({ kind: 'stream-closed', fault, chance: 0.5 })
    expect(sceneOf(page.state)).toBe('no-terms')
    page.pass(120)
    expect(page.look()).toEqual([])
    page.send({ kind: 'terms-accepted' })
    expect([sceneOf(page.state), kinds(page.look())]).toEqual(['loading', ['open-stream']])
    // taken back on another device: the next answer says so
    page.send({ kind: 'job-failed', pointId: POINT.id, job: 'today', fault })
    expect([sceneOf(page.state), kinds(page.look())]).toEqual(['no-terms', ['close-stream']])
  })

  test('a server that does not answer is asked again, at once when the user wants', () => {
    const page = aPage().send({ kind: 'started', localMs: 0, pointId: undefined })
    page.send({ kind: 'job-failed', pointId: undefined, job: 'points', fault: { code: 'unreachable' } })
    expect(sceneOf(page.state)).toBe('unreachable')
    page.look()
    page.send({ kind: 'retry-now' })
    expect(kinds(page.look())).toEqual(['load-points'])
  })

  test('a point without readings waits for the first one', () => {
    const page = aPage().send({ kind: 'started', localMs: NOW_S * 1000, pointId: undefined })
    page.send({ kind: 'points', points: [POINT] }).send({ kind: 'stream-opened' })
    page.send({ kind: 'latest', pointId: POINT.id, latest: { reading: null, receivedAtMs: null, quality: QUALITY } })
    expect(sceneOf(page.state)).toBe('no-reading')
    page.readings([NOW_S])
    expect(sceneOf(page.state)).toBe('live')
  })
})

describe('readings', () => {
  test('the newest by its own time is shown; a late one changes the curve only', () => {
    const page = aLivePage()
      .pass(1)
      .readings([NOW_S + 1])
    expect(page.state.reading?.timeS).toBe(NOW_S + 1)
    page.readings([NOW_S - 200])
    expect(page.state.reading?.timeS).toBe(NOW_S + 1)
  })

  test('the hole of an outage closes when the late readings come, in whatever order', () => {
    const page = aLivePage().pass(120)
    expect(page.holes()).toEqual([{ fromS: NOW_S, toS: NOW_S + 120, kind: 'gap' }])
    page.readings(seconds(NOW_S + 110, NOW_S + 120)) // live first
    expect(page.holes()).toEqual([{ fromS: NOW_S, toS: NOW_S + 110, kind: 'gap' }])
    page.readings(seconds(NOW_S + 61, NOW_S + 109)) // then the backlog, newest first
    expect(page.holes()).toEqual([{ fromS: NOW_S, toS: NOW_S + 61, kind: 'gap' }])
    page.readings(seconds(NOW_S + 1, NOW_S + 60))
    expect(page.holes()).toEqual([])
  })

  test('a day of readings leaves no more behind than an hour and a bit', () => {
    const page = aLivePage()
    for (let minute = 0; minute < 1440; minute++) {
      page.send({ kind: 'tick', localMs: page.state.localMs + 60_000, chance: 0.5 })
      const now = nowS(page.state)
      page.readings(seconds(now - 59, now))
    }
    expect(page.state.curves.raw.series.timeS.length).toBeLessThan(4001)
    expect(page.state.curves.raw.series.timeS[0]).toBeGreaterThan(nowS(page.state) - 3800)
  })

  test('answers about a point that is no longer shown are dropped', () => {
    const page = aLivePage().send({ kind: 'point-chosen', pointId: OTHER.id })
    expect(kinds(page.look())).toEqual(['close-stream', 'open-stream'])
    page.send({ kind: 'today', pointId: POINT.id, today: { fromS: 0, offtakeWh: 77 } }).readings([NOW_S])
    expect(page.state.today).toBeUndefined()
    expect(page.state.reading).toBeUndefined()
  })
})

describe('asking again', () => {
  test('readings make today be asked again, not more often than every half minute', () => {
    const page = aLivePage()
    for (let i = 1; i <= 60; i++) page.pass(1).readings([NOW_S + i])
    expect(kinds(page.look()).filter(kind => kind === 'load-today')).toHaveLength(1)
    page.send({ kind: 'today', pointId: POINT.id, today: { fromS: 0 } })
    page
      .pass(1)
      .readings([NOW_S + 61])
      .pass(31)
    expect(kinds(page.look())).toContain('load-today')
  })

  test('a new number of losses makes the curve be asked again, and the loss then has its name', () => {
    const page = aLivePage()
      .pass(3)
      .readings([NOW_S + 3])
    const quality: Quality = { ...QUALITY, today: { readings: 11, lost: 2, gaps: 1 } }
    page.send({ kind: 'stream-quality', pointId: POINT.id, quality }).pass(6)
    expect(kinds(page.look())).toContain('load-range')
    const loss: Gap = { fromS: NOW_S, toS: NOW_S + 3, kind: 'loss', count: 2, reason: 'crc' }
    page.range('raw', NOW_S - 300, [...seconds(NOW_S - 300, NOW_S), NOW_S + 3], [loss])
    expect(page.holes()).toEqual([{ fromS: NOW_S, toS: NOW_S + 3, kind: 'loss' }])
  })

  test('the day is asked whole once, then only from where it may have changed', () => {
    const page = aLivePage().send({ kind: 'window-chosen', window: '24h' })
    const [whole] = page.look()
    expect(whole).toMatchObject({ kind: 'load-range', curve: 'minutes', fromS: NOW_S - 86_400 })
    page.range('1m', NOW_S - 86_400, [])
    page
      .pass(2)
      .readings([NOW_S + 2])
      .pass(31)
    expect(page.look()).toContainEqual(expect.objectContaining({ kind: 'load-range', fromS: NOW_S }))
    page.range('1m', NOW_S, [])
    page.readings([NOW_S - 7200]).pass(4)
    expect(page.look()).toContainEqual(expect.objectContaining({ kind: 'load-range', fromS: NOW_S - 7200 }))
  })

  test('a failed question is asked again later, and a failed tail is not forgotten', () => {
    const page = aLivePage().send({ kind: 'window-chosen', window: '24h' })
    page.look()
    page.send({ kind: 'job-failed', pointId: POINT.id, job: 'minutes', fault: { code: 'broken', status: 503 } })
    page.pass(11)
    expect(page.look()).toContainEqual(expect.objectContaining({ curve: 'minutes', fromS: NOW_S - 86_400 }))
  })

  test('a point that is gone makes the points be asked again', () => {
    const page = aLivePage()
    page.send({ kind: 'stream-closed', fault: { code: 'missing', status: 404 }, chance: 0.5 })
    expect(kinds(page.look())).toEqual(['load-points'])
  })
})

describe('the connection', () => {
  test('a lost server greys the value out after a blink, counts down, and asks for everything on return', () => {
    const page = aLivePage().send({ kind: 'stream-closed', fault: { code: 'unreachable' }, chance: 0.5 })
    expect(isCutOff(page.state)).toBe(true)
    expect(isStale(page.state)).toBe(false)
    page.pass(1)
    expect(page.look()).toEqual([{ kind: 'open-stream', pointId: POINT.id }])
    page.send({ kind: 'stream-closed', fault: { code: 'unreachable' }, chance: 0.5 })
    page.pass(6)
    expect(isStale(page.state)).toBe(true)
    expect(lineVerdict(page.state)).toBe('serverGone')
    page.look()
    page.send({ kind: 'stream-opened' })
    expect(isCutOff(page.state)).toBe(false)
    expect(kinds(page.look()).sort()).toEqual(['load-latest', 'load-range', 'load-today'])
  })

  test('waits longer after each failure, half a minute at most, and spreads by chance', () => {
    const waits: number[] = []
    const page = aLivePage()
    for (let i = 0; i < 8; i++) {
      page.send({ kind: 'stream-closed', fault: { code: 'unreachable' }, chance: 0.5 })
      waits.push((page.state.link.retryAtMs - page.state.localMs) / 1000)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30])
    page.send({ kind: 'stream-closed', fault: { code: 'unreachable' }, chance: 0 })
    expect(page.state.link.retryAtMs - page.state.localMs).toBe(22_500)
  })

  test('silence without a heartbeat is a dead line', () => {
    const page = aLivePage().pass(12).send({ kind: 'stream-alive' }).pass(15)
    expect(kinds(page.look())).not.toContain('close-stream')
    page.pass(1)
    expect(kinds(page.look())).toContain('close-stream')
    expect(page.state.link.phase).toBe('waiting')
  })

  test('a page that nobody sees hangs up after two minutes and comes back when seen', () => {
    const page = aLivePage().send({ kind: 'hidden' })
    for (let i = 0; i < 13; i++) page.pass(10).send({ kind: 'stream-alive' })
    expect(kinds(page.look())).toContain('close-stream')
    expect(page.state.link.phase).toBe('asleep')
    page.send({ kind: 'visible' })
    expect(kinds(page.look())).toEqual(['open-stream'])
  })

  test('a short look elsewhere keeps the stream', () => {
    const page = aLivePage().send({ kind: 'hidden' })
    for (let i = 0; i < 20; i++) {
      if (i === 3) page.send({ kind: 'visible' })
      page.pass(10).send({ kind: 'stream-alive' })
    }
    expect(page.state.link.phase).toBe('open')
  })

  test('the network coming back cuts the waiting short', () => {
    const page = aLivePage()
    for (let i = 0; i < 6; i++) page.send({ kind: 'stream-closed', fault: { code: 'unreachable' }, chance: 0.5 })
    page.look()
    page.send({ kind: 'network-back' })
    expect(kinds(page.look())).toEqual(['open-stream'])
  })
})

describe('what it means', () => {
  test('a machine whose clock is wrong shows the server’s ages', () => {
    const page = aLivePage()
    const localMs = page.state.localMs
    page.send({ kind: 'clock-compared', serverMs: localMs - 600_000, localMs })
    expect(nowS(page.state)).toBe(NOW_S - 600)
    page.send({ kind: 'clock-compared', serverMs: localMs - 599_000, localMs })
    expect(nowS(page.state)).toBe(NOW_S - 600)
  })

  test('no readings for longer than two deliveries is late; the dongle’s own silence is offline', () => {
    const page = aLivePage()
    expect(lineVerdict(page.state)).toBe('good')
    for (let i = 0; i < 4; i++) page.pass(10).send({ kind: 'stream-alive' })
    expect(lineVerdict(page.state)).toBe('late')
    expect(isStale(page.state)).toBe(true)
    const offline: Quality = { ...QUALITY, dongle: { state: 'offline' } }
    page.send({ kind: 'stream-quality', pointId: POINT.id, quality: offline })
    expect(lineVerdict(page.state)).toBe('offline')
  })

  test('a dongle that delivers every quarter of an hour is not late after a minute', () => {
    const page = aLivePage()
    const slow: Quality = { ...QUALITY, dongle: { state: 'online', intervalS: 900 } }
    page.send({ kind: 'stream-quality', pointId: POINT.id, quality: slow })
    for (let i = 0; i < 6; i++) page.pass(10).send({ kind: 'stream-alive' })
    expect(lineVerdict(page.state)).toBe('good')
  })

  test('a backlog in the dongle is catching up, no dongle is said', () => {
    const page = aLivePage()
    const quality = (dongle: Quality['dongle']): Quality => ({ ...QUALITY, dongle })
    page.send({ kind: 'stream-quality', pointId: POINT.id, quality: quality({ state: 'online', ringRecords: 40 }) })
    expect(lineVerdict(page.state)).toBe('catchingUp')
    page.send({ kind: 'stream-quality', pointId: POINT.id, quality: quality(undefined) })
    expect(lineVerdict(page.state)).toBe('noDongle')
  })
})

test('a page that was there before the dongle asks for everything again when the first reading comes', () => {
  const page = aPage().send({ kind: 'started', localMs: NOW_S * 1000, pointId: undefined })
  page.send({ kind: 'points', points: [POINT] }).send({ kind: 'stream-opened' })
  const quality: Quality = { today: { readings: 0, lost: 0, gaps: 0 } }
  page.send({ kind: 'latest', pointId: POINT.id, latest: { reading: null, quality, receivedAtMs: null } })
  page.send({ kind: 'today', pointId: POINT.id, today: { fromS: NOW_S - 3600 } }).range('raw', NOW_S - 300, [])
  page.pass(5).look()
  expect([sceneOf(page.state), lineVerdict(page.state)]).toEqual(['no-reading', 'noDongle'])
  page.readings([NOW_S]).pass(1)
  expect(kinds(page.look())).toEqual(expect.arrayContaining(['load-latest', 'load-today', 'load-range']))
})

test('the first steps lead on by what the server knows, and never again who had a dongle bound', () => {
  const terms = (version: number | undefined) =>
    ({ newest: { version: 2 }, accepted: version === undefined ? null : { version, acceptedAtMs: 0 } }) as OwnTerms
  const dongle = (state: string) => ({ state, reason: null }) as OwnDongles['items'][number]
  const event = (name: string) => ({ event: name, reason: null }) as OwnDongles['events'][number]
  const at = (version: number | undefined, states: string[], events: string[] = [], hasPoint = false) => {
    const standing = standingOf(terms(version), { items: states.map(dongle), events: events.map(event) }, hasPoint)
    return typeof standing === 'string' ? standing : standing.at
  }
  expect(at(undefined, [])).toBe('terms')
  expect(at(1, ['claimed'])).toBe('terms')
  expect(at(2, [])).toBe('dongle')
  expect(at(2, ['lost', 'retired'])).toBe('dongle')
  expect(at(2, ['claimed'], ['claimed'])).toBe('live')
  expect(at(2, ['bound'], ['bound'], true)).toBe('live')
  expect(at(2, [], ['given-away', 'bound'])).toBe('done')
  expect(at(2, ['suspended'], ['tenure-ended', 'bound'])).toBe('left')
  expect(at(2, ['suspended'], ['tenure-ended', 'bound'], true)).toBe('done')
})
